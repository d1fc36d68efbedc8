//go:build unix

package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// Who cannot use a screen gets lines and a prompt, by asking or by TERM=dumb.
func TestConversation(t *testing.T) {
	s := serveBlog(t, 20)
	dumb := s.ssh()
	dumb.Env = append(os.Environ(), "TERM=dumb")
	asked := s.ssh("plain")
	asked.Args = append([]string{"ssh", "-t"}, asked.Args[1:]...)
	for _, client := range []*exec.Cmd{dumb, asked} {
		p := s.connect(80, 60, client)
		p.sees("Page 1 of 3, 20 posts.", "1. Post number 20", "q leaves:")
		p.types("3\r")
		p.sees("The end.", "n next post") // the text has scrolled by
		if !strings.Contains(string(p.written()), "The text of Post number 18") {
			t.Error("post 18 is not told")
		}
		p.types("\rq\r")
		if status := p.leaves(); status != 0 {
			t.Errorf("the client exits with %d", status)
		}
	}
	piped := s.ssh("plain")
	piped.Stdin = strings.NewReader("n\nq\n")
	out, err := piped.Output()
	if err != nil || !strings.Contains(string(out), "Page 2 of 3") || strings.ContainsAny(string(out), "\x1b\r") {
		t.Errorf("through a pipe it says %q, %v", out, err)
	}
}

func TestReadAskedFor(t *testing.T) {
	s := serveBlog(t, 20)
	ask := func(words ...string) *person {
		cmd := s.ssh(words...)
		cmd.Args = append([]string{"ssh", "-t"}, cmd.Args[1:]...)
		return s.connect(80, 24, cmd)
	}
	p := ask("read", "post-07")
	p.sees("The text of Post number 7")
	p.types(esc)
	p.sees("▌ Post number 7", "PAGE 2 / 3")
	p.types("q")
	p.leaves()
	p = ask("read", "nothing-of-that-name")
	p.sees(`there is no post "nothing-of-that-name"`)
	if status := p.leaves(); status != 2 {
		t.Errorf("the client exits with %d, want 2", status)
	}
	p = ask("--", "--theme", "nothing-of-that-name")
	p.sees(`there is no theme "nothing-of-that-name"; there are`)
	p.leaves()
	p = ask("--", "--theme", "phosphor")
	p.sees("PAGE 1 / 3")
	p.types("q")
	p.leaves()
	p = ask("--", "--no-color")
	p.sees("PAGE 1 / 3")
	p.types("q")
	p.leaves()
	if colour := regexp.MustCompile(`\x1b\[[0-9;]*(3\d|9[0-7]|[34]8)[;m]`).Find(p.written()); colour != nil {
		t.Errorf("--no-color is answered with %q", colour)
	}
}

// A command may come from a link that somebody has followed, and what is said of
// it goes to that person's terminal.
func TestRefusalsActOnNoTerminal(t *testing.T) {
	s := serveBlog(t, 1)
	for _, command := range []string{"--\x1b]0;owned\a", "-\u202e", "ls \x1b[2J", "--theme \u009b2J", "read \x1b[2J\u2066"} {
		cmd := s.ssh("'" + command + "'")
		cmd.Args = append([]string{"ssh", "-T"}, cmd.Args[1:]...)
		out, err := cmd.CombinedOutput()
		text := strings.ReplaceAll(string(out), "\r\n", "")
		if err == nil || !strings.Contains(text, "sshblog: ") || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q is answered with %q, %v", command, out, err)
		}
	}
}

// A refusal is broken at spaces and keeps its lines.
func TestRefusalsBreakAtSpaces(t *testing.T) {
	const why = "there is no theme \"solar\"; there are auto, dark, light, paper, tide, phosphor, contrast\n  use ssh -t HOST -- --theme NAME"
	for _, width := range []int{20, 40, 80} {
		got := refusal(why, width)
		if said := strings.Join(strings.Fields(got), " "); said != "sshblog: "+strings.Join(strings.Fields(why), " ") {
			t.Errorf("at %d cells it says %q", width, got)
		}
		if !strings.Contains(got, "\r\n  use ") {
			t.Errorf("at %d cells the lines are not kept: %q", width, got)
		}
		for line := range strings.SplitSeq(got, "\r\n") {
			if len(strings.TrimRight(line, " ")) > width {
				t.Errorf("at %d cells there is the line %q", width, line)
			}
		}
	}
}
