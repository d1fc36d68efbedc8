package main

import (
	"sync"
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/share"
	"github.com/sshblog/sshblog/internal/sshd"
)

// audience is the blog as one session sees it: authors see drafts, scheduled and expired posts, and a session
// with the name of a share sees that post as well. Rights are checked at each access: a reload may have revoked
// a key, and a share may have expired.
type audience struct {
	sessions *sessions
	session  sshd.Session
	language string // of a post that is shared

	mu      sync.Mutex
	of      *library.Index // that shared is made of
	address string         // of the post
	shared  *library.Index
}

// seenBy returns the blog as a session sees it.
func (a *sessions) seenBy(s sshd.Session) reader.Library {
	return &audience{sessions: a, session: s, language: languageOf(s)}
}

// Current implements [reader.Library]. It returns the same index until something changes.
func (a *audience) Current() *library.Index {
	x := a.sessions.library.Current()
	if address, ok := a.sessions.sharedWith(a.session); ok {
		return a.sharing(x, address)
	}
	if a.sessions.author(a.session) != "" {
		return x.ForAuthors()
	}
	return x
}

// sharing returns the index with the post that is shared, if there is one at that address.
func (a *audience) sharing(x *library.Index, address string) *library.Index {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of != x || a.address != address {
		a.of, a.address, a.shared = x, address, x
		if shared, ok := x.In(a.language).Sharing(address); ok {
			a.shared = shared
		}
	}
	return a.shared
}

// lookPause is the time from one look at what a session may see to the next.
const lookPause = 10 * time.Second

// looks notices the end of a share, or of an author's key, although the index is the same.
type looks struct {
	again <-chan time.Time // nil: no right can end
	stop  func()
	seen  reader.Library
	had   *library.Index
}

func (a *sessions) looks(s sshd.Session) *looks {
	if (a.shares == nil || !share.IsName(s.User())) && a.author(s) == "" {
		return &looks{stop: func() {}}
	}
	ticker := time.NewTicker(lookPause)
	l := &looks{again: ticker.C, stop: ticker.Stop, seen: a.seenBy(s)}
	l.had = l.seen.Current()
	return l
}

// differs reports whether the session sees another index than at the last look.
func (l *looks) differs() bool {
	now := l.seen.Current()
	same := now == l.had
	l.had = now
	return !same
}

// sharedWith returns the address of the post that a session's login name shares.
func (a *sessions) sharedWith(s ssh.Session) (address string, ok bool) {
	if a.shares == nil || !share.IsName(s.User()) {
		return "", false
	}
	return a.shares.Find(s.User())
}

// lostShare is the message for every login name that has the form of a share's and opens nothing, whatever
// the reason.
const lostShare = "this link is wrong or has expired; ask for a new one"

// arrival returns the name that a session starts at, which may lead nowhere, and the message for that case.
func (a *sessions) arrival(s ssh.Session) (name, lost string) {
	if address, ok := a.sharedWith(s); ok {
		return address, lostShare
	}
	if a.shares != nil && share.IsName(s.User()) {
		return s.User(), lostShare
	}
	return s.User(), ""
}
