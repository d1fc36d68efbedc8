//go:build linux

package attack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// An author's key in the wrong hands, or an author's script that has gone wrong, at 64 connections: all of the
// authors' commands, one after the other on each, over posts of which every other is a draft, and a history
// of thousands of pushes. Each of them that publishes reads the folder's names, writes a version and has the posts read again; each
// check parses a post of the largest size; the log reads every version there is; a share is a file that stays.
//
// Here all that publish wait for each other, who asks for the log reads it as it is written out and shares
// what is known of packs and pushes with the others, one post is checked at a time, and shares are counted.
func TestAuthorStorm(t *testing.T) {
	wanted(t)
	needDocker(t)
	key, spec, state := authorBox(t)
	p := spec.start(t, 1)
	p.besieged(t, 1+8, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			var mu sync.Mutex
			var clients []*ssh.Client
			s.fullNumber(from, func(source string) error {
				client, err := s.p.login(s.tcp(source), key)
				if err == nil {
					mu.Lock()
					clients = append(clients, client)
					mu.Unlock()
				}
				return err
			})
			since = time.Now()
			var asking sync.WaitGroup
			told := make(map[string]int)
			for i, client := range clients {
				asking.Go(func() {
					for n := i; time.Since(since) < 2*lasts(); n++ {
						command, what := asAuthor(client, n, i)
						if what == "" {
							return
						}
						mu.Lock()
						told[command+" "+what]++
						mu.Unlock()
						if what == "cut" {
							return
						}
					}
				})
			}
			time.Sleep(time.Until(since.Add(2 * lasts())))
			for _, client := range clients {
				_ = client.Close() // what waits for others to publish would go on for minutes
			}
			asking.Wait()
			s.Logf("they were told: %v", told)
			for _, command := range []string{"log", "drafts", "why", "stats", "share", "publish"} {
				if command == "publish" && len(from) > 1 {
					continue // all of them wait for each other
				}
				if told[command+" 0"]+told[command+" cut"] == 0 && !s.p.dead() {
					s.Errorf("nobody is answered: %s", command)
				}
			}
			return since
		})
		if stacks := s.p.lines("panic"); len(stacks) > 0 {
			s.Errorf("%d panics are logged, the first with: %.400s", len(stacks), stacks[0])
		}
	})
	if shares, err := os.ReadDir(filepath.Join(state, "shares")); err != nil || len(shares) > 100 {
		t.Errorf("%d shares are kept: %v", len(shares), err)
	}
	if out, err := exec.Command("git", "-c", "safe.directory=*", "-C", filepath.Join(state, "posts.git"), "fsck", "--strict").CombinedOutput(); err != nil {
		t.Errorf("the history is not whole: %v: %s", err, out)
	}
}

// asAuthor runs one of an author's commands, and returns its name and its exit status, "cut" if the connection is over
// when some of the answer has come, or "" if none has.
func asAuthor(client *ssh.Client, n, who int) (name, what string) {
	const largest = 256_000 // bytes of a post
	bad := "---\ntitle: [\n---\n"
	good := fmt.Sprintf("---\ntitle: Of author %d\ndate: 2026-02-03\n---\n", who)
	var command, input string
	screen := false
	switch n % 14 {
	case 0:
		command = "log --json"
	case 1:
		command, input = "check", good+strings.Repeat("> - ", largest/8)+strings.Repeat("[a](b) ", largest/14)
	case 2:
		command = fmt.Sprintf("share held-%04d --for 1m", n%500)
	case 3:
		command, input = fmt.Sprintf("publish of-author-%d", who), good+strings.Repeat(fmt.Sprintf("Version %d of it.\n\n", n), 500)
	case 4:
		command = "drafts --json"
	case 5:
		command = fmt.Sprintf("preview held-%04d", n%500)
		screen = true
	case 6:
		command, input = "publish of-all", good+fmt.Sprintf("Version %d.\n", n)
	case 7:
		command = "why no-post-of-that-name"
	case 8:
		command = fmt.Sprintf("why held-%04d", n%500)
	case 9:
		command = "stats --json"
	case 10:
		command = fmt.Sprintf("rm --yes of-author-%d", who)
	case 11:
		command, input = "check bad", bad
	case 12:
		command = "share --list --json"
	default:
		command = fmt.Sprintf("share --revoke held-%04d", (n-11)%500)
	}
	name, _, _ = strings.Cut(command, " ")
	session, err := client.NewSession()
	if err != nil {
		return name, ""
	}
	defer func() { _ = session.Close() }()
	if screen {
		if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
			return name, ""
		}
		input = "jjjGgq\x03"
	}
	var answer atomic.Int64
	session.Stdin, session.Stdout, session.Stderr = strings.NewReader(input), bytesCounted{&answer}, io.Discard
	err = session.Run(command)
	exit, exited := errors.AsType[*ssh.ExitError](err)
	switch {
	case err == nil:
		return name, "0"
	case exited:
		return name, fmt.Sprint(exit.ExitStatus())
	case answer.Load() > 0:
		return name, "cut"
	}
	return name, ""
}

// bytesCounted counts what is written.
type bytesCounted struct{ bytes *atomic.Int64 }

func (c bytesCounted) Write(b []byte) (int, error) {
	c.bytes.Add(int64(len(b)))
	return len(b), nil
}

// authorBox is pushBox with many posts, half of them drafts, and a long history. It returns the folder of
// the server's state, too.
func authorBox(t *testing.T) (key ssh.Signer, spec boxSpec, state string) {
	t.Helper()
	const each, pushes, program = 500, 3000, 65532
	key, spec = pushBox(t)
	dir, _, _ := strings.Cut(spec.options[1], ":")
	state = filepath.Join(filepath.Dir(dir), "state")
	posts := make(map[string]string)
	for i := range each {
		posts[fmt.Sprintf("seen-%04d.md", i)] = fmt.Sprintf("---\ntitle: Seen %d\ndate: 2025-01-01\n---\n", i) + strings.Repeat("A text that [others](seen-0001.md) read.\n\n", 50)
		posts[fmt.Sprintf("held-%04d.md", i)] = fmt.Sprintf("---\ntitle: Held %d\ndraft: true\n---\n", i) + strings.Repeat("A text that nobody reads yet.\n\n", 50)
	}
	err := writePosts(dir, posts)
	// A history as git pushes leave it: the server adds to it what it finds in the folder.
	repository := filepath.Join(state, "posts.git")
	var commits bytes.Buffer
	for i := range pushes {
		fmt.Fprintf(&commits, "commit refs/heads/main\nmark :%d\ncommitter Somebody <s@example.com> %d +0000\ndata 6\nnews.\nM 100644 inline seen-0001.md\ndata <<END\nVersion %d.\nEND\n\n", i+1, 1700000000+i, i)
	}
	marks := filepath.Join(t.TempDir(), "marks")
	for _, args := range [][]string{{"init", "-q", "--bare", "-b", "main", repository}, {"-C", repository, "fast-import", "--quiet", "--export-marks=" + marks}} {
		git := exec.Command("git", args...)
		git.Stdin = bytes.NewReader(commits.Bytes())
		if out, failed := git.CombinedOutput(); failed != nil {
			err = errors.Join(err, fmt.Errorf("%w: %s", failed, out))
		}
	}
	text, failed := os.ReadFile(marks)
	lines, before := &strings.Builder{}, "-"
	for line := range strings.Lines(string(text)) {
		_, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		fmt.Fprintf(lines, "\n%s %s 1700000000 alice\n", version, before)
		before = version
	}
	err = errors.Join(err, failed, os.WriteFile(filepath.Join(repository, "pushes"), []byte(lines.String()), 0o600))
	for _, folder := range []string{dir, state} {
		err = errors.Join(err, filepath.WalkDir(folder, func(name string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(name, program, program))
		}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return key, spec, state
}
