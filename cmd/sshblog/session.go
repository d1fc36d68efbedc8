package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"

	"charm.land/ssh"
	"github.com/charmbracelet/x/ansi"

	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/terminal"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// sessions answers every SSH session: with the reader where there is a
// terminal, with lines of text where there is none.
type sessions struct {
	reader  *reader.Reader
	library reader.Library
	logger  *slog.Logger
	drain   time.Duration
	themes  []string // that readers can ask for, by name
	host    string   // that readers know, with a port if it is not 22; or ""
}

// inputBudget bounds what a reader types: keys held down and pastes are far
// below it. The server's own limits count bytes of the wire; this one counts
// what the decoder has to do, and how often there is something new to see.
var inputBudget = terminal.Budget{Rate: 64 << 10, Burst: 2 << 20, Turns: 100, Paste: 64 << 10} //nolint:gochecknoglobals // a constant

// resizePause is how long a window keeps a size at least. Changes that come
// faster replace each other: a window that is dragged shows all that an eye
// can tell apart, and one that changes with every packet costs no more.
const resizePause = 30 * time.Millisecond

func (a *sessions) handle(s ssh.Session) {
	session, ok := s.(sshd.Session)
	if !ok {
		_ = s.Exit(1)
		return
	}
	pty, sizes, isPTY := s.Pty()
	inv, err := parseInvocation(s.Command())
	switch {
	case err != nil && !isPTY && speaksSCP(s.Command()):
		refuseSCP(s)
	case err != nil:
		refuse(s, err.Error())
	case inv.plain, isPTY && pty.Term == "dumb":
		a.converse(session, inv, isPTY, pty.Window.Width)
	case isPTY:
		a.read(session, inv, pty, sizes)
	case s.RawCommand() != "":
		refuse(s, "this needs a terminal: ssh -t")
	default:
		a.plain(s)
	}
}

// refuse tells a client why it gets nothing.
func refuse(s ssh.Session, why string) {
	width := 80
	if pty, _, ok := s.Pty(); ok {
		width = pty.Window.Width
	}
	_, _ = io.WriteString(s.Stderr(), refusal(why, width)) // who is refused may be gone
	_ = s.Exit(2)
}

// refusal is what a client is told. It may quote the command, which a link that
// somebody has followed may have brought, and it goes to a terminal: so nothing
// of it acts there. Lines are broken at the width in cells.
func refusal(why string, width int) string {
	why = escaped(strings.TrimRight(why, "\n"), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) })
	// A client with a pty has its terminal in raw mode.
	return strings.ReplaceAll(broken("sshblog: "+why, width), "\n", "\r\n") + "\r\n"
}

// broken breaks lines of more than width cells, but only at spaces: what is to be
// typed, as "ssh -t", must not be torn at its hyphens.
func broken(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		at := 0
		for word := range strings.SplitAfterSeq(line, " ") {
			if at > 0 && at+ansi.StringWidth(strings.TrimSpace(word)) > width {
				b.WriteByte('\n')
				at = 0
			}
			b.WriteString(word)
			at += ansi.StringWidth(word)
		}
	}
	return b.String()
}

// read shows the reader until the session ends from either side.
//
// wish's Bubble Tea middleware is not used: it runs a tea.Program, whose cost
// package terminal exists to avoid.
func (a *sessions) read(s sshd.Session, inv invocation, pty ssh.Pty, sizes <-chan ssh.Window) {
	ctx := s.Context()
	if inv.theme != "" && !slices.Contains(a.themes, inv.theme) {
		refuse(s, fmt.Sprintf("there is no theme %q; there are %s", inv.theme, strings.Join(a.themes, ", ")))
		return
	}
	options := reader.Options{Address: a.addressFor(s), Theme: inv.theme, Asked: true, Upright: !terminal.Italics(pty.Term), Account: s.Account()}
	index := a.library.Current()
	model := a.reader.Model(ctx, options)
	if inv.slug != "" {
		var ok bool
		if model, ok = a.reader.Article(ctx, inv.slug, options); !ok {
			refuse(s, fmt.Sprintf("there is no post %q", inv.slug))
			return
		}
	}
	environ := append(s.Environ(), "TERM="+pty.Term)
	if inv.noColor {
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

		AskColours: true,
	})
	host.Start()
	draining := s.Draining()
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
		case n := <-s.Notices():
			host.Send(reader.Notice(warning(n)))
		case <-draining:
			draining = nil
			host.Send(reader.Notice(a.farewell()))
		case <-ctx.Done():
			host.Stop("") // the server tells the client why
		}
	}
}

// addressFor is the command that brings a reader back: to the blog's public
// name if there is one, else to where this connection led.
func (a *sessions) addressFor(s ssh.Session) string {
	host, port, err := net.SplitHostPort(s.LocalAddr().String())
	if a.host != "" {
		host, port, err = a.host, "22", nil
		if name, number, splitErr := net.SplitHostPort(a.host); splitErr == nil {
			host, port = name, number
		}
	}
	switch {
	case err != nil:
		return ""
	case port == "22":
		return "ssh -t " + host
	default:
		return "ssh -t -p " + port + " " + host
	}
}

// converse talks to a client in lines.
func (a *sessions) converse(s sshd.Session, inv invocation, raw bool, width int) {
	if !raw {
		width = 0
	}
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	var out io.Writer = s
	if raw && terminal.ASCIIOnly(s.Environ()) {
		out = asciiWriter{s}
	}
	lines := a.reader.Lines(s, out, reader.LinesOptions{Width: width, Raw: raw, Slug: inv.slug, Account: s.Account()})
	// It waits for an answer, and nothing but the end of its input wakes it: that
	// comes when this has returned.
	over := make(chan error, 1)
	if !s.Account().Go(func() { over <- talk(ctx, lines) }) {
		a.ended(s, terminal.ErrTasks)
		return
	}
	draining := s.Draining()
	for {
		select {
		case n := <-s.Notices():
			lines.Say(warning(n))
		case <-draining:
			draining = nil
			lines.Say(a.farewell())
		case err := <-over:
			a.ended(s, err)
			return
		case <-ctx.Done():
			_, _ = io.WriteString(s, "\r\n") // below the question; the server tells the client why
			return
		}
	}
}

// asciiWriter writes for a terminal whose locale is not UTF-8. What is cut within a
// character becomes question marks.
type asciiWriter struct{ w io.Writer }

func (a asciiWriter) Write(p []byte) (int, error) {
	_, err := io.WriteString(a.w, textwidth.ASCII(string(p)))
	return len(p), err
}

// talk runs a conversation. A panic in it is an error.
func talk(ctx context.Context, lines *reader.Lines) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &terminal.PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	return lines.Run(ctx)
}

// farewell is what readers are told when the server stops.
func (a *sessions) farewell() string {
	return fmt.Sprintf("The server restarts in %s. Come back in a moment.", a.drain)
}

// ended acts on why the reader is over. A panic goes on from here: the server
// tells the client, the log and the metrics of those in one way.
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

// warning says that a session will be ended, and what helps. In a narrow window
// only its beginning is seen.
func warning(n sshd.Notice) string {
	left := n.Left.Round(time.Second)
	if n.Reason == sshd.Idle {
		return fmt.Sprintf("Closes in %s unless you press a key.", left)
	}
	return fmt.Sprintf("Closes in %s: the time for a session is up.", left)
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
