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
	t.Parallel()
	s := serveBlog(t, 20)
	readAround(inTmux(t, s.ssh().Args))
	s.logged("reason=quit")
}

// TestReadInScreen reads in a real GNU screen, which makes bytes of its own of
// what tmux sends it.
func TestReadInScreen(t *testing.T) {
	screen := tool(t, "screen", "screen")
	s := serveBlog(t, 20)
	config := filepath.Join(t.TempDir(), "screenrc")
	if err := os.WriteFile(config, []byte("startup_message off\nmaptimeout 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sockets := filepath.Join(t.TempDir(), "sockets")
	if err := os.Mkdir(sockets, 0o700); err != nil { // screen takes no other mode
		t.Fatal(err)
	}
	t.Setenv("SCREENDIR", sockets)
	readAround(inTmux(t, append([]string{screen, "-c", config, "-U"}, s.ssh().Args...)))
	s.logged("reason=quit")
}

// inTmux runs a command in a tmux of its own, in a window of 80×24.
func inTmux(t *testing.T, args []string) *multiplexed {
	t.Helper()
	tmux := tool(t, "tmux", "tmux")
	socket := filepath.Join(t.TempDir(), "tmux")
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(tmux, append([]string{"-S", socket, "-f", os.DevNull}, args...)...)
		cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "TMUX=")
		return cmd
	}
	if out, err := command("-u", "new-session", "-d", "-x", "80", "-y", "24", quoted(args)).CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = command("kill-server").Run() })
	return &multiplexed{
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
}

// readAround presses the keys that terminals send in most different ways.
func readAround(m *multiplexed) {
	m.t.Helper()
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
}
