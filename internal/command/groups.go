package command

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
)

// jsonGroup is a category, a tag or a series.
type jsonGroup struct {
	Slug        string `json:"slug"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Posts       int    `json:"posts"`
}

// groupCommands list the categories, the tags and the series.
func groupCommands(s *Session) []*cobra.Command {
	var commands []*cobra.Command
	for _, g := range []struct {
		name  string
		alias []string
		all   func(*library.Index) []*library.List
	}{
		{"categories", []string{"category", "topics"}, (*library.Index).Categories},
		{"tags", []string{"tag"}, (*library.Index).Tags},
		{"series", nil, (*library.Index).AllSeries},
	} {
		asJSON := false
		cmd := &cobra.Command{
			Use:     g.name,
			Aliases: g.alias,
			Short:   "list the " + g.name + ", the largest first",
			Long: "A line has the number of posts, the slug and the name, with tabs between them. With --json it is one object:\n" +
				fmt.Sprintf(`{%q:[{"slug","name","description","posts"}]}`, g.name),
			Args: noWords,
			RunE: func(*cobra.Command, []string) error {
				s.then = func() error { return s.groups(g.name, g.all(s.Index), asJSON) }
				return nil
			},
		}
		cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
		commands = append(commands, cmd)
	}
	return commands
}

func (s *Session) groups(name string, lists []*library.List, asJSON bool) error {
	return s.stream(func(o *output) error {
		if asJSON {
			o.write(`{"` + name + `":[`)
		}
		for i, l := range lists {
			var ok bool
			if asJSON {
				ok = o.write(comma(i > 0)) && o.json(&jsonGroup{l.Slug, l.Name, l.Description, l.Len()})
			} else {
				ok = o.write(strconv.Itoa(l.Len()), "\t", l.Slug, "\t", l.Name, "\n")
			}
			if !ok {
				return nil
			}
		}
		if asJSON {
			o.write("\n]}\n")
		}
		return nil
	})
}
