package main

import (
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/sshd"
)

// audience is the blog as one session sees it: authors see drafts, and what is scheduled or expired.
type audience struct {
	library reader.Library
	author  func() bool // asked each time: a reload may have taken the rights of a key
}

// Current implements [reader.Library].
func (a *audience) Current() *library.Index {
	x := a.library.Current()
	if a.author() {
		return x.ForAuthors()
	}
	return x
}

// seenBy returns the blog as a session sees it.
func (a *sessions) seenBy(s sshd.Session) reader.Library {
	return &audience{a.library, func() bool { return a.author(s) != "" }}
}
