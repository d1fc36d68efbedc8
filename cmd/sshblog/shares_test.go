//go:build unix

package main

import (
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/share"
)

// sharedAs is the command that share prints.
var sharedAs = regexp.MustCompile(`^ssh -p \d+ (draft-([a-z2-7]{26}))@127\.0\.0\.1\n`)

// A draft is shared with whoever has the address: without a key, on every kind of terminal, and
// nothing but that one draft. Of the secret nothing is left but with those two.
func TestShare(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ops, state := l.Addr().String(), filepath.Join(t.TempDir(), "state")
	_ = l.Close()
	s, author, _ := serveDrafts(t, "--state", state, "--log-level", "debug", "--ops", ops, "--session-burst", "1000", "--source-burst", "1000")
	ask := func(words string) string {
		return answer(s.openSSH([]string{author}, append([]string{"-T", "reader@127.0.0.1"}, strings.Fields(words)...)...), "")
	}
	draft := secret + "-draft"
	shared := ask("share " + draft + " --for 2d")
	found := sharedAs.FindStringSubmatch(shared)
	if found == nil || !strings.Contains(shared, draft+" (Draft) until 2") {
		t.Fatalf("it says %q", shared)
	}
	name, code := found[1], found[2]
	for words, want := range map[string]string{
		"share --list":                   "\t" + draft + "\n",
		"share --list --json":            "{\"shares\":[\n{\"slug\":\"" + draft + "\",\"until\":\"2",
		"share --json " + draft:          "--json goes with --list",
		"share post-01":                  "post-01 is published, and everybody can read it",
		"share nothing-of-that":          "there is no post nothing-of-that",
		"share " + draft + " --for 31d":  "is shared for a minute (1m) to 30 days (30d)",
		"share " + draft + " --for ever": "--for is a time as 90m, 48h or 7d, not ever",
		"share":                          "which post?",
		"share --revoke nothing":         "nothing of that name is shared",
		"share --revoke draft-" + strings.Repeat("a", 26): "nothing of that name is shared",
	} {
		if got := ask(words); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q: %s", words, want, got)
		}
	}
	guest := func(words ...string) string {
		return answer(s.openSSH(nil, append([]string{"-T", "-o", "BatchMode=yes", name + "@127.0.0.1"}, words...)...), "q\n")
	}
	for words, want := range map[string]string{
		"": "Draft, January 20, 2026", "read " + draft: "The draft's " + secret, "cat " + draft: "The draft's " + secret,
		"plain": "The draft's " + secret, "open " + draft: "The draft's " + secret,
	} {
		if got := guest(strings.Fields(words)...); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q:\n%s", words, want, got)
		}
	}
	// The rest of the blog is what it is to anybody.
	rest := []string{"ls --all", "ls --json", "categories", "tags", "series", "search " + secret, "feed", "open " + secret + "-soon", "read " + secret + "-soon", secret + "-alias", "preview " + draft, "share " + draft, "share --list", "help"}
	for _, name := range commandsIn(t, ask("help")) { // also a new one
		if name != "plain" && name != "open" && name != "read" && name != "cat" && !command.ForReaders(name) { // which say why nothing is kept
			rest = append(rest, name, name+" "+draft, name+" "+secret+"-soon")
		}
	}
	for _, words := range rest {
		got, want := guest(strings.Fields(words)...), answer(s.openSSH(nil, append([]string{"-T", "guest@127.0.0.1"}, strings.Fields(words)...)...), "")
		if got != want {
			t.Errorf("%q says\n%s\nand to others\n%s", words, got, want)
		}
	}
	p := s.connect(100, 40, s.openSSH(nil, name+"@127.0.0.1"))
	p.sees("Draft · January 20, 2026", "The draft's "+secret)
	p.types("y")
	p.sees("The address of this post", draft+"@127.0.0.1")
	p.types(esc)
	p.sees("The draft's " + secret)
	p.types(esc)
	p.sees("4 posts so far")
	if written := string(p.written()); strings.Contains(written, code) || strings.Contains(written, "Soon") {
		t.Errorf("the screen has had %q", written)
	}

	// In a conversation authors share as well, and others cannot.
	talk := answer(s.openSSH([]string{author}, "-T", draft+"@127.0.0.1", "plain"), "share\n?\n\n3\nshare\nq\n")
	spoken := regexp.MustCompile(`(?m)draft-[a-z2-7]{26}@`).FindString(talk)
	if spoken == "" || !strings.Contains(talk, "Whoever has this address reads the draft until") || !strings.Contains(talk, "This post is published") || !strings.Contains(talk, "share: how") {
		t.Errorf("an author is told\n%s", talk)
	}
	if got := ask("share --revoke " + strings.TrimSuffix(spoken, "@")); !strings.HasSuffix(got, "ended: 1\n") {
		t.Errorf("what a conversation has shared is ended with %q", got)
	}
	if got := answer(s.openSSH(nil, "-T", name+"@127.0.0.1", "plain"), "share\n?\nq\n"); strings.Contains(got, code) || strings.Contains(got, "share") || !strings.Contains(got, "Type ? for help.") {
		t.Errorf("a guest is told\n%s", got)
	}

	// Wrong, mistyped, revoked and over are one answer.
	none := "draft-" + strings.Repeat("a", 26)
	lost := func(name string) string { return answer(s.openSSH(nil, "-T", name+"@127.0.0.1"), "") }
	wrong := lost(none)
	if !strings.Contains(wrong, lostShare) {
		t.Errorf("of one that never was it says %q", wrong)
	}
	s.openSSH(nil, "-T", name+"x@127.0.0.1").Run() //nolint:errcheck // it is anybody's name, and is logged
	if got := ask("share --revoke " + name); got != "ended: 1\n" && !strings.HasSuffix(got, "ended: 1\n") {
		t.Errorf("it says %q", got)
	}
	if got := lost(name); got != wrong {
		t.Errorf("of one that is revoked it says %q, not %q", got, wrong)
	}
	again := sharedAs.FindStringSubmatch(ask("share " + draft))
	if again == nil {
		t.Fatal("it is not shared again")
	}
	over(t, state)
	if got := lost(again[1]); got != wrong {
		t.Errorf("of one whose time is over it says %q, not %q", got, wrong)
	}
	third := sharedAs.FindStringSubmatch(ask("share " + draft))
	if third == nil {
		t.Fatal("it is not shared a third time")
	}
	s.write(draft+".md", "---\ntitle: The post of "+secret+"\ndate: 2026-01-20\n---\nPublished.\n")
	s.reload("1 new post")
	if got := lost(third[1]); !strings.Contains(got, "The post of "+secret) || strings.Contains(got, "Draft") {
		t.Errorf("of a post that has been published since it says %q", got)
	}
	if err := os.Remove(filepath.Join(s.posts, draft+".md")); err != nil {
		t.Fatal(err)
	}
	s.reload("1 post removed")
	if got := lost(third[1]); got != wrong {
		t.Errorf("of one whose post is gone it says %q, not %q", got, wrong)
	}

	p.types("q")
	s.logged("user=draft-… ")
	for _, page := range []string{"metrics", "-/posts", "-/ready"} {
		if text := page + ": " + get(t, "http://"+ops+"/"+page); strings.Contains(text, code) {
			t.Errorf("the operator's page has it: %s", text)
		}
	}
	for _, code := range []string{code, again[2], third[2]} {
		if s.log.holds(code) || s.log.holds(code[:8]) {
			t.Errorf("the log has %s", code)
		}
		if err := filepath.WalkDir(filepath.Dir(s.posts), func(path string, d fs.DirEntry, err error) error { return hasNot(path, code, d, err) }); err != nil {
			t.Error(err)
		}
		if err := filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error { return hasNot(path, code, d, err) }); err != nil {
			t.Error(err)
		}
	}
}

// leakError is a file that has what no file may have.
type leakError string

func (e leakError) Error() string { return string(e) + " has the secret of a share" }

func hasNot(path, code string, d fs.DirEntry, err error) error {
	if err != nil || d.IsDir() {
		return err
	}
	text, err := os.ReadFile(path)
	if strings.Contains(path+string(text), code) {
		return leakError(path)
	}
	return err
}

// over has the time of all shares end.
func over(t *testing.T, state string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "shares", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], regexp.MustCompile(`"until":"\d+`).ReplaceAll(text, []byte(`"until":"2020`)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Other clients come to a shared draft as OpenSSH does.
func TestShareOtherClients(t *testing.T) {
	t.Parallel()
	s, author, _ := serveDrafts(t, "--log-format", "json", "--log-level", "debug")
	found := sharedAs.FindStringSubmatch(answer(s.openSSH([]string{author}, "-T", "reader@127.0.0.1", "share", secret+"-soon"), ""))
	if found == nil {
		t.Fatal("it is not shared")
	}
	for name, cmd := range map[string]*exec.Cmd{
		"PuTTY":    exec.Command(tool(t, "plink", "putty-tools"), "-ssh", "-batch", "-P", s.port, "-hostkey", s.fingerprint(), "-t", found[1]+"@127.0.0.1"),
		"Dropbear": exec.Command(tool(t, "dbclient", "dropbear-bin"), "-y", "-y", "-p", s.port, found[1]+"@127.0.0.1"),
	} {
		p := s.connect(80, 24, cmd)
		p.sees("Scheduled for 2199-12-24", "Soon "+secret)
		p.types("qq")
		if status := p.leaves(); status != 0 {
			t.Errorf("%s exits with %d", name, status)
		}
	}
	s.logged(`"user":"draft-…"`)
	if s.log.holds(found[2]) {
		t.Error("the log has it")
	}
}

// guest is a session that comes by the name of a share.
type guest struct {
	certified
	name string
}

func (g guest) User() string    { return g.name }
func (guest) Environ() []string { return nil }

// An open session finds that its share is revoked, though no post has changed.
func TestRevokedShareIsNoticed(t *testing.T) {
	t.Parallel()
	p, lib, _ := publisherOf(t, map[string]string{"draft.md": "---\ntitle: Draft\ndraft: true\n---\nText.\n", "other.md": "---\ntitle: Other\n---\nText.\n"})
	a := &sessions{library: lib, shares: share.In(p.settings.State)}
	name, _, err := a.shares.Create("draft", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	look := a.looks(guest{name: name})
	defer look.stop()
	if _, ok := look.had.Find("draft"); !ok || look.again == nil || look.differs() {
		t.Fatal("it does not open the draft")
	}
	if _, err := a.shares.Revoke(name); err != nil {
		t.Fatal(err)
	}
	if !look.differs() || look.differs() {
		t.Error("that it is revoked is not noticed once")
	}
	if _, ok := look.had.Find("draft"); ok {
		t.Error("it still opens the draft")
	}
	if look := a.looks(guest{name: "reader"}); look.again != nil {
		t.Error("who has nothing that could be over looks for it")
	}
}
