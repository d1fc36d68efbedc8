//go:build unix

package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/terminal"
	"github.com/sshblog/sshblog/internal/theme"
)

//go:embed testdata/emulator.py
var emulator string

// TestRandomWalk goes wherever keys lead, over posts full of signs whose width
// terminals disagree on. After each step a terminal that is not ours shows, cell
// for cell, what it shows of the whole frame: one that draws the newest emoji in
// two cells, one that is older than they are, and one that draws all that is
// ambiguous in two.
func TestRandomWalk(t *testing.T) {
	const steps = 900
	seeds := uint64(4)
	if underRace {
		seeds = 1 // the terminal takes most of the time, and there is no race in it
	}
	python := pythonWith(t, "pyte", "python3-pyte")
	for seed := range seeds {
		var walked []byte
		synctest.Test(t, func(t *testing.T) { walked = walk(t, seed+1, steps) })
		for _, width := range []string{"newest", "unicode5", "east-asian"} {
			t.Run(fmt.Sprintf("%d %s", seed+1, width), func(t *testing.T) {
				t.Parallel()
				cmd := exec.Command(python, "-c", emulator, width)
				cmd.Stdin = bytes.NewReader(walked)
				out, err := cmd.CombinedOutput()
				if want := fmt.Sprintf("0 of %d steps went wrong\n", steps); err != nil || string(out) != want {
					t.Errorf("%v\n%s", err, out[:min(len(out), 4000)])
				}
			})
		}
	}
}

// walk returns what a session writes at each of so many random steps, and what one
// writes beside it that is given the same keys and shows every frame as a whole;
// as testdata/emulator.py reads it.
func walk(t *testing.T, seed uint64, steps int) []byte {
	rng := rand.New(rand.NewPCG(seed, 11))
	lib, err := library.Open(doubtfulPosts(rng), library.Options{Now: func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = lib.Run(ctx) }()
	blog := reader.New(lib, render.NewCache(1<<20, 0), theme.NewSet())
	columns, rows := 70, 20
	session, whole := newWalker(ctx, blog, columns, rows), newWalker(ctx, blog, columns, rows)
	defer func() {
		session.leave()
		whole.leave()
	}()
	if seed%2 == 0 { // a terminal that tells its background gets colours
		for _, w := range []*walker{session, whole} {
			_, _ = io.WriteString(w.keys, "\x1b]11;rgb:0000/0000/0000\x1b\\")
		}
	}
	if seed > 2 { // one that draws what is ambiguous in two cells says so, see terminal.Host
		for _, w := range []*walker{session, whole} {
			_, _ = io.WriteString(w.keys, "\x1b[2;3R")
		}
	}
	var steady bytes.Buffer
	for range steps {
		keys := walkKeys[rng.IntN(len(walkKeys))]
		if rng.IntN(40) == 0 {
			columns, rows = 24+rng.IntN(90), 6+rng.IntN(24)
		}
		wrote := session.step(keys, columns, rows, false)
		fmt.Fprintf(&steady, "%d %d %x %x\n", columns, rows, wrote, whole.step(keys, columns, rows, true))
	}
	return steady.Bytes()
}

// walkKeys are what the steps choose from, those that move most often. None
// leaves for long: "q" in the list is not among them.
var walkKeys = strings.Split("j j j j j k k k d u \r \r \r \x1b[27u \x1b[27u g G + - t c [ ] n p h l \t \t \t\r T ? y 2 w e "+
	"/ /lang /☰ 漢 é “ 🚀 \x7f \x1b[A \x1b[B \x1b[6~ \x1b[5~ :2\r", " ")

// walker is a session of which all is known that it writes.
type walker struct {
	host          *terminal.Host
	keys          *io.PipeWriter
	out           bytes.Buffer
	columns, rows int
}

func newWalker(ctx context.Context, blog *reader.Reader, columns, rows int) *walker {
	w := &walker{columns: columns, rows: rows}
	in, keys := io.Pipe()
	w.keys = keys
	w.host = terminal.New(blog.Model(ctx, reader.Options{Address: func(post string) string { return "ssh " + post + "@blog.example.com" }}), terminal.Options{
		Input: in, Output: &w.out, Width: columns, Height: rows, Environ: []string{"TERM=xterm-256color"},
	})
	w.host.Start()
	return w
}

// step types keys and returns what is written until nothing happens any more, or
// then the whole frame.
func (w *walker) step(keys string, columns, rows int, whole bool) []byte {
	if w.columns != columns || w.rows != rows {
		w.columns, w.rows = columns, rows
		w.host.Resize(columns, rows)
		settle()
	}
	_, _ = io.WriteString(w.keys, keys)
	settle()
	if whole {
		w.out.Reset()
		w.host.Resize(columns, rows)
	}
	return w.take()
}

// settle waits until nothing happens any more. The second passes by the bubble's
// clock: whatever has been put off is done.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

func (w *walker) take() []byte {
	defer w.out.Reset()
	return bytes.Clone(w.out.Bytes())
}

func (w *walker) leave() {
	w.host.Stop("")
	_ = w.keys.Close()
}

// doubtfulPosts are posts of words whose width terminals disagree on. Their code
// names no language: lexers keep a clock of the whole process, which must not begin
// in a bubble.
func doubtfulPosts(rng *rand.Rand) fstest.MapFS {
	words := []string{
		"word", "language", "a", "“quoted”", "it’s", "…", "—", "·", "→", "naïve", "e\u0301te\u0301", "n\u0308", "привет", "αβγ", "Санкт-Петербург",
		"漢字", "かな", "か\u3099", "한국어", "ＦＵＬＬ", "ﾊﾝ", "☰", "䷀", "🚀", "👍🏽", "👨\u200d👩\u200d👧", "🇩🇪", "☁\ufe0f", "1\ufe0f\u20e3", "🫨",
		"हिन्दी", "ไทยนี้", "العربية", "שָׁלוֹם", "နှင်း", "①", "★", "½", "`co“de`", "**bold ☰**", "_🚀 it_", "[link “☰”](https://example.com/)",
		"a\u00adb", "z\ufeffz", "w\u2060j",
	}
	text := func(n int) string {
		parts := make([]string, 1+rng.IntN(n))
		for i := range parts {
			parts[i] = words[rng.IntN(len(words))]
		}
		return strings.Join(parts, " ")
	}
	posts := fstest.MapFS{}
	for i := range 18 {
		var b strings.Builder
		fmt.Fprintf(&b, "---\ntitle: '%s %d'\ndate: 2026-01-%02d\ncategories: ['%s']\ntags: ['%s']\nsummary: '%s'\n---\n",
			strings.ReplaceAll(text(9), "'", "’"), i, i+1, []string{"漢字", "🚀 Space", "Plain", "“☰”"}[i%4], words[rng.IntN(30)], text(30))
		for range 6 {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n\n- %s\n- %s\n\n> %s\n\n", text(5), text(60), text(12), text(20), text(20))
			fmt.Fprintf(&b, "| %s | b | %s |\n|---|---|---|\n| %s | %s | %s |\n| %s | x | %s |\n\n", text(2), text(3), text(3), text(2), text(4), text(5), text(2))
			fmt.Fprintf(&b, "```\n%s\n\t// %s\nx := \"%s\"\n```\n", text(8), text(25), text(5))
		}
		posts[fmt.Sprintf("post-%d.md", i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return posts
}
