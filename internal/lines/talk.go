package lines

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/textwidth"
)

// put writes the pending echo, and then text as it is.
func (l *Lines) put(text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.echoed) > 0 {
		text = string(l.echoed) + text
		l.echoed = nil
	}
	if text == "" {
		return nil
	}
	_, err := io.WriteString(l.out, text)
	return err
}

// end is the line ending.
func (l *Lines) end() string {
	if l.o.Raw {
		return "\r\n"
	}
	return "\n"
}

// write writes lines. Errors are ignored: the end of the input shows that the client is gone.
func (l *Lines) write(lines ...string) {
	l.outside(func() { _ = l.put(strings.Join(lines, l.end()) + l.end()) })
}

// writePage writes the lines of a page, from one on, in pieces: a copy of all would not be in any account. It
// reports whether the client has taken them.
func (l *Lines) writePage(page *render.Page, from int) (whole bool) {
	const some = 16 << 10 // bytes
	l.outside(func() {
		var b strings.Builder
		for i, line := range page.Lines.All() {
			if i < from {
				continue
			}
			b.WriteString(line)
			b.WriteString(l.end())
			if b.Len() >= some {
				if l.put(b.String()) != nil {
					return
				}
				b.Reset()
			}
		}
		whole = l.put(b.String()) == nil
	})
	return whole
}

// say writes texts, each broken between its words. An empty one is an empty line.
func (l *Lines) say(texts ...string) {
	text := l.linesOf(texts...)
	l.outside(func() { _ = l.put(text) })
}

// gap is an empty line below what was said before, if anything was.
func (l *Lines) gap() {
	if !l.o.Once {
		l.say("")
	}
}

// linesOf returns the text that say writes.
func (l *Lines) linesOf(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		if text == "" {
			b.WriteString(l.end())
		}
		for _, line := range l.broken(text, l.o.Width) {
			b.WriteString(line + l.end())
		}
	}
	return b.String()
}

// broken wraps a text in lines of width cells, with its indentation.
func (l *Lines) broken(text string, width int) []string {
	said := strings.TrimLeft(text, " ")
	indent := text[:len(text)-len(said)]
	lines := reader.Wrap(said, width-len(indent), len(said)) // it has no more lines than bytes
	for i := range lines {
		lines[i] = indent + lines[i]
	}
	return lines
}

// maxAnswer is the longest answer, in bytes.
const maxAnswer = 200

// answerRoom is how many cells a question leaves in its last line, for a number
// or a letter.
const answerRoom = 4

// ask writes a question and returns the line that answers it.
func (l *Lines) ask(question string) (answer string, err error) {
	lines := l.broken(question, l.o.Width-answerRoom)
	l.outside(func() { err = l.put(strings.Join(lines, l.end()) + " ") })
	if err != nil {
		return "", err
	}
	return l.readAnswer()
}

// readAnswer reads a line, and echoes it as it is typed.
func (l *Lines) readAnswer() (string, error) {
	var answer []byte
	for {
		r, err := l.nextRune()
		if err != nil {
			return "", err
		}
		switch {
		case r == '\r' || r == '\n':
			if next, err := l.in.Peek(min(l.in.Buffered(), 1)); err == nil && r == '\r' && string(next) == "\n" {
				_, _ = l.in.Discard(1)
			}
			if l.o.Raw {
				l.echo("\r\n")
			}
			return strings.TrimSpace(string(answer)), nil
		case r == 0x03 || r == 0x04: // ctrl+c, ctrl+d
			return "", errLeave
		case r == 0x1b:
			err = l.skipSequence()
		case r == 0x08 || r == 0x7f:
			if len(answer) > 0 {
				last, n := utf8.DecodeLastRune(answer)
				answer = answer[:len(answer)-n]
				cells := textwidth.Of(string(last))
				l.echo(strings.Repeat("\b", cells) + strings.Repeat(" ", cells) + strings.Repeat("\b", cells)) //ledger:counted a character has two cells at most
			}
		case len(answer) < maxAnswer:
			text := plaintext.CleanTyped(string(r))
			answer = append(answer, text...)
			l.echo(text)
		}
		if err != nil {
			return "", err
		}
	}
}

// nextRune returns the next character that the client sends. The turn is given up, after showing the echo, only
// if nothing has arrived.
func (l *Lines) nextRune() (r rune, err error) {
	for err == nil {
		arrived, _ := l.in.Peek(l.in.Buffered())
		if utf8.FullRune(arrived) {
			break
		}
		l.outside(func() {
			_ = l.put("") // a client that is gone is noticed by its input
			l.state.Unlock()
			defer l.state.Lock()
			_, err = l.in.Peek(len(arrived) + 1)
		})
	}
	r, _, err = l.in.ReadRune() // of what is there, or the error
	return r, err
}

// echo queues what was typed, to be shown before the next wait, unless the client echoes by itself.
func (l *Lines) echo(text string) {
	if l.o.Raw {
		l.mu.Lock()
		l.echoed = append(l.echoed, text...)
		l.mu.Unlock()
	}
}

// skipSequence reads past the rest of a key that sends an escape sequence, as
// the arrows do (ECMA-48 §5.4).
func (l *Lines) skipSequence() error {
	r, err := l.nextRune()
	if err != nil || r != '[' && r != 'O' {
		return err
	}
	for {
		r, err := l.nextRune()
		if err != nil || r >= 0x40 && r <= 0x7e {
			return err
		}
	}
}
