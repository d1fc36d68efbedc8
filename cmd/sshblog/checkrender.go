package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/textwidth"
	"github.com/sshblog/sshblog/internal/theme"
)

// What check --render asks of a post.
const (
	slowWidth   = 80
	slow        = 250 * time.Millisecond // at slowWidth
	slowTries   = 3                      // the fastest of them counts, since other programs take time too
	renderLimit = 5 * time.Second
)

func checkWidths() []int { return []int{40, slowWidth, 120} }

// draw renders every post, adds what is wrong with the pages to the problems,
// and returns the end of the sum. The error is the context's.
func (c *checker) draw(ctx context.Context) (sum string, err error) {
	// A cache without room renders within a time limit, and keeps nothing.
	pages := render.NewCache(0, renderLimit)
	look := theme.NewSet().Pick(true, colorprofile.TrueColor)
	var slowest time.Duration
	which := ""
	for _, p := range c.all {
		for _, width := range checkWidths() {
			took, problems := drawPost(ctx, pages, p, width, look)
			if err := ctx.Err(); err != nil {
				return "", err
			}
			for _, found := range problems {
				c.problems = append(c.problems, post.Problem{
					Path: p.Path, Line: p.BodyLine() + found.line, Severity: post.Error,
					What: fmt.Sprintf("at %d columns: %s", width, found.what),
				})
			}
			if width == slowWidth && took > slowest {
				slowest, which = took, p.Path
			}
		}
	}
	sum = "; rendered at 40, 80 and 120 columns"
	if which != "" {
		sum += fmt.Sprintf(", the slowest in %s: %s", slowest.Round(time.Millisecond/10), plaintext.Clean(which))
	}
	return sum, nil
}

// finding is what is wrong with a page, and the line of the post's text, from 0,
// that it is about.
type finding struct {
	line int
	what string
}

// drawPost renders a post, and returns how long that took and what is wrong.
func drawPost(ctx context.Context, pages *render.Cache, p *post.Post, width int, look *theme.Theme) (least time.Duration, problems []finding) {
	for try := range slowTries {
		start := time.Now()
		page, err := pages.Page(ctx, nil, p, width, look)
		took := time.Since(start)
		switch {
		case errors.Is(err, render.ErrDeadline):
			return took, []finding{{0, fmt.Sprintf("it is not rendered within %v", renderLimit)}}
		case err != nil:
			return took, []finding{{0, err.Error()}}
		case try == 0:
			least, problems = took, inspect(page)
		}
		if least = min(least, took); least <= slow || width != slowWidth {
			return least, problems
		}
	}
	return least, append(problems, finding{0, fmt.Sprintf("it takes %v, more than %v", least.Round(time.Millisecond), slow)})
}

// inspect returns what is wrong with a page. It checks the lines themselves, not the page's own description of
// them.
func inspect(page *render.Page) []finding {
	var problems []finding
	for i, line := range page.Lines.All() {
		problems = inspectLine(problems, fmt.Sprintf("line %d of the page", i+1), line, page.Width)
	}
	for i := range page.Code {
		code := &page.Code[i]
		for j, line := range code.View(code.Overflow()).All() {
			problems = inspectLine(problems, fmt.Sprintf("line %d of the page, scrolled,", code.First+j+1), line, page.Width)
		}
	}
	if page.Panic != "" {
		problems = append(problems, finding{0, "the renderer panicked, which is a bug in sshblog: " + plaintext.Clean(page.Panic)})
	}
	for _, n := range page.Notices {
		problems = append(problems, finding{n.Source, fmt.Sprintf("line %d of the page says: %s", n.Line+1, n.What)})
	}
	for _, line := range page.Failed {
		problems = append(problems, finding{0, fmt.Sprintf("the renderer failed: what is on line %d of the page is shown as its source", line+1)})
	}
	const most = 5 // of one page, which are enough to see what is the matter
	if len(problems) > most {
		problems = append(problems[:most], finding{0, fmt.Sprintf("and %d more", len(problems)-most)})
	}
	return problems
}

func inspectLine(problems []finding, where, line string, width int) []finding {
	if cells := textwidth.Of(line); cells > width {
		problems = append(problems, finding{0, fmt.Sprintf("%s is %d cells wide", where, cells)})
	}
	if foreign := foreignBytes(line); foreign != "" {
		problems = append(problems, finding{0, fmt.Sprintf("%s holds %q, which may command a terminal", where, foreign)})
	}
	return problems
}

// permitted are the two sequences that may be in a line: colours, and hyperlinks to
// http, https and mailto.
var permitted = regexp.MustCompile(`\x1b\[[0-9;]*m|\x1b\]8;[\x20-\x3a\x3c-\x7e]*;((?i:https?|mailto):[\x20-\x7e]*)?\x1b\\`)

// foreignBytes returns the first thing in a line that is neither text nor one of
// these: an escape, another control character, what reorders the text around it
// (UAX #9 §2), or no character at all.
func foreignBytes(line string) string {
	for line = permitted.ReplaceAllString(line, ""); line != ""; {
		r, size := utf8.DecodeRuneInString(line)
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError && size == 1 {
			return line[:size]
		}
		line = line[size:]
	}
	return ""
}
