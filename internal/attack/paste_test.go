//go:build linux

package attack

import (
	"io"
	"sync"
	"testing"
)

// A terminal marks a paste with ESC[200~ in front and ESC[201~ behind. Who
// sends the first and never the second, and 640 MB after it, has a plain
// program collect 2.2 GB: it waits for the end of the paste.
//
// Here a paste is 64 KiB at most, and a session that sends more is told so and
// ends.
func TestEndlessPaste(t *testing.T) {
	start(t).withstands(func(s *siege) {
		const attackers = 4
		for i := range attackers {
			channel := s.reads(s.client(source(i)))
			if _, err := io.WriteString(channel, "\x1b[200~"); err != nil {
				s.Fatal(err)
			}
			pasted, more := 0, make([]byte, 32<<10)
			for ; pasted < 640<<20; pasted += len(more) {
				if _, err := channel.Write(more); err != nil {
					break
				}
			}
			// The channel's window of 2 MiB may fill before the end is heard of.
			if pasted > 4<<20 {
				s.Errorf("%s were taken", mb(pasted))
			}
		}
		s.p.logged(attackers, "session ended", "reason=input_limit")
	})
}

// Keys as fast as the network carries them, for as long as the connection
// lasts: each one is decoded and drawn, so a program without a budget works
// for this client alone.
//
// Here a session may send 64 KiB a second, after a burst of 2 MiB, and ends
// when it sends more.
func TestKeyStorm(t *testing.T) {
	start(t).withstands(func(s *siege) {
		const attackers = 4
		keys := make([]byte, 32<<10)
		for i := range keys {
			keys[i] = "jk\r\x1b"[i%4]
		}
		var wg sync.WaitGroup
		for i := range attackers {
			channel := s.reads(s.client(source(i)))
			wg.Go(func() {
				typed := 0
				for ; typed < 640<<20; typed += len(keys) {
					if _, err := channel.Write(keys); err != nil {
						break
					}
				}
				if typed > 32<<20 {
					s.Errorf("%s were taken", mb(typed))
				}
			})
		}
		wg.Wait()
		s.p.logged(attackers, "session ended", "reason=input_limit")
	})
}
