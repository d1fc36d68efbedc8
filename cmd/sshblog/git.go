package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/files"
	"github.com/sshblog/sshblog/internal/gitserve"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/sshd"
)

// git handles a session of git's, and reports whether it is one. Only authors may push or fetch, since drafts
// are in the history.
func (a *sessions) git(s sshd.Session) bool {
	service, repository, ok := gitserve.Parse(s.Command())
	if !ok || a.publishing == nil { // without authors these commands do not exist
		return false
	}
	err := a.admitGit(s, service, repository)
	if err != nil {
		_, _ = io.WriteString(s.Stderr(), command.Refusal(err.Error(), 0)) // who is refused may be gone
		_ = s.Exit(1)
		return true
	}
	a.copy(s, func(ctx context.Context, c *files.Client) (done bool, err error) {
		client := &gitserve.Client{Input: c.Input, Output: c.Output, Stderr: c.Stderr, Account: c.Account, Await: c.Await, Address: a.addressFor(s), Admit: func() error { return a.admitGit(s, service, repository) }}
		if service == gitserve.ReceivePack {
			done, err = gitserve.Receive(ctx, client, a.gitAuthor(s))
		} else {
			err = a.gitUpload(ctx, client)
			done = err == nil
		}
		if err != nil && !gitserve.Lost(err) && ctx.Err() == nil {
			_, err = io.WriteString(c.Stderr, command.Refusal(err.Error(), 0))
		}
		return done, err
	})
	return true
}

// admitGit returns the reason why a session has no access to the repository.
func (a *sessions) admitGit(s sshd.Session, service, repository string) error {
	if _, err := a.publishing.admit(s); err != nil {
		return err
	}
	switch {
	case a.publishing.publisher == nil:
		return a.publishing.off
	case service == gitserve.UploadArchive:
		return errors.New("there are no archives here: git clone, and git archive there")
	case !gitserve.IsPosts(repository):
		return fmt.Errorf("no such repository; try ssh://%s/posts", a.hostOf(s))
	}
	return nil
}

func (a *sessions) gitAuthor(s sshd.Session) *gitserve.Author {
	return &gitserve.Author{
		Begin: func(ctx context.Context) (*push.Transfer, error) { return a.publishing.begin(ctx, s) },
		Finish: func(ctx context.Context, t *push.Transfer) (*push.Outcome, error) {
			return a.publishing.finish(ctx, s, t)
		},
		Repository: a.publishing.publisher.Repository,
	}
}

// gitUpload sends the history, after committing what was changed in the folder by hand.
func (a *sessions) gitUpload(ctx context.Context, c *gitserve.Client) error {
	p := a.publishing.publisher
	if err := p.Settle(ctx); err != nil && !errors.Is(err, push.ErrApart) && !errors.Is(err, push.ErrCatchingUp) { // the history is sent as it is
		return err
	}
	repository, err := p.Repository()
	if err != nil {
		return err
	}
	return gitserve.Upload(ctx, c, repository)
}
