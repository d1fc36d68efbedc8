package library

import (
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// Reasons for which a valid post is not published.
const (
	Draft   = "draft"   // until its author says otherwise
	Future  = "future"  // until its publish date
	Expired = "expired" // since its expiry date
	Hidden  = "hidden"  // its engine does not publish it
)

// Excluded is a valid but unpublished post.
type Excluded struct {
	// Path of the file, slash-separated, inside the posts folder, byte for
	// byte: use plaintext.Clean before showing it.
	Path string
	// Address that the post would have.
	Address string
	// Reason is Draft, Future, Expired or Hidden.
	Reason string
	// Detail explains the Reason where that alone is not enough; or "".
	Detail string
	// Until is when a Future post appears; else zero.
	Until time.Time
	// Post is what it will be, but for translations.
	Post *post.Post
}

// span is the range of time in which an Index is right: from since to before until. Zero means no bound.
type span struct{ since, until time.Time }

// holds reports whether the clock is in the span.
func (s *span) holds(now time.Time) bool {
	return !now.Before(s.since) && (s.until.IsZero() || now.Before(s.until))
}

// bound narrows the span by t, a time at which a post appears or disappears, to the side on which now is.
func (s *span) bound(t, now time.Time) {
	switch {
	case t.IsZero():
	case !now.Before(t):
		if t.After(s.since) {
			s.since = t
		}
	case s.until.IsZero() || t.Before(s.until):
		s.until = t
	}
}

// reasonAgainst returns why a post with a publish time and an expiry time, either of which may be zero, is not
// published now, or "".
func reasonAgainst(since, until, now time.Time) string {
	switch {
	case !until.IsZero() && !now.Before(until):
		return Expired
	case now.Before(since):
		return Future
	default:
		return ""
	}
}

// begin is when p starts to be listed, for a clock that shows now; zero if it always was.
//
// A publish date is an instant. A date without a time of day, which is parsed as midnight UTC, has come as soon
// as the calendar of the clock's location shows that day, since an author east of Greenwich who dates a post
// today means now. With a calendar, days without a time of day begin at its midnight.
func begin(p *post.Post, now time.Time, calendar *time.Location) time.Time {
	if !p.PublishDate().IsZero() {
		return onDay(p.PublishDate(), calendar)
	}
	if calendar != nil {
		return onDay(p.Date, calendar)
	}
	if local := onDay(p.Date, now.Location()); local.Before(p.Date) {
		return local
	}
	return p.Date
}

// onDay returns when the day begins in a calendar whose date t, at midnight UTC, is. Any other time is returned
// unchanged, and so is any without a calendar.
func onDay(t time.Time, calendar *time.Location) time.Time {
	utc := t.UTC()
	if t.IsZero() || calendar == nil || !utc.Equal(utc.Truncate(24*time.Hour)) {
		return t
	}
	return time.Date(utc.Year(), utc.Month(), utc.Day(), 0, 0, 0, 0, calendar)
}
