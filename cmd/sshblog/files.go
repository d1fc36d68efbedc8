package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/feed"
	"github.com/sshblog/sshblog/internal/files"
	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/terminal"
)

// serveFiles configures scp and sftp: for posts or, without source, with a refusal for all but authors.
func (a *sessions) serveFiles(cfg *sshd.Config, lib files.Library) {
	a.files = &files.Files{Library: lib}
	cfg.Subsystems = map[string]ssh.SubsystemHandler{"sftp": a.sftp}
	if !a.source {
		cfg.RefuseSubsystems = waitsForSFTP
	}
}

// hasFiles reports whether a session's client may copy files.
func (a *sessions) hasFiles(s sshd.Session) bool {
	return a.files != nil && (a.source || a.publishing != nil && a.author(s) != "")
}

// filesFor returns the posts, and the feed with the session's host in its addresses.
func (a *sessions) filesFor(s sshd.Session) *files.Files {
	r := feed.Request{Format: "atom", Host: a.hostOf(s)}
	return &files.Files{Library: a.files.Library, Others: []files.File{{
		Name: "feed.atom",
		Write: func(ctx context.Context, account *ledger.Account, w io.Writer) error {
			return a.feeds.Write(ctx, account, w, r)
		},
		Size: func(ctx context.Context, account *ledger.Account) (int64, error) {
			return a.feeds.Size(ctx, account, r)
		},
	}}}
}

// rsyncRefusal goes to rsync's standard error; on standard output it would be taken for rsync's protocol.
const rsyncRefusal = "rsync does not work here: copy files with sftp or scp, and whole folders with lftp (mirror) or rclone (sync)"

// copies handles a session whose command copies files, and reports whether it does.
func (a *sessions) copies(s sshd.Session) bool {
	words := s.Command()
	if len(words) == 0 {
		return false
	}
	if _, _, isPTY := s.Pty(); isPTY {
		return false
	}
	if path.Base(words[0]) == "rsync" {
		_, _ = io.WriteString(s.Stderr(), command.Refusal(rsyncRefusal, 0))
		_ = s.Exit(1)
		return true
	}
	if !a.hasFiles(s) {
		return false
	}
	if source, upload, ok := files.ParseSCP(words); ok {
		switch {
		case upload:
			a.receive(s, source)
		default:
			a.copy(s, func(ctx context.Context, c *files.Client) (bool, error) { return a.filesFor(s).SCP(ctx, c, source) })
		}
		return true
	}
	switch path.Base(words[0]) {
	case "sftp-server", "internal-sftp": // as "sftp -s" and old clients ask for it
		a.serveSFTP(s)
	default:
		return false
	}
	return true
}

// receive takes what a client sends over scp's protocol, if it is an author's.
func (a *sessions) receive(s sshd.Session, target files.Source) {
	a.copy(s, func(ctx context.Context, c *files.Client) (bool, error) {
		var err error
		if c.Begin == nil {
			err = files.RefuseUpload(s, cmp.Or(c.Refusal, files.ReadOnly))
		} else if err = a.filesFor(s).Receive(ctx, c, target); err == nil {
			return true, nil
		}
		awaitEnd(s)
		return false, err
	})
}

// sftp answers the subsystem.
func (a *sessions) sftp(s ssh.Session) {
	session, ok := s.(sshd.Session)
	if !ok || !a.hasFiles(session) {
		refuseFiles(s)
		return
	}
	a.serveSFTP(session)
}

func (a *sessions) serveSFTP(s sshd.Session) {
	a.copy(s, func(ctx context.Context, c *files.Client) (bool, error) { return true, a.filesFor(s).SFTP(ctx, c) })
}

// copy serves a client that copies files, and exits with 1 if it could not have all.
func (a *sessions) copy(s sshd.Session, serve func(context.Context, *files.Client) (all bool, err error)) {
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	client := &files.Client{
		Input: s, Output: s, Stderr: s.Stderr(),
		Account: s.Account(), Language: languageOf(s), Await: s.Pace,
		Refused: func() { s.Refused("writing files") },
	}
	a.uploads(s, client)
	type result struct {
		all bool
		err error
	}
	// Only the end of its input wakes it, which comes after this function has returned.
	over := make(chan result, 1)
	if !s.Account().Go(func() {
		var r result
		defer func() {
			if v := recover(); v != nil {
				r.err = &terminal.PanicError{Value: v, Stack: debug.Stack()}
			}
			over <- r
		}()
		r.all, r.err = serve(ctx, client)
	}) {
		a.ended(s, terminal.ErrTasks)
		return
	}
	var r result
	select {
	case r = <-over:
	case <-ctx.Done():
		if client.Begin == nil || !leftItself(ctx) {
			return // the server tells the client why
		}
		r = <-over // what has arrived is still published
	}
	if errors.Is(r.err, files.ErrProtocol) {
		_, _ = io.WriteString(s.Stderr(), command.Refusal(fmt.Sprint(r.err), 0))
	}
	if errors.Is(r.err, files.ErrRefused) {
		a.logger.Info("not all that an author has sent is published", "author", a.author(s))
	}
	a.ended(s, r.err) // it panics if the copy has panicked
	if r.err != nil || !r.all {
		_ = s.Exit(1)
	}
}

// leftItself reports whether a session has ended because its client closed it.
func leftItself(ctx context.Context) bool {
	end, ok := errors.AsType[*sshd.EndError](context.Cause(ctx))
	return ok && end.Reason == sshd.ClientClosed
}
