//go:build unix

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/sshd"
)

// signed is a session whose account has no bounds.
type signed struct{ certified }

func (signed) Account() *ledger.Account { return nil }

// publisherOf returns a program that publishes to a folder with these posts, and a session of its only
// author, alice.
func publisherOf(t *testing.T, posts map[string]string) (*program, *library.Library, signed) {
	t.Helper()
	dir := t.TempDir()
	set := defaultSettings()
	set.Posts, set.State, set.Authors = filepath.Join(dir, "posts"), filepath.Join(dir, "state"), filepath.Join(dir, "authors")
	if err := os.Mkdir(set.Posts, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range posts {
		if err := os.WriteFile(filepath.Join(set.Posts, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	writeAuthors(t, set.Authors, strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key)))+" alice\n")
	p, err := newProgram(set, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.metrics = newMetrics(&p.health, p.pages, func() uint64 { return 0 })
	lib, err := p.openPosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.health.library.Store(lib)
	p.reloads.start(func(what scope) (reloadReport, error) { return p.reloadAll(lib, what) })
	t.Cleanup(func() { p.reloads.stop(errStopping) })
	return p, lib, signed{certified{key: ssh.PublicKey(key)}}
}

// sends publishes files, of which an empty one is removed, and returns what its author is told.
func (p *program) sends(t *testing.T, s signed, files map[string]string) string {
	t.Helper()
	tr, err := p.publishing.begin(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.End()
	for name, text := range files {
		if text == "" {
			if err := tr.Remove(name); err != nil {
				t.Fatal(err)
			}
			continue
		}
		f, err := tr.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte(text), 0); err != nil {
			t.Fatal(err)
		}
		if problems, err := f.Keep(t.Context()); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
	}
	out, err := p.publishing.finish(t.Context(), s, tr)
	if err != nil {
		t.Fatal(err)
	}
	return out.Text(func(address string) string { return "ssh " + address + "@blog" })
}

// The history, the newest first.
func (p *program) history(t *testing.T) string {
	t.Helper()
	var log []string
	if err := p.publishing.publisher.Log(func(e push.Entry) bool {
		log = append(log, e.Author+": "+e.Message)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(log, "\n")
}

// What an author publishes is what readers see when the author is told so, with links to it and to what
// is there; what they do not see is told with its reason, and by whom changed is kept.
func TestPublishing(t *testing.T) {
	t.Parallel()
	const there = "---\ntitle: There\ndate: 2026-01-02\n---\nText.\n"
	p, lib, alice := publisherOf(t, map[string]string{"there.md": there})
	said := p.sends(t, alice, map[string]string{
		"new.md":     "---\ntitle: New\ndate: 2026-01-03\n---\n[one](there.md), [two](other.md), [three](nowhere.md), ![four](pic.png)\n",
		"other.md":   "---\ntitle: Other\ndate: 2026-01-03\n---\nText.\n",
		"draft.md":   "---\ntitle: Draft\ndraft: true\n---\n[there](/there/)\n",
		"pic.png":    "no picture, but a file",
		"later.md":   "---\ntitle: Later\ndate: 2999-01-03\n---\nText.\n",
		"expired.md": "---\ntitle: Over\ndate: 2001-01-03\nexpiryDate: 2002-01-01\n---\nText.\n",
	})
	for _, want := range []string{
		"posts/new.md:5: warning: the link \"nowhere.md\" leads nowhere: there is no such post\n",
		"published posts/new.md: ssh new@blog\n", "published posts/draft.md, which readers do not see: draft\n", "published posts/pic.png\n",
		"published posts/later.md, which readers do not see: scheduled for 2999-01-03", "published posts/expired.md, which readers do not see: expired on 2002-01-01\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the author is not told %q", want)
		}
	}
	if strings.Count(said, "warning") != 1 || lib.Current().All().Len() != 3 {
		t.Errorf("there are %d posts, and the author is told:\n%s", lib.Current().All().Len(), said)
	}
	if err := os.WriteFile(filepath.Join(p.settings.Posts, "hand.md"), []byte(there), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.reloads.wait(t.Context(), scope{}); err != nil {
		t.Fatal(err)
	}
	p.sends(t, alice, map[string]string{"new.md": "", "there.md": "Another text.\n"})
	if want := "alice: remove new.md, change there.md\nsshblog: by hand: add hand.md\nalice: add draft.md"; !strings.HasPrefix(p.history(t), want) {
		t.Errorf("the history is %s", p.history(t))
	}
	if _, ok := lib.Current().InFile("new.md"); ok {
		t.Error("a post that was removed is there")
	}
}

// Who is no author any more when all has arrived publishes nothing.
func TestPublishingIsForAuthors(t *testing.T) {
	t.Parallel()
	p, lib, alice := publisherOf(t, nil)
	tr, err := p.publishing.begin(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	f, err := tr.Create("a.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	writeAuthors(t, p.settings.Authors, "# nobody\n")
	if _, err := p.reloads.wait(t.Context(), scope{posts: true}); err != nil {
		t.Fatal(err)
	}
	if p.author(alice) != "" {
		t.Error("a reload of the posts has not read the authors")
	}
	if _, err := p.publishing.finish(t.Context(), alice, tr); err == nil || !strings.Contains(err.Error(), "none of theirs: SHA256:") {
		t.Errorf("who has no right to publishes: %v", err)
	}
	if _, err := p.publishing.begin(t.Context(), alice); err == nil {
		t.Error("who has no right to begins to publish")
	}
	if _, err := p.publishing.begin(t.Context(), signed{}); err == nil || !strings.Contains(err.Error(), "without a key") {
		t.Errorf("who has no key is told %v", err)
	}
	if _, err := (*publishing)(nil).begin(t.Context(), alice); err == nil {
		t.Error("there are authors where there are none")
	}
	if lib.Current().All().Len() != 0 {
		t.Error("something is published")
	}
}

// A reload reads all of what is published together or nothing, however often it happens.
func TestPublishingDuringReloads(t *testing.T) {
	t.Parallel()
	p, lib, alice := publisherOf(t, map[string]string{"a.md": "0", "b.md": "0"})
	ctx, stop := context.WithCancel(t.Context())
	var reloading sync.WaitGroup
	reloading.Go(func() {
		for ctx.Err() == nil {
			_, _ = p.reload(lib, nil)
			a, _ := lib.Current().InFile("a.md")
			b, _ := lib.Current().InFile("b.md")
			if a.Body() != b.Body() {
				t.Errorf("readers see %q and %q", a.Body(), b.Body())
			}
		}
	})
	for _, text := range []string{"1", "2", "3", "4"} {
		p.sends(t, alice, map[string]string{"a.md": text, "b.md": text})
		if a, _ := lib.Current().InFile("a.md"); a.Body() != text {
			t.Errorf("readers see %q after %q was published", a.Body(), text)
		}
	}
	stop()
	reloading.Wait()
}

// A posts folder that is a repository of the operator's stays his: the server starts, and authors are
// told.
func TestPublishingToAForeignRepository(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	set := defaultSettings()
	set.Posts, set.State, set.Authors = dir, filepath.Join(dir, "state"), filepath.Join(dir, "authors")
	writeAuthors(t, set.Authors, "# nobody\n")
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o750); err != nil {
		t.Fatal(err)
	}
	var log lockedBuffer
	p, err := newProgram(set, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.openPosts(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.publishing.author = func(sshd.Session) string { return "alice" }
	if _, err := p.publishing.begin(t.Context(), signed{}); err == nil || !strings.Contains(err.Error(), "has a .git of its own") {
		t.Errorf("an author is told %v", err)
	}
	if got := log.String(); strings.Count(got, "level=WARN") != 2 || !strings.Contains(got, "authors cannot publish over SSH") {
		t.Errorf("the log has %s", got)
	}
	if _, err := os.Stat(set.State); err == nil {
		t.Error("something is kept")
	}
}

// An upload that stays open gives nothing to an author whose key a reload has removed.
func TestUploadAfterItsKey(t *testing.T) {
	t.Parallel()
	p, _, alice := publisherOf(t, map[string]string{"draft.md": "---\ntitle: Draft\ndraft: true\n---\nSecret.\n"})
	tr, err := p.publishing.begin(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.End()
	u := &upload{Transfer: tr, a: &sessions{publishing: p.publishing}, session: alice}
	names := func() (n int) {
		for range u.Names() {
			n++
		}
		return n
	}
	if _, _, err := u.Stat("draft.md"); err != nil || names() != 1 {
		t.Fatal(err, names())
	}
	writeAuthors(t, p.settings.Authors, "# nobody\n")
	if _, err := p.reloadAuthors(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := u.Stat("draft.md"); err == nil || names() != 0 {
		t.Error("it still sees what there is")
	}
	if _, err := u.Open("draft.md"); err == nil {
		t.Error("it still reads drafts")
	}
	if _, err := u.Create("new.md"); err == nil {
		t.Error("it still sends files")
	}
}
