package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// feedOf stands for what writes feeds.
func feedOf(_ context.Context, w io.Writer, format, category string) error {
	if format != "atom" && format != "rss" && format != "json" {
		return errors.New("there is no such feed")
	}
	_, err := fmt.Fprintf(w, "<%s>\n<%s>\n", format, category)
	return err
}

func TestFeed(t *testing.T) {
	for line, want := range map[string]string{
		"feed":                          "<atom>\n<>\n",
		"feed rss":                      "<rss>\n<>\n",
		"feed json --category Things":   "<json>\n<Things>\n",
		"feed --category=things":        "<atom>\n<things>\n",
		"LC_ALL=C feed rss --category=": "<rss>\n<>\n",
	} {
		if a := ask(t, false, strings.Fields(line)...); a.out != want || a.told != "" || a.status != 0 {
			t.Errorf("%q: %+v", line, a)
		}
	}
	for line, want := range map[string]string{
		"feed rdf":        "sshblog: there is no such feed",
		"feed atom rss":   "sshblog: feed takes no rss;",
		"feed --category": "sshblog: the option --category lacks its value;",
		"fead":            "sshblog: there is no command fead; did you mean feed?",
	} {
		if a := ask(t, false, strings.Fields(line)...); !strings.HasPrefix(a.told, want) || a.out != "" || a.status != 2 {
			t.Errorf("%q: %+v", line, a)
		}
	}
	for category, want := range map[string]string{
		"other": "sshblog: there is no category other; ssh HOST categories lists them\n",
		"Thing": "sshblog: there is no category Thing; did you mean things?\n",
	} {
		if a := ask(t, false, "feed", "--category", category); a.told != want || a.out != "" || a.status != 1 {
			t.Errorf("category %s: %+v", category, a)
		}
	}
	// A terminal in raw mode needs both ends of a line.
	if a := ask(t, true, "feed"); a.out != "<atom>\r\n<>\r\n" {
		t.Errorf("in a terminal: %q", a.out)
	}
}

// Who has left is told nothing.
func TestFeedOfWhoHasLeft(t *testing.T) {
	for _, gone := range []error{io.EOF, context.Canceled, fmt.Errorf("writing: %w", io.EOF)} {
		var told strings.Builder
		s := &Session{Stdout: io.Discard, Stderr: &told, Feed: func(context.Context, io.Writer, string, string) error { return gone }}
		if status := Run(t.Context(), []string{"feed"}, s); status != 0 || told.Len() > 0 {
			t.Errorf("%v: %d, %q", gone, status, told.String())
		}
	}
}
