package memory

import "time"

// stamp is a time: seconds since the last day of 1999, in 31 bits, which last until 2068. Zero is never.
type stamp uint32

const (
	epoch     = 946_598_400 // 1999-12-31T00:00:00Z
	lastStamp = 1<<31 - 1
	day       = 24 * 60 * 60
)

func stampOf(t time.Time) stamp {
	if t.IsZero() {
		return 0
	}
	return stamp(min(max(t.Unix()-epoch, 1), lastStamp))
}

func (s stamp) time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s)+epoch, 0).UTC()
}

// after returns the stamp for an event now, which is later than another stamp even if that came from a clock
// that is ahead.
func after(now, last stamp) stamp { return min(max(now, last+1), lastStamp) }

// event is that a post was read, or is to be unread again: the stamp, and in the last bit which. The
// larger of two is the newer.
type event uint32

func eventOf(at stamp, read bool) event {
	e := event(at) << 1
	if read {
		e |= 1
	}
	return e
}

func (e event) at() stamp  { return stamp(e >> 1) }
func (e event) read() bool { return e&1 != 0 }
