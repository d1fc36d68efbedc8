//go:build linux

package attack

import (
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Commands for pipes, one after the other on each connection: every one is a session of its
// own, with a tree of commands, and lists 10,000 posts, searches in them or has one printed at
// another width. The rate of a source's sessions is out of the way.
//
// Here what they print is made a buffer at a time, in turns of the session's account.
func TestPipedCommands(t *testing.T) {
	commands := []string{
		"ls --all --json", "search --json a", "ls --all --lang en", "tags --json", "read --color always --width 61 post-07", "cat post-07", "ls --page 900",
		"read --width 47 post-09", "cat no-such-post", "help ls",
	}
	sieges(t, nil, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			var mu sync.Mutex
			var clients []*ssh.Client
			s.fullNumber(from, func(source string) error {
				client, err := s.p.login(s.tcp(source))
				if err == nil {
					mu.Lock()
					clients = append(clients, client)
					mu.Unlock()
				}
				return err
			})
			since = time.Now()
			var asking sync.WaitGroup
			var answered atomic.Int64
			for i, client := range clients {
				asking.Go(func() {
					for n := i; time.Since(since) < lasts() && asks(client, commands[n%len(commands)]); n++ {
						answered.Add(1)
					}
				})
			}
			asking.Wait()
			s.Logf("%d commands were answered", answered.Load())
			if answered.Load() == 0 && !s.p.dead() {
				s.Error("no command was answered")
			}
			return since
		})
	}, "--session-rate", "100000", "--session-burst", "100000")
}

// asks runs a command and reads what it prints, and reports whether the connection is still there.
func asks(client *ssh.Client, command string) bool {
	session, err := client.NewSession()
	if err != nil {
		return false
	}
	defer func() { _ = session.Close() }()
	out, err := session.StdoutPipe()
	if err != nil || session.Start(command) != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		return false
	}
	_ = session.Wait() // with whatever status
	return true
}

// A list of 10,000 posts for clients that read nothing of it: the server may write 4 KB, and
// what comes after that is not made.
//
// The write that waits ends the connection after the write timeout.
func TestUnreadCommands(t *testing.T) {
	var settings []string
	if !*full {
		settings = []string{"--write-timeout", "2s"}
	}
	sieges(t, nil, func(s *siege, from []string) {
		before := s.p.status("VmRSS:")
		all := s.screens(from, opening{command: "ls --all --json", noTTY: true, bounded: true, window: 4 << 10})
		s.Logf("%d wait, memory grew by %s", len(all), mb(s.p.status("VmRSS:")-before))
		deadline := time.Now().Add(recovery + 40*time.Second)
		for _, c := range all {
			select {
			case <-c.closed:
			case <-time.After(time.Until(deadline)):
				s.Fatal("a client that reads nothing is still there")
			}
		}
		s.p.logged(1, "session ended", "reason=write_timeout")
	}, settings...)
}
