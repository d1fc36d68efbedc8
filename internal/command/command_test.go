package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
)

// answer is what a session gets.
type answer struct {
	out, told string
	status    int
	reading   *Reading // that was started
	plain     bool
	opened    string // the address that was counted
	ended     string // that of what was printed to its end
	heard     string // what was told in lines
}

func ask(t testing.TB, terminal bool, words ...string) (a answer) {
	t.Helper()
	return askAs(t, "", terminal, words...)
}

// blog is what commands are about.
func blog(t testing.TB) *library.Index {
	t.Helper()
	return opened(t, fstest.MapFS{
		"_index.md": {Data: []byte("---\ntitle: A blog\ntagline: About things\n---\n")},
		"one.md":    {Data: []byte("---\ntitle: One\ndate: 2026-01-02\n---\nText.\n")},
		"two.md":    {Data: []byte("---\ntitle: Two\ncategories: [Things]\ntags: [one, Go]\nseries: A Series\n---\nText.\n")},
	}).Current()
}

// opened returns posts that can be searched.
func opened(t testing.TB, posts fstest.MapFS) *library.Library {
	t.Helper()
	lib, err := library.Open(posts, library.Options{PageSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); _ = lib.Run(ctx) }()
	<-lib.Current().Searchable()
	cancel()
	<-over
	return lib
}

// askAs is ask with a login name.
func askAs(t testing.TB, user string, terminal bool, words ...string) (a answer) {
	t.Helper()
	return askIndex(t, blog(t), user, terminal, words...)
}

// askOf is ask about other posts.
func askOf(t testing.TB, lib *library.Library, terminal bool, words ...string) (a answer) {
	t.Helper()
	return askIndex(t, lib.Current(), "", terminal, words...)
}

func askIndex(t testing.TB, index *library.Index, user string, terminal bool, words ...string) (a answer) {
	t.Helper()
	var out, told strings.Builder
	s := &Session{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &told,
		Terminal: terminal, User: user, Index: index, Version: "sshblog v1.2.3", Source: true,
		Read: func(r Reading) error {
			a.reading = &r
			return nil
		},
		Plain:  func(Reading) error { a.plain = true; return nil },
		Tell:   func(name string) error { a.heard = name; return nil },
		OnOpen: func(address string) { a.opened = address },
		OnEnd:  func(address string) { a.ended = address },
		URL:    func(p *post.Post) string { return "ssh://" + p.Address + "@blog" },
		Page: func(_ context.Context, p *post.Post, width int, r Reading) (*render.Page, error) {
			return &render.Page{Lines: render.LinesOf(fmt.Sprintf("%s at %d, without colours: %t", p.Address, width, r.NoColor))}, nil
		},
		Feed: feedOf,
	}
	if terminal {
		s.Width, s.Height = 60, 20
	}
	a.status = Run(t.Context(), words, s)
	a.out, a.told = out.String(), told.String()
	return a
}

func TestCommandsThatStartAReader(t *testing.T) {
	for line, want := range map[string]Reading{
		"":                               {},
		"--theme dark":                   {Theme: "dark"},
		"--theme=dark --no-color":        {Theme: "dark", NoColor: true},
		"read one":                       {Slug: "one"},
		"read one --theme dark":          {Slug: "one", Theme: "dark"},
		"--no-color read --theme=x one":  {Slug: "one", Theme: "x", NoColor: true},
		"--theme plain read one":         {Slug: "one", Theme: "plain"},
		"LC_ALL=C read one":              {Slug: "one"},
		"LANG=C LC_ALL= --no-color":      {NoColor: true},
		"-- read one":                    {Slug: "one"},
		"read -- one":                    {Slug: "one"},
		"--no-color=false --theme paper": {Theme: "paper"},
	} {
		a := ask(t, true, strings.Fields(line)...)
		if a.reading == nil || *a.reading != want || a.plain || a.status != 0 || a.out+a.told != "" {
			t.Errorf("%q: %+v, want %+v", line, a, want)
		}
	}
	for _, line := range []string{"plain", "LC_ALL=C plain", "plain --no-color", "-- plain"} {
		for _, terminal := range []bool{true, false} {
			if a := ask(t, terminal, strings.Fields(line)...); !a.plain || a.reading != nil || a.status != 0 || a.out+a.told != "" {
				t.Errorf("%q: %+v", line, a)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	for line, want := range map[string]string{
		"read":                              "sshblog: which post? use ssh HOST read SLUG; ssh HOST help read says more",
		"read one two":                      "sshblog: read takes no two; use ssh HOST read SLUG",
		"read one --color=some":             "sshblog: --color is always, never or auto, not some",
		"read one --width 3":                "sshblog: --width is from 20 to 200 cells, not 3",
		"search":                            "sshblog: search for what? use ssh HOST search WORDS",
		"ls one":                            "sshblog: ls takes no one; use ssh HOST ls",
		"ls --page 0":                       "sshblog: there is no page 0; the first is 1",
		"ls --page x":                       "sshblog: x is no value of the option --page; use ssh HOST ls",
		"ls --lang 17":                      "sshblog: there is no language 17: use its code",
		"ls --sort":                         "sshblog: there is no option --sort; use ssh HOST ls",
		"tags x":                            "sshblog: tags takes no x; use ssh HOST tags",
		"help yes":                          "sshblog: there is no command yes; leave out",
		"help cat me":                       "sshblog: help takes no me; use",
		"serach":                            "sshblog: there is no command serach; did you mean search? leave out",
		"plain text":                        "sshblog: plain takes no text; use ssh HOST plain",
		"version 2":                         "sshblog: version takes no 2; use",
		"reed one":                          "sshblog: there is no command reed; did you mean feed? leave out",
		"PLAN":                              "sshblog: there is no command PLAN; did you mean plain? leave out",
		"vers":                              "sshblog: there is no command vers; did you mean version? leave out",
		"hlep":                              "sshblog: there is no command hlep; did you mean help? leave out",
		"Help me":                           "sshblog: there is no command Help; did you mean help? leave out",
		"nonsense":                          "sshblog: there is no command nonsense; leave out",
		"completion bash":                   "sshblog: there is no command completion; leave out",
		"__complete pl":                     "sshblog: there is no command __complete; leave out",
		"A=b __completeNoDesc x":            "sshblog: there is no command __completeNoDesc; leave out",
		"A=b":                               "sshblog: there is no command A=b; leave out",
		"--theme":                           "sshblog: the option --theme lacks its value; leave out",
		"-c 256":                            "sshblog: there is no option -c; leave out",
		"--server plain":                    "sshblog: there is no option --server; leave out",
		"plain -x":                          "sshblog: there is no option -x; use ssh HOST plain",
		"--no-color=maybe":                  "sshblog: maybe is no value of the option --no-color; leave out",
		"mosh-server new -s":                "sshblog: there is no command mosh-server; mosh does not work here, ssh does: leave out",
		"git upload-pack --stateless-rpc x": "sshblog: there is no command git; there is no repository here: leave out",
	} {
		a := ask(t, true, strings.Fields(line)...)
		said := strings.Join(strings.Fields(a.told), " ")
		if a.status != 2 || !strings.HasPrefix(said, want) || a.out != "" || a.reading != nil || a.plain {
			t.Errorf("%q: %+v, want %q", line, a, want)
		}
	}
	if a := ask(t, true, "read", "nothing"); a.status != statusNotFound || a.told != "sshblog: there is no post nothing; ssh HOST ls lists them\r\n" || a.reading != nil {
		t.Errorf("a post that there is not: %+v", a)
	}
	if a := ask(t, true, ""); a.status != 2 || strings.Contains(a.told, "did you mean") {
		t.Errorf("an empty word: %+v", a)
	}
}

// What speaks scp's protocol is answered in it, on standard output.
func TestSCP(t *testing.T) {
	if a := ask(t, false, "scp", "-f", "post.md"); a.status != Answered || a.out != scpRefusal || a.told != "" {
		t.Errorf("scp -f: %+v", a)
	}
	if a := ask(t, true, "scp", "-f", "post.md"); a.status != 2 || a.out != "" || !strings.Contains(a.told, "to copy files, use scp or") {
		t.Errorf("scp -f in a terminal: %+v", a)
	}
}

func TestWhatIsPrinted(t *testing.T) {
	const newest = "A blog\nAbout things\n2 posts. The newest:\n\n2026-01-02\tone\tOne\nundated   \ttwo\tTwo\n\n" +
		"To read them on a screen, connect with a terminal: ssh -t HOST. To read one here: ssh HOST read SLUG.\nAll commands: ssh HOST help.\n"
	for _, line := range []string{"", "--no-color"} {
		if a := ask(t, false, strings.Fields(line)...); a.out != newest || a.told != "" || a.status != 0 {
			t.Errorf("without words: %+v", a)
		}
	}
	if a := ask(t, false, "version"); a.out != "sshblog v1.2.3\n" || a.status != 0 {
		t.Errorf("version: %+v", a)
	}
	const help = `Leave out the command to read the blog, or use ssh -t HOST and one of:
  cat SLUG              print a post's Markdown
  categories            list the categories, the largest first
  feed [FORMAT]         the newest posts as atom, rss or json; --category C
  help [COMMAND]        this list, or what a command does
  ls                    list the posts, the newest first
  open NAME             start at a post, a category, a tag or a series
  plain                 lines of text instead of a screen
  read SLUG             read a post
  search WORDS          search all posts, the best first
  series                list the series, the largest first
  tags                  list the tags, the largest first
  version               what program serves this blog
  -- --no-color         without colours
  -- --theme NAME       with other colours, of the theme NAME
`
	for _, line := range []string{"help", "--help", "--no-color --help", "man"} {
		if a := ask(t, false, strings.Fields(line)...); a.out != help || a.told != "" || a.status != 0 {
			t.Errorf("%s: %+v", line, a)
		}
	}
	const about = "ssh HOST cat SLUG: print a post's Markdown\nAlso: source, raw, download, get\n"
	for _, line := range []string{"help cat", "cat --help", "cat one -h", "help raw"} {
		if a := ask(t, false, strings.Fields(line)...); a.out != about || a.told != "" || a.status != 0 {
			t.Errorf("%s: %+v", line, a)
		}
	}
	// A client's terminal is in raw mode, and may be narrow.
	a := ask(t, true, "help")
	if strings.Join(strings.Fields(a.out), " ") != strings.Join(strings.Fields(help), " ") {
		t.Errorf("help in a terminal: %q", a.out)
	}
	for row := range strings.SplitSeq(strings.TrimSuffix(a.out, "\r\n"), "\r\n") {
		if strings.Contains(row, "\n") || len(strings.TrimRight(row, " ")) > 60 {
			t.Errorf("help in a terminal of 60 cells has the row %q", row)
		}
	}
}

// A command is a function and an AddCommand: it is listed, suggested, and has all of
// the session.
func TestNewCommand(t *testing.T) {
	var out strings.Builder
	s := &Session{Stdin: strings.NewReader("from the client"), Stdout: &out, User: "ann", Index: blog(t)}
	root := tree(s)
	root.AddCommand(&cobra.Command{Use: "echo", Short: "say it again", RunE: func(*cobra.Command, []string) error {
		text, err := io.ReadAll(s.Stdin)
		s.print(s.User + ": " + string(text) + "\n")
		return err
	}})
	root.SetArgs([]string{"echo"})
	if err := root.ExecuteContext(t.Context()); err != nil || out.String() != "ann: from the client\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	printHelp(root, s)
	if !strings.Contains(out.String(), "\n  echo                  say it again") {
		t.Errorf("it is not listed in %q", out.String())
	}
	root.SetArgs([]string{"ecco"})
	if err := root.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "did you mean echo?") {
		t.Errorf("%v", err)
	}
}

// cobra falls back to the program's own words and streams; nothing of them is used.
func TestProgramsOwnArguments(t *testing.T) {
	args := os.Args
	defer func() { os.Args = args }()
	os.Args = []string{"sshblog", "serve"}
	if a := ask(t, true); a.reading == nil || a.status != 0 {
		t.Errorf("without words: %+v", a)
	}
}

// Promise: whatever command comes, there is no panic, at most one thing happens, and
// what a client is told acts on no terminal.
func FuzzRun(f *testing.F) {
	for _, command := range []string{
		"", "plain", "read a-post", "--theme dark", "--no-color=maybe", "--help", "ls -la", "help", "reed x", "__complete p",
		"--\x1b]0;owned\a", "-\u202e", "--no-color=\u009b2J", "read \x00", "-\xff", "--=", "--theme", "- - -", "A=b -- x", "scp -f x",
	} {
		f.Add(command, true)
		f.Add(command, false)
	}
	f.Fuzz(func(t *testing.T, command string, terminal bool) {
		a := ask(t, terminal, strings.Fields(command)...)
		happened := 0
		for _, did := range []bool{a.reading != nil, a.plain, a.heard != "", a.out != "", a.told != ""} {
			if did {
				happened++
			}
		}
		if a.out != "" && strings.Contains(command, "--json") { // of what was not found
			happened = 1
		}
		if happened != 1 || (a.told != "") != (a.status == statusRefused || a.status == statusNotFound) {
			t.Errorf("%q: %+v", command, a)
		}
		for line := range strings.SplitSeq(strings.ReplaceAll(strings.TrimPrefix(a.out, "\x02"), "\r\n", "\n")+strings.ReplaceAll(a.told, "\r\n", "\n"), "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && !unicode.IsPrint(r) }) {
				t.Errorf("%q is answered with %q", command, line)
			}
		}
		if len(a.told) > 1000 {
			t.Errorf("%q is answered with %d bytes", command, len(a.told))
		}
	})
}

// Where there are authors git's programs are told what there is of a repository.
func TestAdviceForGit(t *testing.T) {
	for command, want := range map[string]string{
		"git-lfs-authenticate": "pictures are pushed as they are", "git-lfs-transfer": "pictures are pushed as they are",
		"git": "authors have a repository", "hg": "authors have a repository",
	} {
		if with, without := adviceFor(command, true, true), adviceFor(command, true, false); !strings.Contains(with, want) || without != "there is no repository here: " {
			t.Errorf("%s: with authors %q, without %q", command, with, without)
		}
	}
}
