package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/sshd"
)

// publishing lets sessions publish. nil stands for a blog without authors.
type publishing struct {
	publisher *push.Publisher // nil: nobody can publish
	off       error           // the reason then, for authors
	author    func(sshd.Session) string
	files     *postFiles
}

// begin begins a transfer for the author of a session. For others it returns an error; errors are for the
// client, here and below.
func (p *publishing) begin(ctx context.Context, s sshd.Session) (*push.Transfer, error) {
	author, err := p.admit(s)
	if err != nil {
		return nil, err
	}
	if p.publisher == nil {
		return nil, p.off
	}
	return p.publisher.Begin(ctx, push.Client{Author: author, Source: sourceOf(s.RemoteAddr()), Account: s.Account()})
}

// finish publishes it, unless a reload has revoked its author's right since it began.
func (p *publishing) finish(ctx context.Context, s sshd.Session, t *push.Transfer) (*push.Outcome, error) {
	if _, err := p.admit(s); err != nil {
		t.End()
		return nil, err
	}
	return t.Finish(ctx)
}

// admit returns the author that a session's client is.
func (p *publishing) admit(s sshd.Session) (string, error) {
	if p == nil {
		return "", errors.New("nobody publishes here over SSH")
	}
	if author := p.author(s); author != "" {
		return author, nil
	}
	if key := s.PublicKey(); key != nil {
		return "", fmt.Errorf("this is for the blog's authors, and your key is none of theirs: %s", gossh.FingerprintSHA256(key))
	}
	return "", errors.New("this is for the blog's authors, and you have come without a key: name yours with ssh -i FILE")
}

// stillPatience is how long a reload waits for a publish that is under way. After that it reads the posts all
// the same, except while this process replaces files.
const stillPatience = 30 * time.Second

// openPublisher prepares the posts folder for authors, if there are any. It does not touch a folder that is the
// operator's own repository.
func (p *program) openPublisher(ctx context.Context) error {
	if p.settings.Authors == "" {
		return nil
	}
	folder, err := library.Dir(p.settings.Posts).Open(".")
	if err != nil {
		return folderError(p.settings.Posts, err)
	}
	_ = folder.Close() // it is there
	p.publishing = &publishing{author: p.author, files: newPostFiles(p.settings.Posts)}
	publisher, err := push.Open(ctx, push.Config{
		Posts: p.settings.Posts, State: p.settings.State, Shared: p.sharedPosts(),
		Check: p.checkSent, Reload: p.readPublished, Locate: p.locate, Logger: p.logger,
	})
	if errors.Is(err, push.ErrForeign) {
		p.warnOfForeign(err)
		p.publishing.off = err
		return nil
	}
	if publisher == nil || errors.Is(err, push.ErrEmpty) { // readers would have no post either
		return err
	}
	p.publishing.publisher = publisher
	p.health.publisher.Store(publisher)
	if err != nil && !publisher.Broken() { // else whoever reads the posts next tries it again, and says so
		p.logger.Error(cannotPublish, "error", err)
	}
	return nil
}

// cannotPublish is logged if authors cannot publish, though readers are served.
const cannotPublish = "authors cannot publish, and readers are served all the same; each reload tries it again"

// canPublish does the checks of openPublisher, without effects.
func (p *program) canPublish() error {
	if p.settings.Authors == "" {
		return nil
	}
	err := push.Writable(p.settings.Posts)
	if errors.Is(err, push.ErrForeign) {
		p.warnOfForeign(err)
		return nil
	}
	if err != nil {
		return err
	}
	hidden, err := push.Hidden(p.settings.Posts)
	for _, name := range hidden {
		p.logger.Warn("the server may not read this, so that authors cannot change it", "folder", p.settings.Posts, "name", plaintext.Clean(name))
	}
	return err
}

func (p *program) warnOfForeign(err error) {
	p.logger.Warn("authors cannot publish over SSH", "reason", err, "folder", p.settings.Posts)
}

// still commits what was changed in the folder by hand, and calls f while nothing is being published.
func (p *program) still(f func()) {
	if p.publishing == nil || p.publishing.publisher == nil {
		f()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stillPatience)
	defer cancel()
	err := p.publishing.publisher.Still(ctx, f)
	switch {
	case err != nil && p.publishing.publisher.Broken():
		p.logger.Error(cannotPublish, "error", err)
	case err != nil:
		p.logger.Warn("what was changed in the posts folder by hand is not in the history yet", "error", err)
	}
}

// errHandedOn is the error when the process that publishes no longer knows what readers see.
var errHandedOn = errors.New("the server has been upgraded, and its successor reads them")

// readPublished reloads the posts after a publish.
func (p *program) readPublished(ctx context.Context) error {
	_, err := p.reloads.wait(ctx, scope{posts: true})
	if successor := p.successor.Load(); successor != nil && errors.Is(err, errReplaced) {
		select {
		case <-successor.Ended(): // it has a successor itself, or has ended
		default:
			successor.Reload()
			return errHandedOn
		}
	}
	return err
}

// locate returns the address of the post in a file, or why readers do not see it.
func (p *program) locate(file string) (address, held string) {
	index := p.health.library.Load().Current()
	if at, ok := index.InFile(file); ok {
		return at.Address, ""
	}
	if out, ok := index.Withheld(file); ok {
		if out.Detail != "" {
			return "", out.String()
		}
		state := out.State()
		return "", strings.ToLower(state[:1]) + state[1:]
	}
	return "", index.Broken(file)
}

// commands are what the commands of authors use in a session.
func (a *sessions) commands(s sshd.Session) *command.Publishing {
	if a.publishing == nil {
		return nil
	}
	return &command.Publishing{
		Admit: func() error { _, err := a.publishing.admit(s); return err },
		Begin: func(ctx context.Context) (*push.Transfer, error) { return a.publishing.begin(ctx, s) },
		Finish: func(ctx context.Context, t *push.Transfer) (*push.Outcome, error) {
			return a.publishing.finish(ctx, s, t)
		},
		Open: func(file string) (io.ReadCloser, error) {
			return a.publishing.files.openFile(sourceOf(s.RemoteAddr()), file)
		},
		Whole:  s.Whole,
		Log:    a.publishing.log,
		Link:   a.addressFor(s),
		Opened: a.statistics,
	}
}

// log calls f for what was published, the newest first.
func (p *publishing) log(f func(push.Entry) bool) error {
	if p.publisher == nil {
		return p.off
	}
	return p.publisher.Log(f)
}
