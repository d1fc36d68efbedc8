package sshd

import (
	"testing"
	"testing/synctest"
	"time"
)

// So is one of many that send too much together, however little each of them gets to
// send: its client may have gone, with megabytes in front of the news.
func TestWhatIsHeldUpOfMany(t *testing.T) {
	for _, c := range []struct {
		each int64 // bytes that come every two seconds
		want Reason
	}{{32 << 10, Flood}, {1 << 10, None}} {
		synctest.Test(t, func(t *testing.T) {
			held := bare(t, Config{}).conn
			held.received.Store(c.each)
			for range 4 {
				held.slow(time.Now(), time.Hour)
				held.received.Add(c.each)
			}
			if got := held.fate(); got != c.want {
				t.Errorf("one that sends %d bytes every two seconds is ended for %s, want %s", c.each, got, c.want)
			}
		})
	}
}

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

// A connection may be held up for so long in all while nobody reads, not each time anew;
// and from the beginning once a handler reads.
func TestHeldUpInParts(t *testing.T) {
	for _, c := range []struct {
		reads bool
		want  Reason
	}{{false, Flood}, {true, None}} {
		synctest.Test(t, func(t *testing.T) {
			s := bare(t, Config{})
			s.started = true
			s.conn.sessions = []*session{s}
			for range 3 {
				s.traffic.dryAt.Store(s.conn.received.Load())
				s.traffic.taken.Store(0)
				s.conn.received.Add(2 * maxUnread)
				time.AfterFunc(2*time.Second, func() {
					if s.traffic.taken.Store(maxUnread); c.reads {
						s.traffic.waitingSince.Store(1)
					}
				})
				s.conn.awaitReading()
				s.traffic.waitingSince.Store(0)
			}
			if got := s.conn.fate(); got != c.want {
				t.Errorf("held up for two seconds three times, and it is ended for %s, want %s", got, c.want)
			}
		})
	}
}

// The time that a connection is held up for as nobody reads, and that for sending too
// fast, are one.
func TestHeldUpForBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := bare(t, Config{})
		s.started = true
		s.conn.sessions = []*session{s}
		s.conn.received.Store(2 * maxUnread)
		time.AfterFunc(4*time.Second, func() { s.traffic.taken.Store(maxUnread) })
		s.conn.awaitReading()
		began := time.Now()
		s.conn.slow(began, time.Second)
		s.conn.received.Add(2 * floodBytes)
		for s.conn.fate() == None && time.Since(began) < floodTime {
			s.conn.slow(time.Now(), time.Second)
		}
		if d := time.Since(began); s.conn.fate() != Flood || d > 2*time.Second {
			t.Errorf("after four seconds without a reader it was held up for %v more, and ended for %s", d, s.conn.fate())
		}
	})
}
