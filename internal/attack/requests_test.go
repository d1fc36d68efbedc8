//go:build linux

package attack

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Channels that are refused, for a client that does not read the refusals: charm.land/ssh
// answers each on a goroutine, and as they wait they add up. Behind frames that fill the
// socket, 64 connections of one source had this server take 139 MB, and it did not outlive
// those of eight. Taken from the account of the connection by that goroutine, they were
// 340 MB at eight: 40,000 were started before one of them came to that.
//
// Here the next message of a connection waits until the refusal is sent.
func TestUnreadRefusals(t *testing.T) {
	const frames, refusals = 240, 990
	lasts := 10 * time.Second
	if *full {
		lasts *= 2 // less than a write may take
	}
	refused := ssh.Marshal(channelOpen{Kind: "x", Size: 32 << 10})
	sieges(t, nil, func(s *siege, from []string) {
		all := s.screens(from, opening{bounded: true, window: 1 << 30, deaf: true})
		until := time.Now().Add(lasts)
		var asking sync.WaitGroup
		for _, c := range all {
			_ = c.nc.SetWriteDeadline(until)
			asking.Go(func() {
				err := c.ask("window-change", false, ssh.Marshal(windowChange{Columns: 500, Rows: 200}))
				for i := 0; err == nil && i < frames; i++ {
					key := "\rGg"[min(i, 1+i%2)]
					err = c.send(append(ssh.Marshal(struct {
						Remote, Length uint32 `sshtype:"94"`
					}{c.remote, 1}), key))
					time.Sleep(20 * time.Millisecond) // the pace of the attack
				}
				for i := 0; err == nil && i < refusals; i++ {
					err = c.send(refused)
				}
				time.Sleep(time.Until(until)) // they wait
			})
		}
		asking.Wait()
	})
}

// A connection that runs one command after another counts as one connection,
// and each command is a session with all that belongs to it.
//
// Here a source starts five sessions a second after a burst of 64, over
// however many connections, and is told so in a line.
func TestCommandStorm(t *testing.T) {
	const burst = 64
	p := start(t)
	p.withstands(func(s *siege) {
		served, refused := 0, 0
		for range 4 {
			client := s.client(source(0))
			for range 100 {
				session, err := client.NewSession()
				if err != nil {
					s.Fatal(err)
				}
				var said strings.Builder
				session.Stderr = &said
				_ = session.Run("ls") // the answer tells
				switch text := said.String(); text {
				case "Too many requests from your address. Try again in a minute.\n":
					refused++
				default:
					served++
				}
			}
			_ = client.Close()
		}
		if served > burst*2 || refused < 400-burst*2 {
			s.Errorf("%d were served and %d refused", served, refused)
		}
		p.logged(1, "session refused", "reason=session_rate")
	})
}

// A channel has a window of two megabytes before anybody reads from it, and
// x/crypto keeps every packet for itself: in packets of one byte that is many
// times as much, on every channel of every connection.
//
// Here who sends before a shell runs what nobody reads is disconnected after a
// quarter of a megabyte on the wire, and so is who sends to stderr.
func TestDataForNobody(t *testing.T) {
	p := start(t)
	p.withstands(func(s *siege) {
		var wg sync.WaitGroup
		for _, client := range s.clients(source) {
			channel := s.channel(client)
			wg.Go(func() {
				if _, err := io.Copy(channel, oneByOne{time.Now().Add(patience())}); err == nil {
					s.Error("all of it was taken")
				}
			})
		}
		wg.Wait()
		p.logged(1, "connection ended", "reason=flood")
	})
}

// oneByOne is read a byte at a time, for a while.
type oneByOne struct{ until time.Time }

func (o oneByOne) Read(p []byte) (int, error) {
	if time.Now().After(o.until) {
		return 0, io.EOF
	}
	return copy(p, "x"), nil
}
