package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/terminal"
	"github.com/sshblog/sshblog/internal/theme"
)

// ownSequences are the control sequences that a Host and the reader write: CSI
// (ECMA-48 §5.4), the window's title, hyperlinks, the clipboard and the question
// for the background (OSC 2, 8, 52, 11), and the one for a capability (XTGETTCAP).
var ownSequences = regexp.MustCompile(`\x1b\[[<=>?]?[0-9;:]*[ $!]?[\x40-\x7e]` +
	`|\x1b\](2;[^\x00-\x1f\x7f]*|8;[^;\x00-\x20\x7f-\x{10ffff}]*;[[:graph:]]*|52;[cp];[A-Za-z0-9+/=]*|11;\?)(\x07|\x1b\\)` +
	`|(\x1bP\+q[0-9A-Fa-f]*)?\x1b\\` + // or nothing, to end what may be cut
	`|\x1bM`) // a line up

// FuzzReader promises, for whatever bytes a client with a terminal types, in
// pieces of any length and in a window of any size: there is no panic, the
// session ends with its input, and of what goes to the terminal nothing acts but
// the program's own sequences: no other control character, no bidirectional
// control, no invisible character other than the joiners.
func FuzzReader(f *testing.F) {
	for _, keys := range []string{
		"jjk\r \x1b[6~G/first\rnN\x1b", "/post 7 category:A\x1b[B\r\x1b", ":2\r", "c\x1b[B\rt\r", "\ry\r\t\t\rTm+-?",
		"/\x1b[200~\u202epasted\x1b[201~\r", "/\u202e\u2066\u00ad\u009b\xff\x1b]0;x\a", "\x1b[M !!\x1b[<64;1;1M\x1b]11;rgb:f/f/f\a",
		"\x1bP1+r524742\x1b\\\x1b[?2026;2$y", "/\x1b[8238u\x1b[173;1;8238u",
	} {
		f.Add([]byte(keys), uint8(1), uint8(80), uint8(24))
		f.Add([]byte(keys), uint8(200), uint8(24), uint8(9))
	}
	posts := fstest.MapFS{}
	for i := range 9 {
		posts[fmt.Sprintf("post-%d.md", i)] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"---\ntitle: Post %d\ndate: 2026-01-0%d\ncategories: [%c]\n---\nText with a [link](#first) and `code`.\n\n## First\n\n```go\nfunc main() {}\n```\n%s",
			i, i+1, 'A'+rune(i%2), strings.Repeat("\nMore words.\n", 20))}
	}
	lib, err := library.Open(posts, library.Options{})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.Context())
	f.Cleanup(cancel)
	go func() { _ = lib.Run(ctx) }()
	<-lib.Current().Searchable()
	blog := reader.New(lib, render.NewCache(1<<20, 0), theme.NewSet())
	f.Fuzz(func(t *testing.T, keys []byte, piece, width, height uint8) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var out bytes.Buffer
		host := terminal.New(blog.Model(ctx, reader.Options{Address: func(post string) string { return "ssh " + post + "@blog.example.com" }}), terminal.Options{
			Input:  &typist{keys: keys[:min(len(keys), 1<<10)], piece: int(piece) + 1},
			Output: &out,
			Width:  int(width), Height: int(height),
			Environ: []string{"TERM=xterm-256color"},
		})
		host.Start()
		<-host.Done()
		if err := host.Err(); err != nil && !errors.Is(err, terminal.ErrInputClosed) {
			t.Fatal(err)
		}
		rest := ownSequences.ReplaceAllStringFunc(out.String(), func(s string) string {
			title, ok := strings.CutPrefix(s, "\x1b]2;")
			if !ok {
				return ""
			}
			return strings.TrimRight(title, "\a") // which is shown, too
		})
		if !utf8.ValidString(rest) {
			t.Errorf("the terminal gets what is not UTF-8: %q", rest)
		}
		for _, r := range rest {
			// Joiners, and the Arabic signs that stand before a number, are shown.
			shown := r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Prepended_Concatenation_Mark, r)
			if r != '\r' && r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && !shown) {
				at := strings.IndexRune(rest, r)
				t.Fatalf("the terminal gets %U: %q", r, rest[max(at-40, 0):min(at+40, len(rest))])
			}
		}
	})
}

// typist types keys in pieces, and lets others run in between.
type typist struct {
	keys  []byte
	piece int
}

func (p *typist) Read(buf []byte) (int, error) {
	for range 4 {
		runtime.Gosched()
	}
	if len(p.keys) == 0 {
		return 0, io.EOF
	}
	n := copy(buf, p.keys[:min(p.piece, len(p.keys))])
	p.keys = p.keys[n:]
	return n, nil
}
