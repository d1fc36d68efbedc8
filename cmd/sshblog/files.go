package main

import (
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

// serveFiles has the server answer those who copy files: with the posts or, without source, with a
// line that there are none.
func (a *sessions) serveFiles(cfg *sshd.Config, lib files.Library) {
	if !a.source {
		cfg.Subsystems = map[string]ssh.SubsystemHandler{"sftp": refuseFiles}
		cfg.RefuseSubsystems = waitsForSFTP
		return
	}
	a.files = &files.Files{Library: lib}
	cfg.Subsystems = map[string]ssh.SubsystemHandler{"sftp": a.sftp}
}

// filesFor are the posts and their feed for a session, whose host the feed's addresses have.
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

// rsyncRefusal is for rsync's standard error: what it takes for its protocol it would show as noise.
const rsyncRefusal = "rsync does not work here: copy files with sftp or scp, and whole folders with lftp (mirror) or rclone (sync)"

// copies answers a session that wants to copy files with a command, and reports whether it does.
func (a *sessions) copies(s sshd.Session) bool {
	words := s.Command()
	if a.files == nil || len(words) == 0 {
		return false
	}
	if _, _, isPTY := s.Pty(); isPTY {
		return false
	}
	if source, upload, ok := files.ParseSCP(words); ok {
		switch {
		case upload:
			_ = files.RefuseUpload(s, files.ReadOnly) // who is refused may be gone
			awaitEnd(s)
			_ = s.Exit(1)
		default:
			a.copy(s, func(ctx context.Context, c *files.Client) (bool, error) { return a.filesFor(s).SCP(ctx, c, source) })
		}
		return true
	}
	switch path.Base(words[0]) {
	case "sftp-server", "internal-sftp": // as "sftp -s" and old clients ask for it
		a.serveSFTP(s)
	case "rsync":
		_, _ = io.WriteString(s.Stderr(), command.Refusal(rsyncRefusal, 0))
		_ = s.Exit(1)
	default:
		return false
	}
	return true
}

// sftp answers the subsystem.
func (a *sessions) sftp(s ssh.Session) {
	session, ok := s.(sshd.Session)
	if !ok {
		_ = s.Exit(1)
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
	}
	type result struct {
		all bool
		err error
	}
	// Nothing but the end of its input wakes it: that comes when this has returned.
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
	select {
	case r := <-over:
		if r.err != nil || !r.all {
			if errors.Is(r.err, files.ErrProtocol) {
				_, _ = io.WriteString(s.Stderr(), command.Refusal(fmt.Sprint(r.err), 0))
			}
		}
		a.ended(s, r.err) // which panics if the copy has
		if r.err != nil || !r.all {
			_ = s.Exit(1)
		}
	case <-ctx.Done(): // the server tells the client why
	}
}
