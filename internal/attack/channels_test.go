//go:build linux

package attack

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
)

// One connection, which counts as one wherever connections are counted, and on
// it 500 shells that nobody looks at: 357 to 695 MB on a plain server.
//
// Here a connection has four channels, and who asks for a thousand in vain is
// disconnected.
func TestManyChannels(t *testing.T) {
	start(t).withstands(func(s *siege) {
		for i := range 4 {
			client := s.client(source(i))
			var opened atomic.Int64
			var wg sync.WaitGroup
			for range 500 {
				wg.Go(func() {
					channel, requests, err := client.OpenChannel("session", nil)
					var refused *ssh.OpenChannelError
					switch {
					case errors.As(err, &refused) && refused.Reason == ssh.ResourceShortage && refused.Message == "too many sessions on this connection":
						return
					case err != nil:
						s.Errorf("refused with %v", err)
						return
					}
					opened.Add(1)
					go ssh.DiscardRequests(requests)
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
				})
			}
			wg.Wait()
			if n := opened.Load(); n != 4 {
				s.Errorf("%d channels were opened, want 4", n)
			}
		}
		for i := range 4 {
			client := s.client(source(10 + i))
			go func() {
				for {
					if _, _, err := client.OpenChannel("session", []byte("x")); err != nil && !errors.As(err, new(*ssh.OpenChannelError)) {
						return
					}
				}
			}()
			s.gone(client)
		}
	})
}
