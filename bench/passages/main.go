// Command passages measures how many passages that readers keep are found again when authors edit their
// posts: in the real histories of the Markdown files of a git repository.
//
//	cd bench && go run ./passages [-n 20] [-seed 1] [-v] REPOSITORY FOLDER...
//
// Of each file with several versions in the history, it keeps passages of random places of each version, at a
// random width, and looks for them in the next version and in the last one, at others. It prints
// how they were found, and with -v those that were lost or were found by a part of their words.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing/fstest"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

func main() {
	n := flag.Int("n", 20, "passages of each version")
	seed := flag.Uint64("seed", 1, "of the choice of passages")
	verbose := flag.Bool("v", false, "print what was not found as it was")
	flag.Parse()
	if flag.NArg() < 2 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: passages [-n number] [-seed number] [-v] repository folder...")
		os.Exit(2) //nolint:forbidigo // this is main
	}
	m := &measuring{
		repository: flag.Arg(0), n: *n, random: rand.New(rand.NewPCG(*seed, 0)), //nolint:gosec // a choice of passages
		pages: render.NewCache(8<<20, 0), theme: theme.NewSet().Linear(), told: io.Discard,
	}
	if *verbose {
		m.told = os.Stdout
	}
	if err := m.all(flag.Args()[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "passages: "+err.Error())
		os.Exit(1) //nolint:forbidigo // this is main
	}
	_, _ = fmt.Fprintf(os.Stdout, "%s: %d files with several versions, %d edits; %d passages could not be kept\n", m.repository, m.files, m.edits, m.unkept)
	m.next.write(os.Stdout, "in the next version")
	m.last.write(os.Stdout, "in the last version")
}

// measuring measures one repository.
type measuring struct {
	repository   string
	n            int
	random       *rand.Rand
	pages        *render.Cache
	theme        *theme.Theme
	told         io.Writer
	files, edits int
	unkept       int // passages that could not be kept: of tables, or too long
	next, last   sums
}

// sums count passages by how they were found.
type sums [reader.Same + 1]int

func (s *sums) write(w io.Writer, where string) {
	all := 0
	for _, n := range s {
		all += n
	}
	percent := func(n int) float64 { return float64(n) * 100 / float64(max(all, 1)) }
	_, _ = fmt.Fprintf(w, "%s: %d passages, %.1f %% found again (%.1f %% where they were, %.1f %% elsewhere, %.1f %% by most of their words), %.1f %% said to be lost\n",
		where, all, percent(all-s[reader.Lost]), percent(s[reader.Same]), percent(s[reader.Moved]), percent(s[reader.Alike]), percent(s[reader.Lost]))
}

func (m *measuring) git(args ...string) ([]byte, error) {
	out, err := exec.CommandContext(context.Background(), "git", append([]string{"-C", m.repository}, args...)...).Output() //nolint:gosec // the caller's repository
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

func (m *measuring) all(folders []string) error {
	names, err := m.git(append([]string{"ls-tree", "-r", "--name-only", "HEAD", "--"}, folders...)...)
	if err != nil {
		return err
	}
	for name := range strings.Lines(string(names)) {
		if name = strings.TrimSpace(name); post.KindOf(name) == post.Markdown {
			if err := m.file(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// file measures the history of a file.
func (m *measuring) file(name string) error {
	log, err := m.git("log", "--reverse", "--format=", "--raw", "--no-abbrev", "--", name)
	if err != nil {
		return err
	}
	var versions []*post.Post
	last := ""
	for line := range strings.Lines(string(log)) {
		// ":100644 100644 OLD NEW M\tNAME": the content is NEW.
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[3] == last || strings.Trim(fields[3], "0") == "" {
			continue
		}
		last = fields[3]
		text, err := m.git("cat-file", "blob", last)
		if err != nil {
			return err
		}
		if p := postOf(text); p != nil && (len(versions) == 0 || versions[len(versions)-1].Body() != p.Body()) {
			versions = append(versions, p)
		}
	}
	if len(versions) < 2 {
		return nil
	}
	m.files++
	m.edits += len(versions) - 1
	for i, p := range versions[:len(versions)-1] {
		if err := m.edit(name, p, versions[i+1], versions[len(versions)-1]); err != nil {
			return err
		}
	}
	return nil
}

// postOf returns the post of a file, or nil if it is none.
func postOf(text []byte) *post.Post {
	lib, err := library.Open(fstest.MapFS{"a.md": {Data: bytes.ReplaceAll(text, []byte("draft: true"), nil)}}, library.Options{})
	if err != nil || lib.Current().All().Len() != 1 {
		return nil
	}
	return lib.Current().All().At(0)
}

func (m *measuring) page(p *post.Post) (*render.Page, error) {
	return m.pages.Page(context.Background(), nil, p, 30+m.random.IntN(90), m.theme)
}

// edit keeps passages of a version and looks for them in the next and in the last.
func (m *measuring) edit(name string, from, to, last *post.Post) error {
	kept, err := m.page(from)
	if err != nil {
		return err
	}
	var texts []string
	for _, text := range from.Passages(nil) {
		texts = append(texts, text)
	}
	for range min(m.n, m.n*len(texts)) {
		words := strings.Fields(texts[m.random.IntN(len(texts))])
		first := m.random.IntN(len(words))
		typed := strings.Join(words[first:min(first+3+m.random.IntN(48), len(words))], " ")
		h, ok, err := reader.PassageOf(context.Background(), nil, kept, typed)
		if err != nil {
			return err
		}
		if !ok || len(h.Text) > memory.MaxText {
			m.unkept++
			continue
		}
		for _, at := range [...]struct {
			post *post.Post
			sums *sums
		}{{to, &m.next}, {last, &m.last}} {
			page, err := m.page(at.post)
			if err != nil {
				return err
			}
			words, how := reader.FindPassage(page, &h)
			at.sums[how]++
			if how <= reader.Alike && at.post == to {
				_, _ = fmt.Fprintf(m.told, "%s:\n  kept  %s\n  found %s\n", name, h.Text, words)
			}
		}
	}
	return nil
}
