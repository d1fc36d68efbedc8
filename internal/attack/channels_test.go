//go:build linux

package attack

import (
	"errors"
	"os"
	"sync"
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
		s.p.logged(len(opened)-fullNumber, "session ended", "remote="+source(0))
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
