//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// multiplexed is a reader inside tmux: keys go in by the names that
// tmux has for them, so that it is tmux that makes bytes of them, and what it
// shows comes out.
type multiplexed struct {
	t    *testing.T
	send func(key string) *exec.Cmd
	show func() string
}

func (m *multiplexed) press(keys ...string) {
	m.t.Helper()
	for _, key := range keys {
		if out, err := m.send(key).CombinedOutput(); err != nil {
			m.t.Fatalf("%s: %v: %s", key, err, out)
		}
	}
}

func (m *multiplexed) sees(texts ...string) {
	m.t.Helper()
	eventually(m.t, func() bool {
		screen := m.show()
		return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(screen, text) })
	}, "the screen does not come to show %q:\n%v", texts, stringer(m.show))
}

// quoted is a command line for a shell.
func quoted(args []string) string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return strings.Join(out, " ")
}

// TestReadInTmux reads in a real tmux.
func TestReadInTmux(t *testing.T) {
	tmux := tool(t, "tmux", "tmux")
	s := serveBlog(t, 20)
	socket := filepath.Join(t.TempDir(), "tmux")
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(tmux, append([]string{"-S", socket, "-f", os.DevNull}, args...)...)
		cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "TMUX=")
		return cmd
	}
	if out, err := command("-u", "new-session", "-d", "-x", "80", "-y", "24", quoted(s.ssh().Args)).CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = command("kill-server").Run() })
	m := &multiplexed{
		t:    t,
		send: func(key string) *exec.Cmd { return command("send-keys", key) },
		show: func() string {
			out, err := command("capture-pane", "-p").CombinedOutput()
			if err != nil {
				return err.Error() + ": " + string(out)
			}
			return string(out)
		},
	}
	// The keys that terminals send in most different ways.
	m.sees("PAGE 1 / 3 · 20 POSTS", "▌ Post number 20")
	m.press("Down", "Down", "Up")
	m.sees("▌ Post number 19")
	m.press("Right")
	m.sees("PAGE 2 / 3")
	m.press("PageUp")
	m.sees("PAGE 1 / 3")
	m.press("End")
	m.sees("PAGE 3 / 3")
	m.press("Home")
	m.sees("PAGE 1 / 3")
	m.press("F1")
	m.sees("Help")
	m.press("Escape")
	m.sees("PAGE 1 / 3")
	m.press("Enter")
	m.sees("The text of Post number 20")
	m.press("Escape")
	m.sees("PAGE 1 / 3")
	m.press("BTab") // the category before all is the last
	m.sees("PAGE 1 / 1")
	m.press("Tab")
	m.sees("PAGE 1 / 3")
	m.press(":", "2", "BSpace", "3", "Enter")
	m.sees("PAGE 3 / 3")
	m.press("q")
	s.logged("reason=quit")
}
