package main

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"time"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/files"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/sshd"
)

// uploads lets an author's client send files. Others stay readers, and get the reason if they cannot publish.
func (a *sessions) uploads(s sshd.Session, c *files.Client) {
	if a.publishing == nil {
		return
	}
	if _, err := a.publishing.admit(s); err != nil {
		c.Refusal = err.Error()
		return
	}
	if a.publishing.publisher == nil {
		c.Refusal = a.publishing.off.Error()
		return
	}
	c.Whole = s.Whole
	c.Begin = func(ctx context.Context) (files.Transfer, error) {
		t, err := a.publishing.begin(ctx, s)
		if err != nil {
			return nil, err
		}
		return &upload{Transfer: t, a: a, session: s}, nil
	}
}

// upload adapts a transfer to package files.
type upload struct {
	*push.Transfer
	a       *sessions
	session sshd.Session
}

// none converts the error for a missing file to that of package files.
func none(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return files.ErrNone
	}
	return err
}

// may returns an error if the session's client has lost its right: a reload may have revoked it.
func (u *upload) may() error {
	_, err := u.a.publishing.admit(u.session)
	return err
}

// Names implements [files.Transfer], as all here.
func (u *upload) Names() iter.Seq[string] {
	if u.may() != nil {
		return func(func(string) bool) {}
	}
	return u.Transfer.Names()
}

// Stat looks at a file.
func (u *upload) Stat(name string) (size int64, changed time.Time, err error) {
	if err := u.may(); err != nil {
		return 0, time.Time{}, err
	}
	info, err := u.Transfer.Stat(name)
	if err != nil {
		return 0, time.Time{}, none(err)
	}
	return info.Size(), info.ModTime(), nil
}

// Open opens a file.
func (u *upload) Open(name string) (files.Reading, error) {
	if err := u.may(); err != nil {
		return nil, err
	}
	f, err := u.Transfer.Open(name)
	if err != nil {
		return nil, none(err)
	}
	return f, nil
}

// Create begins a file.
func (u *upload) Create(name string) (files.Upload, error) {
	if err := u.may(); err != nil {
		return nil, err
	}
	f, err := u.Transfer.Create(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Remove removes a file.
func (u *upload) Remove(name string) error { return none(u.Transfer.Remove(name)) }

// Rename renames a file.
func (u *upload) Rename(ctx context.Context, from, to string) ([]post.Problem, error) {
	problems, err := u.Transfer.Rename(ctx, from, to)
	return problems, none(err)
}

// Finish publishes what was sent.
func (u *upload) Finish(ctx context.Context) (told string, published bool) {
	out, err := u.a.publishing.finish(ctx, u.session, u.Transfer)
	if err != nil {
		return command.Refusal(err.Error(), 0), false
	}
	return out.Text(u.a.addressFor(u.session)), !out.Refused()
}
