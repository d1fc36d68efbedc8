//go:build linux

package attack

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// One connection, which counts as one wherever connections are counted, and on
// it 500 shells that nobody looks at: 357 to 695 MB on a plain server.
//
// Here a connection has four channels.
func TestManyChannels(t *testing.T) {
	const perConnection = 4
	start(t).withstands(func(s *siege) {
		var opened []ssh.Channel
		var ended atomic.Int64
		for _, client := range s.clients(one) {
			var mine []ssh.Channel
			for range 50 {
				channel, requests, err := client.OpenChannel("session", nil)
				var refused *ssh.OpenChannelError
				switch {
				case errors.As(err, &refused) && refused.Reason == ssh.ResourceShortage && refused.Message == "too many sessions on this connection":
				case err != nil:
					s.Errorf("refused with %v", err)
				default:
					go ssh.DiscardRequests(requests)
					go func() {
						_, _ = io.Copy(io.Discard, channel)
						ended.Add(1)
					}()
					mine = append(mine, channel)
				}
			}
			if len(mine) != perConnection {
				s.Errorf("%d channels were opened, want %d", len(mine), perConnection)
			}
			opened = append(opened, mine...)
		}
		// A source has 64 sessions. The others are told so and end.
		for _, channel := range opened {
			for _, r := range []struct {
				name    string
				payload []byte
			}{
				{"pty-req", ssh.Marshal(ptyRequest{Term: "xterm", Columns: 500, Rows: 200})},
				{"shell", nil},
			} {
				if _, err := channel.SendRequest(r.name, false, r.payload); err != nil {
					s.Error(err)
				}
			}
		}
		s.p.eventually(patience(), func() bool { return ended.Load() == int64(len(opened)-fullNumber) }, "not all others have ended")
	})
}

// Who is refused a channel asks again, and again.
//
// Here the one that asks faster than its connection may send is disconnected.
func TestChannelsInVain(t *testing.T) {
	start(t).withstands(func(s *siege) {
		open := ssh.Marshal(channelOpen{Kind: "session", Size: 32 << 10})
		var wg sync.WaitGroup
		for i := range fullNumber {
			w, err := s.wire(source(i))
			if err != nil {
				s.Fatal(err)
			}
			wg.Go(func() {
				var err error
				for range 1500 {
					if err = w.send(open); err != nil {
						break
					}
				}
				_ = w.nc.SetReadDeadline(time.Now().Add(patience()))
				for err == nil {
					_, err = w.receive()
				}
				if errors.Is(err, os.ErrDeadlineExceeded) {
					s.Error("the connection is not ended")
				}
			})
		}
		wg.Wait()
	})
}

// Who asks for a shell and closes the channel in the same breath has started a session that
// nobody waits for, and may open the next. They went on for 1.5 seconds each, on no account:
// one source had 593 at once.
//
// Here a session ends with its channel, and its channel is free when it has ended.
func TestShellsThatNobodyWaitsFor(t *testing.T) {
	p := startBox(t, 1, nil)
	p.withstands(func(s *siege) {
		until := time.Now().Add(lasts())
		var asking sync.WaitGroup
		s.fullNumber([]string{source(0)}, func(from string) error {
			w, err := s.wire(from)
			if err != nil {
				return err
			}
			asking.Go(func() {
				for time.Now().Before(until) && w.shellAndClose() == nil {
					time.Sleep(100 * time.Millisecond) // slower than a flood
				}
			})
			return nil
		})
		most := 0
		for time.Now().Before(until) {
			most = max(most, p.metric("sshblog_sessions_active"))
			time.Sleep(50 * time.Millisecond)
		}
		asking.Wait()
		if t.Logf("%d sessions at once", most); most > fullNumber+fullNumber/2 { // some are others'
			t.Errorf("one source has %d sessions", most)
		}
	})
}

// shellAndClose opens a channel, asks for a shell, closes the channel, and waits until the
// program has closed it too.
func (w *wire) shellAndClose() error {
	if err := w.send(ssh.Marshal(channelOpen{Kind: "session", Size: 32 << 10})); err != nil {
		return err
	}
	opened, err := w.expect(msgOpenConfirm)
	if err != nil {
		return err
	}
	channel := binary.BigEndian.Uint32(opened[5:])
	if err := w.send(ssh.Marshal(struct {
		Remote uint32 `sshtype:"98"`
		Type   string
		Want   bool
	}{channel, "shell", false})); err != nil {
		return err
	}
	if err := w.send(ssh.Marshal(struct {
		Remote uint32 `sshtype:"97"`
	}{channel})); err != nil {
		return err
	}
	_, err = w.expect(msgChannelClose)
	return err
}
