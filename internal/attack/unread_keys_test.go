//go:build linux

package attack

import (
	"sync"
	"testing"
	"time"
)

// A channel whose window is zero: the server may write nothing to it (RFC 4254
// §5.2), so its reader waits with the first frame, and nobody reads the keys. Each
// packet is kept for itself, and 60,000 packets of one byte are 3.2 MB a
// connection: 64 of them had this server take 203 MB.
//
// Here what is not read counts with what it is kept in.
func TestUnreadKeys(t *testing.T) {
	lasts := 5 * time.Second
	if *full {
		lasts = 40 * time.Second // longer than a write may take
	}
	sieges(t, nil, func(s *siege, from []string) {
		until := time.Now().Add(lasts)
		var typing sync.WaitGroup
		for _, c := range s.screens(from, opening{bounded: true}) {
			typing.Go(func() {
				for range 60_000 {
					if !c.write([]byte("j")) {
						return
					}
				}
				select {
				case <-c.closed:
				case <-time.After(time.Until(until)):
				}
			})
		}
		typing.Wait()
	})
}
