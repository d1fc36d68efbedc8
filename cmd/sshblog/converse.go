package main

import (
	"context"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/lines"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/terminal"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// converse runs the line mode. The fields that o lacks follow from the session. With private, nothing is kept
// of the reader.
func (a *sessions) converse(s sshd.Session, o lines.Options, private bool) {
	if !o.Raw {
		o.Width = 0
	}
	o.Language, o.Account, o.Share = languageOf(s), s.Account(), a.sharingInLines(s)
	o.Do = a.commandsInLines(s)
	v := a.visits(s, private)
	defer v.over()
	if o.Forget, o.Unkept = v.forget, v.why; v.memory != nil {
		o.Memory = v.memory
	}
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	var out io.Writer = s
	if o.Raw && terminal.ASCIIOnly(s.Environ()) {
		out = asciiWriter{s}
	}
	superseded := a.library.Current().Superseded() // of its first index, or of an earlier one
	blog := a.lines
	blog.Library = a.seenBy(s)
	talker := blog.Talk(s, out, o)
	// It waits for input, and only the end of the input wakes it, which comes after this function has returned.
	over := make(chan error, 1)
	if !s.Account().Go(func() { over <- talk(ctx, talker) }) {
		a.ended(s, terminal.ErrTasks)
		return
	}
	draining := s.Draining()
	look := a.looks(s)
	defer look.stop()
	var again <-chan time.Time
	for {
		select {
		case <-superseded:
			superseded, again = nil, time.After(0)
		case <-look.again:
			if look.differs() {
				again = time.After(0)
			}
		case <-again:
			var ok bool
			if superseded, ok = talker.Adopt(); !ok {
				again = time.After(resizePause)
			}
		case n := <-s.Notices():
			talker.Say(warning(n))
		case <-draining:
			draining = nil
			talker.Say(a.farewell())
		case err := <-over:
			a.ended(s, err)
			return
		case <-ctx.Done():
			talker.Say("") // below the question; the server tells the client why
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
func talk(ctx context.Context, talker *lines.Lines) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &terminal.PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	return talker.Run(ctx)
}

// maxSaid is how much of a command's output is printed in a conversation, in bytes.
const maxSaid = 8 << 10

// commandsInLines returns what runs commands of authors, and of readers who are remembered, in a
// conversation; nil if there are neither.
func (a *sessions) commandsInLines(s sshd.Session) func(context.Context, []string) (string, bool) {
	authors := a.publishing != nil && a.author(s) != ""
	if !authors && a.memory == nil {
		return nil
	}
	return func(ctx context.Context, words []string) (said string, ok bool) {
		if known := authors && command.ForAuthors(words[0]) || a.memory != nil && command.ForReaders(words[0]); !known {
			return "", false
		}
		if !s.Account().TakeExtra(2 * maxSaid) { // and a copy
			return "There is no memory for that now.", true
		}
		defer s.Account().Give(2 * maxSaid)
		out := &limitedBuilder{left: maxSaid}
		c := a.commandSession(s)
		var closeKnown func()
		c.Remembered, closeKnown = a.remembered(s)
		defer closeKnown()
		c.Stdin, c.Stdout, c.Stderr = strings.NewReader(""), out, out
		c.Terminal = words[0] == "publish" || words[0] == "check" // these then explain how to pipe a post to them
		command.Run(ctx, words, c)
		if out.left == 0 {
			_, _ = out.Builder.WriteString("…\nThere is more: run it without the conversation.")
		}
		return out.String(), true
	}
}

// limitedBuilder keeps a limited number of bytes, and drops the rest.
type limitedBuilder struct {
	strings.Builder
	left int
}

func (b *limitedBuilder) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	_, _ = b.Builder.Write(p[:n]) // it never fails
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}
