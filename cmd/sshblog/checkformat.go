package main

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// The forms in which check prints what it finds.
const (
	formatText   = "text"
	formatJSON   = "json"
	formatGitHub = "github"
)

// severityWarning is the Severity of problems that need not be fixed.
const severityWarning = "warning"

// result is one thing that check has found.
type result struct {
	Path     string `json:"path"`
	Line     int    `json:"line"`     // from 1
	Severity string `json:"severity"` // problem or warning
	What     string `json:"what"`
}

// findings returns what was found, by file and line. The prefix makes the paths lead to the files from the
// working directory.
func (c *checker) findings(prefix string) []result {
	found := make([]result, 0, len(c.problems)+len(c.warnings))
	add := func(severity string, problems []post.Problem) {
		for _, p := range problems {
			found = append(found, result{plaintext.Clean(prefix + p.Path), max(p.Line, 1), severity, plaintext.Clean(p.What)})
		}
	}
	add("problem", c.problems)
	add(severityWarning, c.warnings)
	slices.SortStableFunc(found, func(a, b result) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return found
}

// placesPerCause is in how many places the same problem is printed each time.
const placesPerCause = 3

// byCause merges findings with one cause: what is said of one thing, such as data that only the website has, in
// more than placesPerCause places, is printed at the first of them. Messages that quote nothing are not merged.
func byCause(found []result) []result {
	places := make(map[string]int)
	for _, f := range found {
		places[f.What]++
	}
	lines := make([]result, 0, len(places))
	for _, f := range found {
		n := places[f.What]
		if n > placesPerCause && f.Severity == severityWarning && strings.Contains(f.What, `"`) {
			places[f.What] = 0
			f.What += fmt.Sprintf("; the same in %d more places, which --json names", n-1)
		}
		if n > 0 {
			lines = append(lines, f)
		}
	}
	return lines
}

// print prints what was found in a format.
func (c *checker) print(cmd *cobra.Command, format, prefix string) error {
	found := c.findings(prefix)
	out := cmd.OutOrStdout()
	if format == formatJSON {
		return c.printJSON(out, found, prefix)
	}
	for _, f := range byCause(found) {
		var err error
		switch {
		case format == formatGitHub:
			_, err = fmt.Fprintln(out, f.annotation())
		case f.Severity == severityWarning:
			_, err = fmt.Fprintf(out, "%s:%d: warning: %s\n", f.Path, f.Line, f.What)
		default:
			_, err = fmt.Fprintf(out, "%s:%d: %s\n", f.Path, f.Line, f.What)
		}
		if err != nil {
			return err
		}
	}
	for _, x := range c.index.Excluded() {
		cmd.PrintErrf("%s%s: not listed: %s\n", prefix, plaintext.Clean(x.Path), x.String())
	}
	return nil
}

// checked is what check prints as JSON.
type checked struct {
	Listed   int        `json:"listed"` // posts
	HeldBack []heldBack `json:"heldBack"`
	Found    []result   `json:"found"`
	Error    string     `json:"error,omitempty"` // why nothing could be checked
}

type heldBack struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// printJSON prints one document.
func (c *checker) printJSON(out io.Writer, found []result, prefix string) error {
	held := make([]heldBack, 0, len(c.index.Excluded()))
	for _, x := range c.index.Excluded() {
		held = append(held, heldBack{plaintext.Clean(prefix + x.Path), x.String()})
	}
	return printJSON(out, checked{Listed: c.index.All().Len(), HeldBack: held, Found: found})
}

// annotation is a command of GitHub's workflows
// (docs.github.com/actions/reference/workflow-commands-for-github-actions).
func (f result) annotation() string {
	command := "error"
	if f.Severity == severityWarning {
		command = f.Severity
	}
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	return fmt.Sprintf("::%s file=%s,line=%d::%s", command, property.Replace(f.Path), f.Line, data.Replace(f.What))
}

// undated warns of posts without a date: in one line for a folder, or for the blog, if no post there has one.
func (c *checker) undated() {
	const few = 2 // so many posts may be without one on purpose
	folders := make(map[string][]*post.Post)
	dated := make(map[string]bool) // folders, and "" for the blog
	for i := range c.index.All().Len() {
		p := c.index.All().At(i)
		folder := path.Dir(post.PagePath(p.Path))
		if !p.Date.IsZero() {
			dated[folder], dated[""] = true, true
			continue
		}
		folders[folder] = append(folders[folder], p)
	}
	const remedy = "write date: 2026-03-12 in the front matter, or begin the file's name with it"
	warn := func(where, what string) {
		c.warnings = append(c.warnings, post.Problem{Path: where, What: what + "; " + remedy})
	}
	if n := c.index.All().Len(); !dated[""] {
		if n > few {
			warn(".", fmt.Sprintf("none of the %d posts has a date, so they stand by their names", n))
		}
		return
	}
	for folder, posts := range folders {
		if !dated[folder] && len(posts) > 1 {
			warn(folder, fmt.Sprintf("none of the %d posts in this folder has a date, so they stand last", len(posts)))
			continue
		}
		for _, p := range posts {
			warn(p.Path, "the post has no date, so it stands last")
		}
	}
}
