package command

import (
	"errors"
	"io"
	"strings"

	"github.com/sshblog/sshblog/internal/ledger"
)

// outputBytes is how much of what a command prints is in memory at once.
const outputBytes = 8 << 10

// errNoMemory is the answer to a command for which there is no memory.
var errNoMemory = errors.New("the server has no memory left for this: try again in a moment")

// output is what a command prints, of any length. It is made a buffer at a time, in a turn of the session's
// account, and no more is made until the client has taken that. Line ends are those of the client's terminal.
type output struct {
	to       io.Writer
	terminal bool
	account  *ledger.Account
	turn     ledger.Turn
	buf      []byte //ledger:counted at most outputBytes, which are taken from the account
	gone     bool   // the client takes no more
}

// stream prints what a function writes. That the client is gone is no error: it has closed the pipe behind the
// command, as head does.
func (s *Session) stream(write func(*output) error) error {
	if !s.Account.TakeExtra(outputBytes) {
		return errNoMemory
	}
	defer s.Account.Give(outputBytes)
	o := &output{to: s.Stdout, terminal: s.Terminal, account: s.Account, buf: make([]byte, 0, outputBytes)}
	o.account.Begin(&o.turn)
	defer func() { o.turn.End() }()
	err := write(o)
	o.flush()
	return err
}

// write prints text, and reports whether the client still takes it.
func (o *output) write(texts ...string) bool {
	for _, text := range texts {
		for text != "" && !o.gone {
			o.turn.Yield()
			n := min(len(text), cap(o.buf)-len(o.buf))
			end := -1
			if o.terminal {
				end = strings.IndexByte(text[:n], '\n')
			}
			if end >= 0 {
				o.buf, text = append(o.buf, text[:end]...), text[end+1:]
				if cap(o.buf)-len(o.buf) < len("\r\n") {
					o.flush()
				}
				o.buf = append(o.buf, "\r\n"...)
			} else {
				o.buf, text = append(o.buf, text[:n]...), text[n:]
			}
			if len(o.buf) == cap(o.buf) {
				o.flush()
			}
		}
	}
	return !o.gone
}

// flush writes what is in the buffer, without a turn.
func (o *output) flush() {
	if len(o.buf) == 0 || o.gone {
		return
	}
	o.outside(func() {
		_, err := o.to.Write(o.buf)
		o.gone = err != nil
	})
	o.buf = o.buf[:0]
}

// ended writes the rest, and calls f if the client has taken everything.
func (o *output) ended(f func()) {
	if o.flush(); !o.gone {
		f()
	}
}

// outside gives up the turn while a function waits.
func (o *output) outside(wait func()) {
	o.turn.End()
	defer o.account.Begin(&o.turn)
	wait()
}
