package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// What check --render asks of a post.
const (
	slowWidth   = 80
	slow        = 250 * time.Millisecond // at slowWidth
	slowTries   = 3                      // of which the fastest counts: other programs take their time too
	renderLimit = 5 * time.Second
)

func checkWidths() []int { return []int{40, slowWidth, 120} }

// draw renders every post, adds what is wrong with the pages to the problems,
// and returns the end of the sum. The error is the context's.
func (c *checker) draw(ctx context.Context) (sum string, err error) {
	// A cache without room renders within a time limit, and keeps nothing.
	pages := render.NewCache(0, renderLimit)
	theme := render.NewThemes().Pick(true, colorprofile.TrueColor)
	var slowest time.Duration
	which := ""
	for _, p := range c.all {
		for _, width := range checkWidths() {
			took, problems := drawPost(ctx, pages, p, width, theme)
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
		sum += fmt.Sprintf(", the slowest in %s: %s", slowest.Round(time.Millisecond/10), post.Clean(which))
	}
	return sum, nil
}

// finding is what is wrong with a page, and the line of the post's text, from 0,
// that it is about.
type finding struct {
	line int
	what string
}

// drawPost renders a post, and tells how long that took and what is wrong.
func drawPost(ctx context.Context, pages *render.Cache, p *post.Post, width int, theme *render.Theme) (least time.Duration, problems []finding) {
	for try := range slowTries {
		start := time.Now()
		page, err := pages.Page(ctx, nil, p, width, theme)
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

// inspect tells what is wrong with a page, however it came about: what it
// says of itself is not believed.
func inspect(page *render.Page) []finding {
	var problems []finding
	for i, line := range page.Lines.All() {
		problems = inspectLine(problems, fmt.Sprintf("line %d of the page", i+1), line, page.Width)
	}
	for i := range page.Code {
		code := &page.Code[i]
		for j, line := range code.View(code.Overflow()) {
			problems = inspectLine(problems, fmt.Sprintf("line %d of the page, scrolled,", code.First+j+1), line, page.Width)
		}
	}
	if page.Panic != "" {
		problems = append(problems, finding{0, "the renderer panicked, which is a bug in sshblog: " + post.Clean(page.Panic)})
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

// foreignBytes returns the first thing in a line that is neither text nor one
// of the two sequences that may be there: colours, and hyperlinks to http,
// https and mailto.
func foreignBytes(line string) string {
	for line != "" {
		if n := max(sgrLength(line), hyperlinkLength(line)); n > 0 {
			line = line[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(line)
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == utf8.RuneError && size == 1 || bidiControl(r) {
			return line[:size]
		}
		line = line[size:]
	}
	return ""
}

// sgrLength returns the length of the SGR sequence that s starts with, or 0.
func sgrLength(s string) int {
	rest, ok := strings.CutPrefix(s, "\x1b[")
	if !ok {
		return 0
	}
	rest = strings.TrimLeft(rest, "0123456789;")
	if !strings.HasPrefix(rest, "m") {
		return 0
	}
	return len(s) - len(rest) + 1
}

// hyperlinkLength returns the length of the OSC 8 sequence that s starts with,
// or 0.
func hyperlinkLength(s string) int {
	rest, ok := strings.CutPrefix(s, "\x1b]8;")
	if !ok {
		return 0
	}
	inside, _, ok := strings.Cut(rest, "\x1b\\")
	_, target, hasTarget := strings.Cut(inside, ";")
	if !ok || !hasTarget || strings.ContainsFunc(inside, func(r rune) bool { return r < 0x20 || r >= 0x7f }) {
		return 0
	}
	scheme, _, _ := strings.Cut(strings.ToLower(target), ":")
	if target != "" && !slices.Contains([]string{"http", "https", "mailto"}, scheme) {
		return 0
	}
	return len(s) - len(rest) + len(inside) + 2
}

// bidiControl tells whether r reorders what stands around it (UAX #9 §2).
func bidiControl(r rune) bool {
	return r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
