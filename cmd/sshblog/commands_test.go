//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/files"
)

// Who cannot use a screen gets lines and a prompt, by asking or by TERM=dumb.
func TestConversation(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	dumb := s.ssh()
	dumb.Env = append(os.Environ(), "TERM=dumb")
	asked := s.ssh("plain")
	asked.Args = append([]string{"ssh", "-t"}, asked.Args[1:]...)
	for _, client := range []*exec.Cmd{dumb, asked} {
		p := s.connect(80, 60, client)
		p.sees("Page 1 of 3, 20 posts.", "1. Post number 20", "q leaves:")
		p.types("3\r")
		p.sees("The end.", "n next post") // the text has scrolled by
		if !strings.Contains(string(p.written()), "The text of Post number 18") {
			t.Error("post 18 is not told")
		}
		p.types("\rq\r")
		if status := p.leaves(); status != 0 {
			t.Errorf("the client exits with %d", status)
		}
	}
	piped := s.ssh("plain")
	piped.Stdin = strings.NewReader("n\nq\n")
	out, err := piped.Output()
	if err != nil || !strings.Contains(string(out), "Page 2 of 3") || strings.ContainsAny(string(out), "\x1b\r") {
		t.Errorf("through a pipe it says %q, %v", out, err)
	}
}

func TestReadAskedFor(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20)
	ask := func(words ...string) *person {
		cmd := s.ssh(words...)
		cmd.Args = append([]string{"ssh", "-t"}, cmd.Args[1:]...)
		return s.connect(80, 24, cmd)
	}
	p := ask("read", "post-07")
	p.sees("The text of Post number 7")
	p.types(esc)
	p.sees("▌ Post number 7", "PAGE 2 / 3")
	p.types("q")
	p.leaves()
	p = ask("read", "nothing-of-that-name")
	p.sees("there is no post nothing-of-that-name")
	if status := p.leaves(); status != 1 {
		t.Errorf("the client exits with %d, want 1", status)
	}
	p = ask("--", "--theme", "nothing-of-that-name")
	p.sees(`there is no theme "nothing-of-that-name"; there are`)
	p.leaves()
	p = ask("--", "--theme", "phosphor")
	p.sees("PAGE 1 / 3")
	p.types("q")
	p.leaves()
	p = ask("--", "--no-color")
	p.sees("PAGE 1 / 3")
	p.types("q")
	p.leaves()
	if colour := regexp.MustCompile(`\x1b\[[0-9;]*(3\d|9[0-7]|[34]8)[;m]`).Find(p.written()); colour != nil {
		t.Errorf("--no-color is answered with %q", colour)
	}
}

// A command may come from a link that somebody has followed, and what is said of
// it goes to that person's terminal.
func TestRefusalsActOnNoTerminal(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	for _, command := range []string{"--\x1b]0;owned\a", "-\u202e", "ls \x1b[2J", "--theme \u009b2J", "read \x1b[2J\u2066"} {
		cmd := s.ssh("'" + command + "'")
		cmd.Args = append([]string{"ssh", "-T"}, cmd.Args[1:]...)
		out, err := cmd.CombinedOutput()
		text := strings.TrimSuffix(string(out), "\n")
		if err == nil || !strings.Contains(text, "sshblog: ") || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q is answered with %q, %v", command, out, err)
		}
	}
}

// Where there is no terminal of a known width, lines are as long as they are: a log or
// a script gets them.
func TestRefusalsWithoutATerminalAreNotBroken(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	cmd := s.ssh("no-such-command")
	cmd.Args = append([]string{"ssh", "-T"}, cmd.Args[1:]...)
	out, err := cmd.CombinedOutput()
	line, _, _ := strings.Cut(string(out), "\n")
	if err == nil || len(line) <= 80 || !strings.HasSuffix(line, " to see what there is") {
		t.Errorf("it says %q, %v", out, err)
	}
}

// Programs that need a server of their own, and wrappers that send a script first,
// put a command before a person who has not typed one. What comes back says what is
// the case and what to do, whatever options the command has and however long it is.
func TestCommandsOfOtherPrograms(t *testing.T) {
	t.Parallel()
	const kitten = 4889 // bytes of the script that "kitten ssh" sends
	s := serveBlog(t, 1)
	for name, test := range map[string]struct{ command, says string }{
		"mosh":           {"mosh-server new -c 256 -s -l LANG=C.UTF-8", "there is no command mosh-server; "},
		"mosh, set":      {"LC_ALL=C mosh-server new", "there is no command mosh-server; "},
		"scp":            {"scp post.md", "there is no command scp; "},
		"unison":         {"unison -server", "there is no command unison; "},
		"git":            {"git-upload-pack 'sshblog.git'", "there is no command git-upload-pack; "},
		"git, with args": {"git upload-pack --stateless-rpc x", "there is no command git; "},
		"tmux":           {"tmux attach -t main", "there is no command tmux; "},
		"a shell":        {"bash -l", "there is no command bash; "},
		"an option":      {"-c 256", "there is no option -c; "},
		"a long option":  {"--server", "there is no option --server; "},
		"half an option": {"--theme", "the option --theme lacks its value; "},
		"kitten ssh":     {"exec sh -c '" + strings.Repeat("a=\"b\";\n", kitten/7) + "'", "there is no command exec; "},
		"a long script":  {"sh -c 'echo " + strings.Repeat("x", 30<<10) + "'", "there is no command sh; "},
		"a long word":    {strings.Repeat("y", 30<<10), "there is no command " + strings.Repeat("y", 40) + "…; "},
		"read nothing":   {"read", "which post? "},
		"plain more":     {"plain text", "plain takes no text; "},
	} {
		for _, option := range []string{"-T", "-tt"} {
			cmd := s.ssh("--", test.command)
			cmd.Args = append([]string{"ssh", option}, cmd.Args[1:]...)
			out, err := cmd.CombinedOutput()
			said := strings.Join(strings.Fields(string(out)), " ")
			if err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(said, "sshblog: "+test.says) {
				t.Errorf("%s, %s: %v: %q", name, option, err, out)
			}
			if !strings.Contains(said, "use ssh HOST ") || strings.Contains(said, "flag") || len(out) > 1000 {
				t.Errorf("%s, %s, is not told what to do: %q", name, option, out)
			}
		}
	}
}

// Without source, both ways in which scp and sftp come are told so: as a subsystem, and as a command.
func TestFileCopiesAreTold(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--source", "off")
	for _, command := range [][]string{
		{"scp", "reader@127.0.0.1:post.md", "."},
		{"scp", "-O", "reader@127.0.0.1:post.md", "."},
		{"scp", "session.go", "reader@127.0.0.1:"},
		{"scp", "-O", "session.go", "reader@127.0.0.1:"},
		{"sftp", "reader@127.0.0.1"},
		{"sftp", "-s", "/usr/lib/sftp-server", "reader@127.0.0.1"},
	} {
		options := s.ssh().Args[1:]
		options = options[:len(options)-1] // all but the host
		options[2] = "-P"                  // as scp and sftp name the port
		cmd := exec.Command(command[0], append(options, command[1:]...)...)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "no files can be copied") {
			t.Errorf("%q: %v: %q", command, err, out)
		}
	}
}

// A client with libssh2, such as curl, waits for the connection's end if the subsystem that it
// has been granted ends without an answer: it is refused at once. Others read the reason.
func TestSFTPForLibssh2(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--source", "off")
	for version, refused := range map[string]bool{"SSH-2.0-libssh2_1.10.0": true, "SSH-2.0-libssh_0.10.6": false} {
		client, err := gossh.Dial("tcp", "127.0.0.1:"+s.port, &gossh.ClientConfig{ClientVersion: version, HostKeyCallback: gossh.InsecureIgnoreHostKey()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.RequestSubsystem("sftp"); (err != nil) != refused {
			t.Errorf("%s: %v, want refused: %v", version, err, refused)
		}
	}
}

// What speaks scp's protocol is answered in it, and in one line: libssh2 takes what
// stands on standard error for an empty file, and a copy for one that has arrived.
func TestSCPIsAnsweredInItsProtocol(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1, "--source", "off")
	for command, fails := range map[string]bool{
		"scp -f post.md": true, "scp -pf '/post.md'": true, "scp -t '/post.md'": true, "/usr/bin/scp -v -r -t -- /tmp": true,
		"scp post.md": false, "scp --from post.md": false, "scp -v": false,
	} {
		cmd := s.ssh("--", command)
		cmd.Args = append([]string{"ssh", "-T"}, cmd.Args[1:]...)
		var out, told strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &told
		err := cmd.Run()
		line, left, whole := strings.Cut(out.String(), "\n")
		if fatal := strings.HasPrefix(line, "\x02sshblog: no files can be copied"); err == nil || fatal != fails || fatal && (!whole || left+told.String() != "") {
			t.Errorf("%s: %v: %q, and on standard error %q", command, err, out.String(), told.String())
		}
	}
}

// PuTTY's pscp shows nothing but an unexpected end if the channel ends before it has ended
// its input: the session waits for that, and not for long.
func TestSCPsAnswerIsRead(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 1)
	client, err := gossh.Dial("tcp", "127.0.0.1:"+s.port, &gossh.ClientConfig{HostKeyCallback: gossh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	for _, c := range []struct {
		name   string
		finish func(input io.WriteCloser) error
	}{
		{"ends its input", io.WriteCloser.Close},
		{"sends much", func(input io.WriteCloser) error {
			_, err := input.Write(make([]byte, answerInput))
			return err
		}},
		{"does nothing", func(io.WriteCloser) error { return nil }},
	} {
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		input, _ := session.StdinPipe()
		output, _ := session.StdoutPipe()
		if err := session.Start("scp -t x"); err != nil {
			t.Fatal(err)
		}
		answer := bufio.NewReader(output)
		if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, files.ReadOnly) {
			t.Errorf("%s: %q, %v", c.name, line, err)
		}
		over := make(chan error, 1)
		go func() { over <- session.Wait() }()
		select {
		case err := <-over:
			t.Errorf("%s: it is over at once: %v", c.name, err)
			continue
		case <-time.After(100 * time.Millisecond):
		}
		if err := c.finish(input); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var exit *gossh.ExitError
		if err := <-over; !errors.As(err, &exit) || exit.ExitStatus() != 1 {
			t.Errorf("%s: %v, want status 1", c.name, err)
		}
	}
}

// Where a result is asked for as JSON, what is wrong with the question is JSON, too.
func TestMisuseIsJSON(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"check", "reload", "upgrade"} {
		for args, want := range map[string]string{
			"--json --nothing":    "unknown flag: --nothing",
			"--nothing --json":    "unknown flag: --nothing",
			"a b --json":          "sshblog " + command,
			"--json=maybe":        `invalid argument "maybe" for "--json"`,
			"--nothing --json=1":  "unknown flag: --nothing",
			"--nothing":           "",
			"--json=0 --nothing":  "",
			"--nothing -- --json": "",
		} {
			var out, log strings.Builder
			err := run(t.Context(), append([]string{command}, strings.Fields(args)...), strings.NewReader(""), &out, &log)
			if err == nil || strings.Count(log.String(), "\n") != 1 || !strings.HasPrefix(log.String(), "sshblog: ") {
				t.Errorf("%s %s: %v, %q", command, args, err, &log)
			}
			if want == "" {
				if out.String() != "" {
					t.Errorf("%s %s prints %q", command, args, &out)
				}
				continue
			}
			var r struct{ Error string }
			if bad := json.Unmarshal([]byte(out.String()), &r); bad != nil || !strings.HasPrefix(r.Error, want) || "sshblog: "+r.Error+"\n" != log.String() {
				t.Errorf("%s %s prints %q, %v; want JSON of an error that begins with %s", command, args, &out, bad, want)
			}
		}
	}
}
