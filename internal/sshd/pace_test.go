package sshd

import (
	"testing"
	"testing/synctest"
	"time"
)

// A connection waits two seconds at once for what others of its source have sent, and one
// that has sent enough itself is ended after five.
func TestWhatIsHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{}).conn
		began := time.Now()
		c.slowPackets(began, 4<<10, time.Hour)
		if held := time.Since(began); held != 2*time.Second || c.fate() != None {
			t.Errorf("held up for %s, and ended for %s", held, c.fate())
		}
		for range 10 {
			c.slowPackets(time.Now(), 4<<10, time.Hour)
		}
		if held := time.Since(began); held > 5*time.Second || c.fate() != Flood {
			t.Errorf("a flood is held up for %s, and ended for %s", held, c.fate())
		}
	})
}
