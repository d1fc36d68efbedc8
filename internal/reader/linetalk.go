package reader

import (
	"io"
	"strings"
	"unicode/utf8"
)

// put writes text as it is.
func (l *Lines) put(text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := io.WriteString(l.out, text)
	return err
}

// end is how a line ends.
func (l *Lines) end() string {
	if l.o.Raw {
		return "\r\n"
	}
	return "\n"
}

// write writes lines. A client that is gone is noticed by its input.
func (l *Lines) write(lines ...string) {
	_ = l.put(strings.Join(lines, l.end()) + l.end())
}

// say writes texts, each broken between its words. An empty one is an empty line.
func (l *Lines) say(texts ...string) {
	lines := make([]string, 0, len(texts))
	for _, text := range texts {
		if text == "" {
			lines = append(lines, "")
		}
		lines = append(lines, l.broken(text, l.o.Width)...)
	}
	l.write(lines...)
}

// broken returns the whole of a text in lines of width cells, all of them indented
// as it is.
func (l *Lines) broken(text string, width int) []string {
	said := strings.TrimLeft(text, " ")
	indent := text[:len(text)-len(said)]
	lines := wrap(said, width-len(indent), len(said)) // it has no more lines than bytes
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
func (l *Lines) ask(question string) (string, error) {
	lines := l.broken(question, l.o.Width-answerRoom)
	err := l.put(strings.Join(lines, l.end()) + " ")
	if err != nil {
		return "", err
	}
	var answer []byte
	for {
		r, _, err := l.in.ReadRune()
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
				cells := widthOf(string(last))
				l.echo(strings.Repeat("\b", cells) + spaces(cells) + strings.Repeat("\b", cells))
			}
		case printable(r) < 0 || r == utf8.RuneError || len(answer) >= maxAnswer:
		default:
			answer = utf8.AppendRune(answer, r)
			l.echo(string(r))
		}
		if err != nil {
			return "", err
		}
	}
}

// echo shows what was typed to a client that does not do it itself.
func (l *Lines) echo(text string) {
	if l.o.Raw {
		_ = l.put(text)
	}
}

// skipSequence reads past the rest of a key that sends an escape sequence, as
// the arrows do (ECMA-48 §5.4).
func (l *Lines) skipSequence() error {
	r, _, err := l.in.ReadRune()
	if err != nil || r != '[' && r != 'O' {
		return err
	}
	for {
		r, _, err := l.in.ReadRune()
		if err != nil || r >= 0x40 && r <= 0x7e {
			return err
		}
	}
}
