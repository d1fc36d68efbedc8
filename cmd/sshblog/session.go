package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"charm.land/ssh"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/feed"
	"github.com/sshblog/sshblog/internal/files"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/lines"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/share"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/terminal"
	"github.com/sshblog/sshblog/internal/theme"
)

// sessions handles every SSH session: it runs the command that was asked for (package
// command), which may start the reader.
type sessions struct {
	reader  *reader.Reader
	lines   lines.Blog
	library reader.Library
	feeds   *feed.Feeds
	logger  *slog.Logger
	drain   time.Duration
	source  bool                      // whether readers may have the Markdown of posts
	themes  []string                  // that readers can ask for, by name
	host    string                    // that readers know, with a port if it is not 22; or ""
	files   *files.Files              // for scp and sftp; nil without source
	authors func(sshd.Session) string // whose key signed; nil: nobody is an author
	memory  *memory.Memory            // nil: readers are not remembered

	shares     *share.Shares // nil: there are no authors
	publishing *publishing   // nil: there are no authors
	statistics func(n int) (posts []command.Opened, since time.Time)
}

// inputBudget bounds a reader's input: keys held down and pastes are far below it. The
// server's own limits count bytes on the wire; this one counts what the decoder has to do,
// and how often a new frame is drawn.
var inputBudget = terminal.Budget{Rate: 64 << 10, Burst: 2 << 20, Turns: 100, Paste: 64 << 10} //nolint:gochecknoglobals // a constant

// resizePause is the least time between two changes of the window's size. Changes that come
// faster replace each other, so a client that changes the size with every packet costs no
// more than one that drags a window.
const resizePause = 30 * time.Millisecond

func (a *sessions) handle(s ssh.Session) {
	session, ok := s.(sshd.Session)
	if !ok {
		_ = s.Exit(1)
		return
	}
	if a.copies(session) || a.git(session) {
		return
	}
	pty, sizes, isPTY := s.Pty()
	var start func()
	c := a.commandSession(session)
	var closeKnown func()
	c.Remembered, closeKnown = a.remembered(session)
	defer closeKnown()
	c.Stdin, c.Stdout, c.Stderr = s, s, s.Stderr()
	c.Terminal, c.Width, c.Height = isPTY, pty.Window.Width, pty.Window.Height
	c.Read = func(r command.Reading) (err error) {
		start, err = a.reading(session, r, pty, sizes)
		return err
	}
	c.Plain = func(r command.Reading) error {
		start = func() {
			a.converse(session, lines.Options{Name: a.loginName(session), Raw: isPTY, Width: pty.Window.Width}, r.Private)
		}
		return nil
	}
	c.Tell = func(name string) error {
		start = func() { a.converse(session, lines.Options{Name: name, Once: true}, true) }
		return nil
	}
	status := command.Run(s.Context(), s.Command(), c)
	switch {
	case status != 0:
		if status == command.Answered {
			awaitEnd(session)
			status = 1
		}
		_ = s.Exit(status)
	case start != nil:
		start()
	}
}

// commandSession returns what commands may use of a session, except for its streams and the readers.
func (a *sessions) commandSession(s sshd.Session) *command.Session {
	user, lost := a.arrival(s)
	return &command.Session{
		User:       user,
		Lost:       lost,
		Shares:     a.sharingOf(s),
		Author:     a.author(s),
		Publishing: a.commands(s),
		Index:      a.seenBy(s).Current().In(languageOf(s)),
		Version:    "sshblog " + buildVersion().Version,
		Source:     a.source,
		OnOpen:     a.lines.OnOpen,
		OnEnd:      a.lines.OnEnd,
		Account:    s.Account(),
		URL:        func(p *post.Post) string { return a.feeds.URL(p, a.hostOf(s)) },
		Page: func(ctx context.Context, p *post.Post, width int, r command.Reading) (*render.Page, error) {
			look, err := a.printed(r)
			if err != nil {
				return nil, err
			}
			return a.lines.Pages.Page(ctx, s.Account(), p, width, look)
		},
		Feed: func(ctx context.Context, w io.Writer, format, category string) error {
			return a.feeds.Write(ctx, s.Account(), w, feed.Request{Format: format, Category: category, Host: a.hostOf(s)})
		},
	}
}

// How long an answered client may take to end its input, and how many bytes it may send until then.
const (
	answerTime  = 3 * time.Second
	answerInput = 64 << 10
)

// awaitEnd waits until a client has ended its input. PuTTY's pscp does so after showing the answer; if the
// channel is closed before, it shows only that.
func awaitEnd(s sshd.Session) {
	ended := make(chan struct{})
	if !s.Account().Go(func() {
		defer close(ended)
		_, _ = io.CopyN(io.Discard, s, answerInput)
	}) {
		return
	}
	select {
	case <-ended:
	case <-time.After(answerTime):
	case <-s.Context().Done():
	}
}

// refuseFiles answers a client that tries to copy files. Refusing the subsystem would be less clear: clients
// show standard error, but no reason for a refused request.
func refuseFiles(s ssh.Session) {
	const why = "there is no sftp here, and no files can be copied; read the blog with ssh HOST"
	_, _ = io.WriteString(s.Stderr(), command.Refusal(why, 0)) // who is refused may be gone
	_ = s.Exit(2)
}

// waitsForSFTP reports whether a client waits for the server's answer until the connection is closed, although
// the channel was, as curl and other users of libssh2 do. They show the refusal of a subsystem.
func waitsForSFTP(clientVersion string) bool {
	return strings.HasPrefix(clientVersion, "SSH-2.0-libssh2_")
}

// reading returns a function that runs the reader until the session ends. The error is for
// the client.
func (a *sessions) reading(s sshd.Session, r command.Reading, pty ssh.Pty, sizes <-chan ssh.Window) (start func(), err error) {
	if pty.Term == "dumb" {
		return func() { a.converse(s, lines.Options{Name: r.Slug, Raw: true, Width: pty.Window.Width}, r.Private) }, nil
	}
	if r.Theme != "" && !slices.Contains(a.themes, r.Theme) {
		return nil, a.noTheme(r.Theme)
	}
	options := reader.Options{Library: a.seenBy(s), Address: a.addressFor(s), Theme: r.Theme, Language: languageOf(s), Upright: !terminal.Italics(pty.Term), Account: s.Account()}
	v := a.visits(s, r.Private)
	options.Forget, options.Unkept = v.forget, v.why
	if v.memory != nil { // a nil pointer in an interface would not be nil
		options.Memory = v.memory
	}
	index := a.library.Current()
	user, _ := a.arrival(s)
	model := a.reader.Model(s.Context(), options)
	if r.Slug != "" {
		there, ok := a.reader.At(s.Context(), r.Slug, options)
		switch {
		case ok:
			model = there
		case r.Slug != user: // a reload may have just removed the target of the login name
			v.over()
			return nil, fmt.Errorf("there is no post %q", r.Slug)
		}
	}
	environ := append(s.Environ(), "TERM="+pty.Term)
	if r.NoColor {
		environ = append(environ, "NO_COLOR=1")
	}
	host := terminal.New(model, terminal.Options{
		Input:    s,
		Output:   s,
		MaxWrite: sshd.MaxWrite,
		Width:    pty.Window.Width,
		Height:   pty.Window.Height,
		Environ:  environ,
		Budget:   inputBudget,
		Account:  s.Account(),
	})
	return func() {
		defer v.over()
		defer model.Close()
		a.show(s, host, index, sizes, &v)
	}, nil
}

// printed returns the theme for printing a post. The terminal is unknown, so the colours are those that every
// terminal has.
func (a *sessions) printed(r command.Reading) (*theme.Theme, error) {
	if r.NoColor {
		return a.lines.Themes.Linear(), nil
	}
	look, ok := a.lines.Themes.Named(cmp.Or(r.Theme, theme.Neutral), true, colorprofile.ANSI)
	if !ok {
		return nil, a.noTheme(r.Theme)
	}
	return look, nil
}

func (a *sessions) noTheme(name string) error {
	return fmt.Errorf("there is no theme %q; there are %s", name, strings.Join(a.themes, ", "))
}

// hostOf returns the host of URLs that lead here, with its port if that is not SSH's.
func (a *sessions) hostOf(s ssh.Session) string {
	host, port := hostAndPort(cmp.Or(a.host, s.LocalAddr().String()))
	if port != "22" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// show runs a reader.
//
// wish's Bubble Tea middleware is not used: it runs a tea.Program, whose cost
// package terminal exists to avoid.
func (a *sessions) show(s sshd.Session, host *terminal.Host, index *library.Index, sizes <-chan ssh.Window, v *keptVisit) {
	host.Start()
	draining := s.Draining()
	look := a.looks(s)
	defer look.stop()
	changes := sizes
	var rested <-chan time.Time
	for {
		select {
		case <-host.Done():
			a.ended(s, host.Err())
			return
		case size := <-changes:
			host.Resize(size.Width, size.Height)
			changes, rested = nil, time.After(resizePause)
		case <-rested:
			changes = sizes
		case <-index.Superseded():
			index = a.library.Current()
			host.Send(reader.Superseded())
		case <-look.again:
			if look.differs() {
				host.Send(reader.Superseded())
			}
		case <-v.changed:
			v.again()
			host.Send(reader.Remembered())
		case n := <-s.Notices():
			host.Send(reader.Notice(warning(n)))
		case <-draining:
			draining = nil
			host.Send(reader.Notice(a.farewell()))
		case <-s.Context().Done():
			host.Stop("") // the server tells the client why
		}
	}
}

// languageOf returns the language that a client reads in, as its locale says.
func languageOf(s ssh.Session) string { return post.Language(terminal.Language(s.Environ())) }

// loginName returns the login name if it leads somewhere, or "": clients send names of all kinds.
func (a *sessions) loginName(s sshd.Session) string {
	name, _ := a.arrival(s)
	if _, ok := a.seenBy(s).Current().In(languageOf(s)).Named(name); ok {
		return name
	}
	return ""
}

// addressFor returns what makes the command that opens a post: at the blog's public name if there
// is one, otherwise at the address of this connection.
func (a *sessions) addressFor(s ssh.Session) func(address string) string {
	host, port := hostAndPort(cmp.Or(a.host, s.LocalAddr().String()))
	return func(address string) string {
		if !isLoginName(address) {
			return sshTo("ssh -t", host, port) + " open " + address
		}
		return sshTo("ssh", address+"@"+host, port)
	}
}

// maxLoginName is the longest address, in bytes, that is shown as a login name.
const maxLoginName = 100

// isLoginName reports whether the address of a post can be used as a login name without quoting: OpenSSH
// expands "%", and shells "~".
func isLoginName(address string) bool {
	return len(address) <= maxLoginName && !strings.ContainsAny(address, "%~")
}

// farewell is the last line for readers when the server stops.
func (a *sessions) farewell() string {
	return fmt.Sprintf("The server restarts in %s. Come back in a moment.", a.drain)
}

// ended ends the session with the reason why the reader ended. After a panic it panics again, so that the
// client, the log and the metrics get it.
func (a *sessions) ended(s sshd.Session, err error) {
	var crash *terminal.PanicError
	switch {
	case errors.As(err, &crash):
		a.logger.Error("panic in a reader", "panic", fmt.Sprint(crash.Value), "stack", string(crash.Stack))
		panic(crash)
	case errors.Is(err, terminal.ErrInputBudget):
		s.End(sshd.InputLimit)
	case errors.Is(err, terminal.ErrMemory), errors.Is(err, terminal.ErrTasks):
		s.End(sshd.Resources)
	case err != nil:
		a.logger.Debug("reader ended", "error", err)
	}
}

// warning says that a session will be ended, and how to prevent it. In a narrow window only
// the beginning is visible.
func warning(n sshd.Notice) string {
	left := n.Left.Round(time.Second)
	if n.Reason == sshd.Idle {
		return fmt.Sprintf("Closes in %s unless you press a key.", left)
	}
	return fmt.Sprintf("Closes in %s: the time for a session is up.", left)
}
