//go:build linux

package attack

import (
	"io"
	"sync"
	"testing"
	"time"
)

// A terminal marks a paste with ESC[200~ in front and ESC[201~ behind. Who
// sends the first and never the second, and 640 MB after it, has a plain
// program collect 2.2 GB: it waits for the end of the paste.
//
// Here a paste is 64 KiB at most, and a session that sends more is told so and
// ends.
func TestEndlessPaste(t *testing.T) {
	start(t).withstands(func(s *siege) {
		more := make([]byte, 32<<10)
		defer time.AfterFunc(lasts(), s.lift).Stop()
		var wg sync.WaitGroup
		for _, channel := range s.sessions(one) {
			wg.Go(func() {
				if _, err := io.WriteString(channel, "\x1b[200~"); err != nil {
					s.Error(err)
				}
				pasted := 0
				for ; pasted < 640<<20; pasted += len(more) {
					if _, err := channel.Write(more); err != nil {
						break
					}
				}
				// The channel's window of 2 MiB may fill before the end is heard of.
				if pasted > 4<<20 {
					s.Errorf("%s were taken", mb(pasted))
				}
			})
		}
		wg.Wait()
		s.p.logged(1, "session ended", "reason=input_limit")
		if *full { // the others are a flood by then; else it is over before
			s.p.logged(fullNumber, "session ended", "remote="+source(0))
		}
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
		keys := make([]byte, 32<<10)
		for i := range keys {
			keys[i] = "jk\r\x1b"[i%4]
		}
		defer time.AfterFunc(lasts(), s.lift).Stop()
		var wg sync.WaitGroup
		for _, channel := range s.sessions(one) {
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
		if *full { // else it is over before
			s.p.logged(fullNumber, "session ended", "remote="+source(0))
		}
	})
}
