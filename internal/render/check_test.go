package render

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/textwidth"
)

var (
	sgr       = regexp.MustCompile("\x1b\\[([0-9;]*)m")
	hyperlnk  = regexp.MustCompile("\x1b\\]8;(?:id=\\d+)?;([^\\x00-\\x20\\x7f-\\x{10ffff}]*)\x1b\\\\")
	forbidden = regexp.MustCompile("[\x00-\x1f\x7f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
	target    = regexp.MustCompile("^(?i:https?://|mailto:)")
)

// checkLine fails unless a line keeps the promise of Page.Lines.
func checkLine(t *testing.T, what string, i int, line string, width int) {
	t.Helper()
	if textwidth.IsASCII(line) && len(line) <= width && !strings.HasSuffix(line, " ") {
		return
	}
	if w := max(ansi.StringWidth(line), ansi.StringWidthWc(line)); w > width {
		t.Errorf("%s %d is %d cells wide, want at most %d: %q", what, i, w, width, line)
	}
	if codes := sgr.FindAllStringSubmatch(line, -1); len(codes) > 0 && codes[len(codes)-1][1] != "" {
		t.Errorf("%s %d does not end in the default state: %q", what, i, line)
	}
	open := false
	for _, m := range hyperlnk.FindAllStringSubmatch(line, -1) {
		open = m[1] != ""
		if open && !target.MatchString(m[1]) {
			t.Errorf("%s %d links to %q", what, i, m[1])
		}
	}
	if open {
		t.Errorf("%s %d leaves a hyperlink open: %q", what, i, line)
	}
	text := hyperlnk.ReplaceAllString(sgr.ReplaceAllString(line, ""), "")
	if bad := forbidden.FindString(text); bad != "" {
		t.Errorf("%s %d holds %q: %q", what, i, bad, line)
	}
	if strings.HasSuffix(text, " ") {
		t.Errorf("%s %d ends with spaces: %q", what, i, line)
	}
}

// checkPage fails unless a page keeps the promises of its fields.
func checkPage(t *testing.T, p *Page) {
	t.Helper()
	if p.Panic != "" {
		t.Errorf("the renderer panicked: %s", p.Panic)
	}
	for i, line := range p.Lines.All() {
		checkLine(t, "line", i, line, p.Width)
	}
	within := func(what string, line int) {
		if line < 0 || line >= p.Lines.Len() {
			t.Errorf("%s is on line %d of %d", what, line, p.Lines.Len())
		}
	}
	for _, h := range p.Headings {
		within("heading "+h.Text, h.Line)
	}
	for _, l := range p.Links {
		if len(l.Target) > markdown.MaxTarget+len("mailto:…") {
			t.Errorf("the target of a link has %d bytes", len(l.Target))
		}
		for _, at := range l.At {
			within("link "+l.Text, at.Line)
			if at.Column < 0 || at.Cells <= 0 || at.Column+at.Cells > p.Width {
				t.Errorf("link %q is at %+v of %d cells", l.Text, at, p.Width)
			}
		}
	}
	for _, a := range p.Anchors {
		if a.Line < 0 || a.Line > max(p.Lines.Len()-1, 0) {
			t.Errorf("#%s is on line %d of %d", a.ID, a.Line, p.Lines.Len())
		}
	}
	for _, c := range p.Cells {
		for i, at := range c {
			within("cell", at.Line)
			if at.Column < 0 || at.Cells < 0 || at.Column+at.Cells > p.Width || at.Line != c[0].Line+i {
				t.Errorf("line %d of a cell is at %+v of %d cells", i, at, p.Width)
			}
		}
	}
	for _, n := range p.Notes {
		within("note", n.Line)
	}
	for _, c := range p.Code {
		within("code", c.First)
		within("code", c.Last)
		for _, offset := range []int{0, 1, c.Overflow() / 2, c.Overflow()} {
			lines := c.View(offset)
			if lines.Len() != 0 && lines.Len() != c.Last-c.First+1 {
				t.Errorf("the view of code %d-%d has %d lines", c.First, c.Last, lines.Len())
			}
			for i, line := range lines.All() {
				checkLine(t, "code line", i, line, p.Width)
			}
		}
	}
	if p.End > p.Lines.Len() {
		t.Errorf("the text ends on line %d of %d", p.End, p.Lines.Len())
	}
}

// stringsOf returns the lines of a page.
func stringsOf(page *Page) []string {
	lines := make([]string, page.Lines.Len())
	for i, line := range page.Lines.All() {
		lines[i] = line
	}
	return lines
}
