package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/terminal"
)

// sessions answers every SSH session: with the reader where there is a
// terminal, with lines of text where there is none.
type sessions struct {
	reader  *reader.Reader
	library reader.Library
	logger  *slog.Logger
	drain   time.Duration
}

// inputBudget bounds what a reader types: keys held down and pastes are far
// below it. The server's own limits count bytes of the wire; this one counts
// what the decoder has to do.
var inputBudget = terminal.Budget{Rate: 64 << 10, Burst: 2 << 20, Paste: 64 << 10} //nolint:gochecknoglobals // a constant

func (a *sessions) handle(s ssh.Session) {
	session, ok := s.(sshd.Session)
	if !ok {
		_ = s.Exit(1)
		return
	}
	pty, sizes, isPTY := s.Pty()
	switch {
	case s.RawCommand() != "":
		_, _ = fmt.Fprintln(s.Stderr(), "sshblog: there are no commands yet; leave the command away to read the blog")
		_ = s.Exit(2)
	case !isPTY:
		a.plain(s)
	default:
		a.read(session, pty, sizes)
	}
}

// read shows the reader until the session ends from either side.
//
// wish's Bubble Tea middleware is not used: it runs a tea.Program, whose cost
// package terminal exists to avoid.
func (a *sessions) read(s sshd.Session, pty ssh.Pty, sizes <-chan ssh.Window) {
	ctx := s.Context()
	host := terminal.New(a.reader.Model(ctx), terminal.Options{
		Input:   s,
		Output:  s,
		Width:   pty.Window.Width,
		Height:  pty.Window.Height,
		Environ: append(s.Environ(), "TERM="+pty.Term),
		Budget:  inputBudget,
	})
	host.Start()
	draining := s.Draining()
	for {
		select {
		case <-host.Done():
			a.ended(host.Err())
			return
		case size := <-sizes:
			host.Resize(size.Width, size.Height)
		case n := <-s.Notices():
			host.Send(reader.Notice(warning(n)))
		case <-draining:
			draining = nil
			host.Send(reader.Notice(fmt.Sprintf("The server restarts in %s. Come back in a moment.", a.drain)))
		case <-ctx.Done():
			host.Stop("") // the server tells the client why
		}
	}
}

// ended acts on why the reader is over. A panic goes on from here: the server
// tells the client, the log and the metrics of those in one way.
func (a *sessions) ended(err error) {
	var crash *terminal.PanicError
	switch {
	case errors.As(err, &crash):
		a.logger.Error("panic in a reader", "panic", fmt.Sprint(crash.Value), "stack", string(crash.Stack))
		panic(crash)
	case err != nil:
		a.logger.Debug("reader ended", "error", err)
	}
}

// warning says that a session will be ended, and what helps.
func warning(n sshd.Notice) string {
	left := n.Left.Round(time.Second)
	if n.Reason == sshd.Idle {
		return fmt.Sprintf("Still there? Without a key this closes in %s.", left)
	}
	return fmt.Sprintf("This session has reached its time limit and closes in %s.", left)
}

// plain answers a client without a terminal in lines that a pipe, a log or a
// screen reader can take.
func (a *sessions) plain(s ssh.Session) {
	index := a.library.Current()
	blog := index.Blog()
	var b strings.Builder
	fmt.Fprintln(&b, blog.Title)
	if blog.Tagline != "" {
		fmt.Fprintln(&b, blog.Tagline)
	}
	fmt.Fprintf(&b, "%s. The newest:\n\n", count(index.All().Len(), "post"))
	for _, p := range index.All().Page(1) {
		day := "undated   "
		if !p.Date.IsZero() {
			day = p.Date.Format(time.DateOnly)
		}
		fmt.Fprintf(&b, "%s  %s (%s)\n", day, p.Title, p.Slug)
	}
	fmt.Fprintln(&b, "\nTo read them, connect with a terminal: ssh -t and this host's name.")
	_, _ = io.WriteString(s, b.String())
}
