package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// States of posts beside the reasons for which a post that is well is not listed.
const (
	stateListed = "listed"
	stateBroken = "broken" // it cannot be shown
)

// listedPost is a post in what list prints.
type listedPost struct {
	State  string     `json:"state"`
	Path   string     `json:"path"`
	Slug   string     `json:"slug"`
	Title  string     `json:"title"`
	Date   *time.Time `json:"date"`
	Until  *time.Time `json:"until,omitempty"`  // when it appears
	Reason string     `json:"reason,omitempty"` // why it is not listed, if the state alone does not say
}

func listCommand() *cobra.Command {
	asJSON := false
	var folder folderFlags
	cmd := &cobra.Command{
		Use:   "list [DIR]",
		Short: "List all posts with their states",
		Long: `list prints the posts of a folder (by default ./posts), those that readers do not see
too, one a line, with tabs between: state, date, slug, title, and why a post is not
listed if its state does not say so. The states are

  listed      readers see it
  draft       only authors do, until its front matter says otherwise
  future      until its date comes, which is the last column
  expired     since its date of expiry
  hidden      its front matter, or its place in the folder, makes it no post
  broken      it cannot be shown: sshblog check says what to mend

With --json it is one document: {"posts":[{"state","path","slug","title","date","until","reason"}]}`,
		Example: `sshblog list posts | grep ^draft`,
		Args:    oneWord,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "posts"
			if len(args) > 0 {
				dir = args[0]
			}
			o, err := folder.options(dir)
			if err != nil {
				return err
			}
			lib, err := library.Open(library.Dir(dir), o)
			if err != nil {
				return fmt.Errorf("posts folder: %w", err)
			}
			return printList(cmd.OutOrStdout(), allPosts(lib.Current()), asJSON)
		},
	}
	yes(cmd.Flags().VarPF(check(&asJSON, boolean), "json", "", "print JSON: true or false (`bool`)"))
	folder.flags(cmd.Flags())
	return cmd
}

// allPosts are the posts of a folder in all states, the newest first and those without a date last.
func allPosts(x *library.Index) []listedPost {
	var all []listedPost
	add := func(p *post.Post, address, state string) *listedPost {
		row := listedPost{State: state, Path: plaintext.Clean(p.Path), Slug: plaintext.Clean(address), Title: p.Title()}
		if !p.Date.IsZero() {
			row.Date = &p.Date
		}
		all = append(all, row)
		return &all[len(all)-1]
	}
	for _, p := range x.Everything() {
		add(p, p.Address, stateListed)
	}
	for _, e := range x.Excluded() {
		row := add(e.Post, e.Address, e.Reason)
		row.Reason = e.Detail
		if !e.Until.IsZero() {
			row.Until = &e.Until
		}
	}
	known := make(map[string]bool)
	for _, row := range all {
		known[row.Path] = true
	}
	for _, p := range x.Problems() {
		path := plaintext.Clean(p.Path)
		if p.Severity == post.Error && path != "." && !known[path] {
			known[path] = true
			all = append(all, listedPost{State: stateBroken, Path: path, Reason: fmt.Sprintf("line %d: %s", max(p.Line, 1), plaintext.Clean(p.What))})
		}
	}
	slices.SortStableFunc(all, func(a, b listedPost) int {
		switch {
		case a.Date == nil || b.Date == nil:
			return cmp.Or(cmp.Compare(undatedLast(a), undatedLast(b)), strings.Compare(a.Path, b.Path))
		default:
			return cmp.Or(b.Date.Compare(*a.Date), strings.Compare(a.Path, b.Path))
		}
	})
	return all
}

func undatedLast(p listedPost) int {
	if p.Date == nil {
		return 1
	}
	return 0
}

func printList(w io.Writer, posts []listedPost, asJSON bool) error {
	if asJSON {
		if posts == nil {
			posts = []listedPost{}
		}
		return printJSON(w, struct {
			Posts []listedPost `json:"posts"`
		}{posts})
	}
	for _, p := range posts {
		day, why := "undated   ", p.Reason // as wide as a date
		if p.Date != nil {
			day = p.Date.Format(time.DateOnly)
		}
		if p.Until != nil {
			why = strings.TrimSpace("until " + p.Until.Format(time.RFC3339) + " " + why)
		}
		line := strings.Join([]string{fmt.Sprintf("%-7s", p.State), day, cmp.Or(p.Slug, p.Path), p.Title, why}, "\t")
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, "\t")); err != nil {
			return err
		}
	}
	return nil
}
