package files

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// maxLevels is how deep folders may lie in each other that a client sends.
const maxLevels = 16

// Errors of clients that violate the protocol. They end the copy.
var (
	errLine      = errors.New("this is not scp's protocol")
	errUnnamed   = errors.New("a name is missing, or leads elsewhere")
	errRecursive = errors.New("a folder was sent without -r")
	errDeep      = errors.New("there are too many folders in each other")
	errTargets   = errors.New("name one place to copy to")
)

// receiving is a copy to the server under way.
type receiving struct {
	Source
	files  *Files
	client *Client
	author *author
	in     *bufio.Reader
	buf    []byte
	target string // the path in the posts folder that was named
	isDir  bool   // it is a folder, or is to be one
	// below is the path of the folder that is being sent, and of those that it is in.
	below []string //ledger:counted at most maxLevels
}

// Receive takes the files that an author sends. It returns ErrRefused if not all are published, and else why
// it could not go on.
func (f *Files) Receive(ctx context.Context, c *Client, target Source) error {
	if !c.Account.TakeExtra(maxData) {
		return errNoMemory
	}
	defer c.Account.Give(maxData)
	s := &receiving{
		Source: target, files: f, client: c, author: newAuthor(c),
		in: bufio.NewReaderSize(c.Input, outBytes), buf: make([]byte, maxData),
	}
	s.author.shows = true
	whole := false
	defer func() { s.author.close(ctx, whole) }() // where it panics
	err := s.aim(ctx)
	if err == nil {
		err = s.serve(ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		_, _ = io.WriteString(c.Output, scpFatal+err.Error()+"\n") // who is refused may be gone
	}
	whole = errors.Is(err, io.EOF) && len(s.below) == 0 && c.whole()
	published := s.author.close(ctx, whole)
	if whole && published {
		return nil
	}
	return ErrRefused
}

// aim finds out where to copy to.
func (s *receiving) aim(ctx context.Context) error {
	unlock := s.author.lock()
	defer unlock()
	name := ""
	switch len(s.Paths) {
	case 0:
	case 1:
		name = s.Paths[0]
	default:
		return errTargets
	}
	if at, ok := clean(name); ok && !leaves(name) && (at == "/" || at == "/"+Folder) {
		s.isDir = true
		return s.author.begin(ctx)
	}
	in, err := s.files.place(ctx, s.author, name)
	if err != nil {
		return err
	}
	e, err := s.author.stat(ctx, in)
	s.target, s.isDir = in, s.Folder || strings.HasSuffix(name, "/") || err == nil && e.folder != nil
	return nil
}

// serve takes one message after the other, until the client ends its input: then that is the error.
func (s *receiving) serve(ctx context.Context) error {
	for s.answer(nil) == nil {
		for {
			line, err := s.in.ReadSlice('\n')
			if err != nil && len(line) > 0 {
				return errLine
			}
			if err != nil {
				return err
			}
			if err := s.await(ctx); err != nil {
				return err
			}
			again, err := s.take(ctx, line[0], strings.TrimSuffix(string(line[1:]), "\n"))
			if err != nil {
				return err
			}
			if !again {
				break
			}
		}
	}
	return io.EOF // it is gone
}

func (s *receiving) await(ctx context.Context) error {
	if s.client.Await == nil {
		return nil
	}
	return s.client.Await(ctx)
}

// take handles a message. It reports whether it has been answered, or needs no answer; otherwise the caller
// confirms it.
func (s *receiving) take(ctx context.Context, kind byte, rest string) (answered bool, err error) {
	switch kind {
	case 'T': // times, which are not kept
		return false, nil
	case 'C', 'D':
		mode, rest, _ := strings.Cut(rest, " ")
		length, name, _ := strings.Cut(rest, " ")
		size, err := strconv.ParseInt(length, 10, 64)
		if _, wrong := strconv.ParseUint(mode, 8, 32); wrong != nil || length == "" || size < 0 || err != nil && !errors.Is(err, strconv.ErrRange) {
			return false, errLine
		}
		if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
			return false, errUnnamed
		}
		if kind == 'D' {
			return s.folder(name)
		}
		return s.file(ctx, name, size)
	case 'E':
		if len(s.below) == 0 {
			return false, errLine
		}
		s.below = s.below[:len(s.below)-1]
		return false, nil
	case 1: // an error of the client, which it has shown to its user
		s.fail()
		return true, nil
	default:
		return false, errLine
	}
}

// fail records that a file of the copy is missing.
func (s *receiving) fail() {
	unlock := s.author.lock()
	defer unlock()
	_ = s.author.refuse("", ErrRefused)
}

// place returns the target path of a file.
func (s *receiving) place(name string) string {
	switch {
	case len(s.below) > 0:
		return path.Join(s.below[len(s.below)-1], name)
	case s.isDir:
		return path.Join(s.target, name)
	}
	return s.target
}

func (s *receiving) folder(name string) (answered bool, err error) {
	if !s.Recursive {
		return false, errRecursive
	}
	if len(s.below) == maxLevels {
		s.fail()
		return true, s.answer(errDeep)
	}
	s.below = append(s.below, s.place(name))
	return false, nil
}

// file takes a file, of so many bytes.
func (s *receiving) file(ctx context.Context, name string, size int64) (answered bool, err error) {
	at := s.place(name)
	u, err := s.create(ctx, at, size)
	if err != nil {
		s.fail()
		return true, s.answer(named(at, err)) // the client does not send it then
	}
	if err := s.answer(nil); err != nil {
		return false, err
	}
	for offset := int64(0); offset < size; {
		if err := s.await(ctx); err != nil {
			return false, err
		}
		n, err := s.in.Read(s.buf[:min(size-offset, int64(len(s.buf)))])
		if err != nil {
			return false, err
		}
		s.write(u, s.buf[:n], offset)
		offset += int64(n)
	}
	sent, err := s.in.ReadByte()
	if err != nil {
		return false, err
	}
	if sent != 0 { // it could not read it to the end
		if _, err := s.in.ReadSlice('\n'); err != nil {
			return false, err
		}
		s.lose(u)
		return false, nil
	}
	return true, s.answer(named(at, s.keep(ctx, u)))
}

// create begins a file that will have a size.
func (s *receiving) create(ctx context.Context, at string, size int64) (*upload, error) {
	unlock := s.author.lock()
	defer unlock()
	in, err := s.files.place(ctx, s.author, path.Join("/", Folder, at))
	if err != nil {
		return nil, err
	}
	u, err := s.author.create(ctx, in, openWrite|openCreate|openTruncate)
	if err != nil {
		return nil, err
	}
	if err := s.author.truncate(u, size); err != nil {
		s.author.drop(u)
		return nil, err
	}
	return u, nil
}

// write writes to a file. One that cannot be kept is still received to its end.
func (s *receiving) write(u *upload, data []byte, offset int64) {
	unlock := s.author.lock()
	defer unlock()
	if u.err == nil {
		_ = s.author.write(u, data, uint64(offset)) //nolint:gosec // at most the size; it is told at the end
	}
}

func (s *receiving) keep(ctx context.Context, u *upload) error {
	unlock := s.author.lock()
	defer unlock()
	return s.author.keep(ctx, u)
}

// lose drops a file that was not received completely.
func (s *receiving) lose(u *upload) {
	unlock := s.author.lock()
	defer unlock()
	s.author.drop(u)
	_ = s.author.refuse("", ErrRefused)
}

// named is an error with the path of its file, unless it begins with that.
func named(at string, err error) error {
	at = Folder + "/" + at
	if _, shown := clean(at); err == nil || !shown || strings.HasPrefix(err.Error(), at+":") {
		return err
	}
	return errors.New(at + ": " + err.Error())
}

// answer confirms, or reports an error, after which the client continues.
func (s *receiving) answer(err error) error {
	text := "\x00"
	if err != nil {
		text = scpError + err.Error() + "\n"
	}
	_, err = io.WriteString(s.client.Output, text)
	return err
}
