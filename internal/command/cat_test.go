package command

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
)

func TestCat(t *testing.T) {
	const one = "---\ntitle: \"One\"\ndate: 2026-01-02T00:00:00Z\n---\n\nText.\n"
	for _, line := range []string{"cat one", "cat /one.md", "raw one", "source one"} {
		if a := ask(t, false, strings.Fields(line)...); a.out != one || a.told != "" || a.status != 0 || a.opened != "one" || a.ended != "one" {
			t.Errorf("%s: %+v", line, a)
		}
	}
	if a := ask(t, true, "cat", "one"); a.out != strings.ReplaceAll(one, "\n", "\r\n") || a.status != 0 {
		t.Errorf("on a terminal: %+v", a)
	}
	for line, want := range map[string]string{
		"cat noe":      "sshblog: there is no post noe; did you mean one?\n",
		"cat owl":      "sshblog: there is no post owl; ssh HOST ls lists them\n",
		"cat nothing":  "sshblog: there is no post nothing; ssh HOST ls lists them\n",
		"cat \x1b[31m": "sshblog: there is no post ?[31m; ssh HOST ls lists them\n",
	} {
		if a := ask(t, false, strings.Fields(line)...); a.out != "" || a.told != want || a.status != statusNotFound || a.opened+a.ended != "" {
			t.Errorf("%s: %+v", line, a)
		}
	}
}

// sessionOf returns a session with the posts of a folder.
func sessionOf(t testing.TB, posts fstest.MapFS) *Session {
	t.Helper()
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &Session{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Index: lib.Current(), Source: true}
}

func TestSourceOff(t *testing.T) {
	s := sessionOf(t, fstest.MapFS{"one.md": {Data: []byte("Text.")}})
	var told strings.Builder
	s.Source, s.Stderr = false, &told
	if status := Run(t.Context(), []string{"cat", "one"}, s); status != statusRefused || !strings.Contains(told.String(), "does not give out the Markdown") {
		t.Errorf("status %d, %q", status, told.String())
	}
}

// pipe takes some writes, and is closed then.
type pipe struct {
	takes  int
	writes []int
}

func (p *pipe) Write(b []byte) (int, error) {
	if len(p.writes) == p.takes {
		return 0, io.ErrClosedPipe
	}
	p.writes = append(p.writes, len(b))
	return len(b), nil
}

// What a command prints is in memory a buffer at a time, and a client that closes the pipe is
// told nothing.
func TestOutputIsBounded(t *testing.T) {
	s := sessionOf(t, fstest.MapFS{"one.md": {Data: []byte(strings.Repeat("some words\n", 20_000))}})
	for _, takes := range []int{0, 3, 1000} {
		for _, terminal := range []bool{false, true} {
			p, told := &pipe{takes: takes}, strings.Builder{}
			s.Stdout, s.Stderr, s.Terminal = p, &told, terminal
			if status := Run(t.Context(), []string{"cat", "one"}, s); status != 0 || told.String() != "" {
				t.Errorf("status %d, %q", status, told.String())
			}
			for _, n := range p.writes {
				if n > outputBytes {
					t.Errorf("%d bytes are written at once", n)
				}
			}
			if takes < 1000 && len(p.writes) != takes || takes == 1000 && len(p.writes) < 20 {
				t.Errorf("%d writes", len(p.writes))
			}
		}
	}
}

// Without memory for the buffer a command says so.
func TestOutputIsTakenFromTheAccount(t *testing.T) {
	s := sessionOf(t, fstest.MapFS{"one.md": {Data: []byte("Text.")}})
	for _, bytes := range []int64{outputBytes, 2 * outputBytes} {
		l := ledger.New(ledger.Limits{Bytes: bytes, Goroutines: 1})
		account := l.Open(ledger.Limits{Bytes: bytes, Goroutines: 1})
		s.Account = account
		err := s.stream(func(o *output) error {
			if got := account.Taken().Bytes; got != outputBytes {
				t.Errorf("%d bytes are taken", got)
			}
			o.write("text")
			return nil
		})
		if enough := bytes > outputBytes; enough != (err == nil) || !enough && !errors.Is(err, errNoMemory) {
			t.Errorf("of %d bytes: %v", bytes, err)
		}
		if got := account.Taken().Bytes; got != 0 {
			t.Errorf("%d bytes are kept", got)
		}
	}
}

// Authors have what readers have where the file cannot be read, are told so, and are not given it for the file where
// only too many are open.
func TestCatWithoutTheFile(t *testing.T) {
	for err, want := range map[error]struct {
		out, told string
		status    int
	}{
		fs.ErrNotExist: {"Text.", "sshblog: one.md cannot be read: file does not exist; this is what readers have of it\n", 0},
		ErrBusy:        {"", "sshblog: one.md cannot be read: too many files are open at once: try again in a moment\n", statusFailed},
	} {
		s := sessionOf(t, fstest.MapFS{"one.md": {Data: []byte("Text.")}})
		var out, told strings.Builder
		s.Stdout, s.Stderr, s.Author = &out, &told, "alice"
		s.Publishing = &Publishing{Open: func(string) (io.ReadCloser, error) { return nil, err }}
		if status := Run(t.Context(), []string{"cat", "one"}, s); status != want.status || !strings.Contains(out.String(), want.out) || told.String() != want.told {
			t.Errorf("status %d, %q, %q", status, out.String(), told.String())
		}
	}
}
