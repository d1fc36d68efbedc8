//go:build linux

package attack

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Names of shares that nobody has been given, at 64 connections, with a session after the other on each:
// every one has the server look for a file, and where all do so at once, each takes a thread of the
// system's, of which a container has few: the program ends without one more. Each is a connection of its own to try another name, so
// the rate of connections bounds the guesses.
//
// Here all are told the same, nothing is opened, and no line of the log has a name.
func TestShareStorm(t *testing.T) {
	wanted(t)
	needDocker(t)
	_, spec := pushBox(t)
	p := spec.start(t, 1)
	const answer = "this link is wrong or has expired"
	p.besieged(t, 1+8, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			var mu sync.Mutex
			var clients []*ssh.Client
			s.fullNumber(from, func(source string) error {
				mu.Lock()
				name := fmt.Sprintf("draft-%s%c%c", strings.Repeat("guess", 4)+"gues", 'a'+len(clients)%26, 'a'+len(clients)/26)
				mu.Unlock()
				client, err := s.p.loginAs(s.tcp(source), name)
				if err == nil {
					mu.Lock()
					clients = append(clients, client)
					mu.Unlock()
				}
				return err
			})
			since = time.Now()
			var guessing sync.WaitGroup
			var refused atomic.Int64
			for _, client := range clients {
				guessing.Go(func() {
					for time.Since(since) < lasts() {
						told, err := begins(client)
						if err != nil {
							return
						}
						if told != "" && !strings.Contains(told, answer) { // "": the connection has ended
							t.Errorf("it is answered %q", told)
							return
						}
						refused.Add(1)
					}
				})
			}
			guessing.Wait()
			s.Logf("%d were refused", refused.Load())
			if refused.Load() == 0 && !s.p.dead() {
				s.Error("nobody was refused")
			}
			return since
		})
		if lines := s.p.lines("guess"); len(lines) > 0 {
			s.Errorf("the log has a name: %s", lines[0])
		}
	})
}

// begins begins a session that asks for nothing, and returns what it is told on standard error.
func begins(client *ssh.Client) (told string, err error) {
	session, err := client.NewSession()
	if err != nil {
		return "", err
	}
	defer func() { _ = session.Close() }()
	var out strings.Builder
	session.Stderr, session.Stdout = &out, io.Discard
	if err := session.Shell(); err != nil {
		return "", err
	}
	_ = session.Wait() // with status 1
	return out.String(), nil
}
