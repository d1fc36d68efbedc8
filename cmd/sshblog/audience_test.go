//go:build unix

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// secret is in all that is said of the draft and of the post that is scheduled, and nowhere else.
const secret = "xyzzyplugh"

// serveDrafts starts a server with one author, a draft and a post that is scheduled.
func serveDrafts(t *testing.T, args ...string) (s *server, author, file string) {
	t.Helper()
	author, file = newKey(t, ""), filepath.Join(t.TempDir(), "authors")
	writeAuthors(t, file, publicLine(t, author)+" alice\n")
	s = serveBlog(t, 3, append([]string{"--authors", file, "--state", filepath.Join(t.TempDir(), "state")}, args...)...)
	front := "\ncategories: [Backend, " + secret + "-category]\ntags: [" + secret + "-tag]\nseries: " + secret + " series\nsummary: Of " + secret + ".\n"
	s.write(secret+"-draft.md", "---\ntitle: The draft of "+secret+"\ndate: 2026-01-20\ndraft: true\naliases: [/"+secret+"-alias]"+front+"---\nThe draft's "+secret+".\n\n## A heading of "+secret+"\n")
	s.write(secret+"-soon.md", "---\ntitle: Soon "+secret+"\ndate: 2199-12-24"+front+"---\nScheduled "+secret+".\n")
	s.write("linking.md", "---\ntitle: Linking\ndate: 2026-01-19\n---\nTo [a draft]("+secret+"-draft.md) and [an alias](/"+secret+"-alias).\n")
	s.reload("reloaded")
	return s, author, file
}

// answer is what a command of a client's prints, to both of its outputs.
func answer(cmd *exec.Cmd, input string) string {
	cmd.Stdin = strings.NewReader(input)
	out, _ := cmd.CombinedOutput() // not found is an answer as well
	return string(out)
}

// commandsIn returns the names of the commands that a help lists.
func commandsIn(t *testing.T, help string) (names []string) {
	t.Helper()
	for _, line := range regexp.MustCompile(`(?m)^ {2}([a-z]+)\b`).FindAllStringSubmatch(help, -1) {
		names = append(names, line[1])
	}
	if !slices.Contains(names, "read") || !slices.Contains(names, "version") {
		t.Fatalf("the help lists no commands: %s", help)
	}
	return names
}

// To whoever is no author, a draft and a scheduled post are nowhere: no way to ask tells them from posts
// that were never written.
func TestReadersSeeNoDrafts(t *testing.T) {
	t.Parallel()
	s, author, _ := serveDrafts(t, "--session-burst", "1000", "--source-burst", "1000") // all come from one source
	stranger := newKey(t, "")
	const never = "abcdefghij" // as long as the secret, and as near to other names
	ways := map[string]func(word string) string{
		"plain": func(word string) string {
			return answer(s.openSSH(nil, "guest@127.0.0.1", "plain"), "c\n\ntags\n\nseries\n/"+word+"\n/"+word+" draft\n/category:"+word+"\n/tag:"+word+"-tag\nl\n1\nn\nq\n")
		},
		"login name": func(word string) string { return answer(s.openSSH(nil, "-T", word+"-draft@127.0.0.1"), "") },
		"login, a key": func(word string) string {
			return answer(s.openSSH([]string{stranger}, "-T", word+"-soon@127.0.0.1"), "")
		},
		"login, lines":   func(word string) string { return answer(s.openSSH(nil, word+"-draft@127.0.0.1", "plain"), "q\n") },
		"login category": func(word string) string { return answer(s.openSSH(nil, "-T", word+"-category@127.0.0.1"), "") },
	}
	asked := []string{
		"", "ls --all", "ls --all --json", "ls --category WORD-category", "ls --tag WORD-tag", "ls --series WORD-series", "ls --category backend",
		"search WORD", "search WORD --json", "search drafft WORD", "search category:WORD-category", "search tag:WORD", "find the draft of",
		"read WORD-draft", "read WORD-soon", "read WORD-drafd", "read /WORD-alias/", "read linking", "cat WORD-draft", "cat WORD-draft.md", "cat linking",
		"open WORD-draft", "open WORD-series", "open WORD-drafd", "WORD-draft", "WORD-drafd", "WORD", "preview WORD-draft", "preview",
		"categories --json", "tags", "series", "feed", "feed rss", "feed json", "feed --category WORD-category", "feed --category backend", "help", "help preview",
	}
	// Every command that there is, by itself and about the draft: a new one is among them.
	for _, name := range commandsIn(t, answer(s.openSSH([]string{author}, "-T", "reader@127.0.0.1", "help"), "")) {
		asked = append(asked, name, name+" WORD-draft", name+" WORD-category")
	}
	for _, words := range asked {
		keys := []string{stranger}
		if len(ways)%2 == 0 {
			keys = nil
		}
		ways[words] = func(word string) string {
			return answer(s.openSSH(keys, append([]string{"-T", "reader@127.0.0.1"}, strings.Fields(strings.ReplaceAll(words, "WORD", word))...)...), "")
		}
	}
	for name, way := range ways {
		before, after := way(never), way(secret)
		if strings.ReplaceAll(before, never, secret) != after {
			t.Errorf("%s: of a draft it says\n%s\nand of no post\n%s", name, after, before)
		}
		if says := leaks(before); says != "" {
			t.Errorf("%s: it says %q:\n%s", name, says, before)
		}
	}
	// What is copied is copied from the same list, whoever copies.
	dir := t.TempDir()
	cmd := exec.Command("scp", append(s.openSSH(nil).Args[1:], "-r", "guest@127.0.0.1:.", dir)...)
	cmd.Args[3] = "-P"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v: %s", cmd.Args, err, out)
	}
	copied := 0
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		copied++
		text, err := os.ReadFile(path)
		if strings.Contains(path, secret) || leaks(string(text)) != "" {
			t.Errorf("%s has it: %s", path, text)
		}
		return err
	}); err != nil || copied < 5 {
		t.Errorf("%d files: %v", copied, err)
	}
	p := s.connect(100, 40, s.openSSH(nil, "guest@127.0.0.1"))
	p.sees("Linking", "4 posts so far")
	p.types("c")
	p.sees("Categories")
	p.types(esc)
	p.sees("4 posts so far")
	p.types("\r")
	p.sees("To a draft")
	p.types("\t\r")
	p.types("qq")
	if written := string(p.written()); leaks(written) != "" {
		t.Errorf("the screen has had it: %q", written)
	}
}

// leaks returns what a text has of the two posts, but for the draft's address, to which a post links.
func leaks(text string) string {
	for _, words := range [...]string{"draft of " + secret, "Soon", secret + "-soon", secret + "-category", secret + "-tag", secret + " series", "Of " + secret, "draft's", "cheduled", "heading of"} {
		if strings.Contains(text, words) {
			return words
		}
	}
	return ""
}

// Authors see both, marked in words, wherever they look, until a reload takes what their key may.
func TestAuthorsSeeDrafts(t *testing.T) {
	t.Parallel()
	s, author, file := serveDrafts(t)
	ask := func(to string, words ...string) string {
		return answer(s.openSSH([]string{author}, append([]string{"-T", to + "@127.0.0.1"}, words...)...), "q\n")
	}
	draft, soon := secret+"-draft", secret+"-soon"
	for words, want := range map[string][]string{
		"":                                      {"6 posts", draft + "\tThe draft of " + secret + "\tDraft\n", "\tScheduled for 2199-12-24\n"},
		"ls --category " + secret + "-category": {draft, soon},
		"ls --json":                             {`"state":"draft"`, `"state":"future","until":"2199-12-24T00:00:00Z"`},
		"search " + secret:                      {draft, soon},
		"read " + draft:                         {"Draft, January 20, 2026", "The draft's " + secret},
		"cat " + draft:                          {"The draft's " + secret},
		"open " + soon:                          {"Scheduled for 2199-12-24, Backend, 1 min read", "Scheduled " + secret},
		secret + "-drafd":                       {"did you mean " + draft},
		"preview " + draft:                      {"Draft, January 20, 2026", "The draft's " + secret},
		"preview " + secret + "-drafd":          {"did you mean " + draft},
		"preview post-01":                       {"The text of Post number 1"},
		"categories":                            {"2\t" + secret + "-category"},
		"help":                                  {"preview SLUG"},
		"plain":                                 {"1. Soon " + secret + "\n   Scheduled for 2199-12-24,", "   Draft, January 20, 2026"},
	} {
		got := ask("reader", strings.Fields(words)...)
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%q does not say %q:\n%s", words, text, got)
			}
		}
	}
	if got := ask(draft); !strings.Contains(got, "The draft's "+secret) {
		t.Errorf("by the login name it says\n%s", got)
	}
	// What others follow has none, whoever asks.
	for _, words := range []string{"feed", "feed json"} {
		if got := ask("reader", strings.Fields(words)...); leaks(got) != "" {
			t.Errorf("%s has it:\n%s", words, got)
		}
	}
	p := s.connect(100, 50, s.openSSH([]string{author}, "reader@127.0.0.1"))
	p.sees("Scheduled for 2199-12-24 ·", "Draft · January 20, 2026", "6 posts so far")
	p.types("j\r")
	p.sees("Draft · January 20, 2026", "A heading of", "p previous: Soon "+secret+" (scheduled for 2199-12-24)")
	p.types(esc)
	p.sees("6 posts so far")
	p.types("/" + secret)
	p.sees("2 posts", "Scheduled for 2199-12-24")
	p.types(esc)
	p.sees("6 posts so far")
	preview := s.connect(100, 50, s.openSSH([]string{author}, "-t", "reader@127.0.0.1", "preview", soon))
	preview.sees("Scheduled for 2199-12-24 · Backend · 1 min read", "Scheduled "+secret+".")
	writeAuthors(t, file, "# nobody\n")
	s.signal(syscall.SIGHUP)
	p.sees("4 posts so far", "2 posts removed")
	preview.sees("this post has been removed; it stays until you leave it")
	preview.types("q")
	p.types("q")
}
