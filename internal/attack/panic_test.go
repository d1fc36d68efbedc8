//go:build linux

package attack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// A bug that a client can reach: a panic in what draws the screen, in what takes
// the keys, or in a goroutine that fetches something. Go ends the process for a
// panic that nobody recovers on its own goroutine, and all readers with it.
//
// Here that session ends, and no other, not even one on the same connection: its
// screen is restored, it is told, its exit status is 1, and the stack is logged.
func TestPanics(t *testing.T) {
	p := startBuilt(t, buggy, nil)
	parts := []string{"Update", "View", "Cmd", "Batch"}
	p.withstands(func(s *siege) {
		for _, client := range s.clients(source) {
			stays := s.reads(client)
			for _, part := range parts {
				s.crash(client, part)
			}
			if !s.ask(stays, "window-change", windowChange{Columns: 90, Rows: 30}) {
				s.Error("the other session of the connection is gone")
			}
		}
	})
	p.logged(fullNumber*len(parts), "session ended", "remote=127.10.", "reason=panic")
	for _, part := range parts {
		for _, line := range p.logged(fullNumber, "panic in a reader", "a bug in "+part) {
			if !strings.HasPrefix(line, "time=") || !strings.Contains(line, "bomb") {
				t.Errorf("without its stack: %s", line)
			}
		}
	}
	for _, line := range p.lines() {
		if !strings.HasPrefix(line, "time=") && !strings.HasPrefix(line, "probe: ") || strings.Contains(line, "\x1b") {
			t.Errorf("what a panic says is in a line of its own: %q", line)
		}
	}
}

// crash sets off a bomb in a session of its own and looks at how that ends.
func (s *siege) crash(client *ssh.Client, part string) {
	s.Helper()
	session, err := client.NewSession()
	if err != nil {
		s.Fatal(err)
	}
	var told strings.Builder
	session.Stderr = &told
	keys, err := session.StdinPipe()
	if err != nil {
		s.Fatal(err)
	}
	screen, err := session.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := errors.Join(session.RequestPty("xterm-256color", 24, 80, nil), session.Shell()); err != nil {
		s.Fatal(err)
	}
	s.sees(screen, firstFrame)
	_, _ = io.WriteString(keys, "\x1b[200~"+part+"\x1b[201~")
	const restored = "\x1b[?1049l"
	shown, _ := io.ReadAll(screen)
	var exit *ssh.ExitError
	if err := session.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 {
		s.Errorf("%s: the session ends with %v", part, err)
	}
	if !strings.Contains(string(shown), restored) || !strings.HasPrefix(told.String(), "Closed because of a bug in sshblog") {
		s.Errorf("%s: the screen is left with %q, and the reader told %q", part, shown, told.String())
	}
}

// plantBombs writes the program's session.go with its reader in a bomb, and the
// renderer's inline.go with a word in code that is one, and returns what is to stand
// in for which of the program's files.
func plantBombs(dir string) (map[string]string, error) {
	planted := map[string]string{"bomb_of_the_attack_tests.go": "testdata/bomb.go"}
	for _, bomb := range []struct{ file, old, with string }{
		{"session.go", "terminal.New(model, ", "terminal.New(bomb{Model: model}, "},
		{"../../internal/render/inline.go", "in.code(in.l.tree.Plain(n), st, link)", `if in.l.tree.Plain(n) == "bomb" { panic("a bug in the renderer") }; in.code(in.l.tree.Plain(n), st, link)`},
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", "cmd", "sshblog", bomb.file))
		if err != nil {
			return nil, err
		}
		if n := strings.Count(string(text), bomb.old); n != 1 {
			return nil, fmt.Errorf("%s has %q %d times: the bomb has no place", bomb.file, bomb.old, n)
		}
		planted[bomb.file] = filepath.Join(dir, filepath.Base(bomb.file))
		if err := os.WriteFile(planted[bomb.file], []byte(strings.Replace(string(text), bomb.old, bomb.with, 1)), 0o600); err != nil {
			return nil, err
		}
	}
	return planted, nil
}
