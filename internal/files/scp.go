package files

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// The statuses of rcp's protocol for errors. The client shows the line; after a fatal one it ends.
const (
	scpError = "\x01scp: "
	scpFatal = "\x02sshblog: "
)

// maxAnswer is how long a client's complaint may be, in bytes.
const maxAnswer = 1 << 10

// errLeft says that the client wants no more.
var errLeft = errors.New("the client has ended the copy")

// Source is the sending side of a copy, as "scp -f PATH…" begins it on a server, or the target of one
// to the server, as of "scp -t PATH".
type Source struct {
	// Paths are those asked for; they may have the wildcards of [path.Match].
	Paths []string
	// Recursive copies folders as well, and Times sends the files' times. Folder says that a copy to
	// the server has a folder as its target.
	Recursive, Times, Folder bool
}

// ParseSCP parses the command of a client that copies over rcp's protocol, such as scp -O. ok is false if the
// command is none; upload is true for a copy to the server, to be answered by RefuseUpload or Receive.
func ParseSCP(words []string) (source Source, upload, ok bool) {
	if len(words) == 0 || path.Base(words[0]) != "scp" {
		return source, false, false
	}
	words = words[1:]
	for ; len(words) > 0 && len(words[0]) > 1 && words[0][0] == '-'; words = words[1:] {
		if words[0] == "--" {
			words = words[1:]
			break
		}
		if words[0][1] == '-' {
			return source, false, false
		}
		source.Recursive = source.Recursive || strings.Contains(words[0], "r")
		source.Times = source.Times || strings.Contains(words[0], "p")
		source.Folder = source.Folder || strings.Contains(words[0], "d")
		ok = ok || strings.Contains(words[0], "f")
		upload = upload || strings.Contains(words[0], "t")
	}
	source.Paths = words
	return source, upload, ok || upload
}

// RefuseUpload answers a client that begins to copy to the server. The client may read the answer only while
// the session lasts, so the session waits for it to end its input.
func RefuseUpload(output io.Writer, why string) error {
	_, err := io.WriteString(output, scpFatal+why+"\n")
	return err
}

// copying is a copy under way.
type copying struct {
	Source
	files  *Files
	client *Client
	author *author // nil: a reader
	in     *bufio.Reader
	out    *bufio.Writer
	failed bool
}

// SCP sends the files that a client asks for, and reports whether it could send all. The error
// says why it could not go on.
func (f *Files) SCP(ctx context.Context, c *Client, source Source) (all bool, err error) {
	s := &copying{
		Source: source, files: f, client: c,
		in: bufio.NewReaderSize(c.Input, maxAnswer), out: bufio.NewWriterSize(c.Output, outBytes),
	}
	if c.Begin != nil {
		s.author = newAuthor(c)
		defer s.author.close(ctx, false) // nothing is sent
	}
	if _, err := s.ready(ctx); err != nil {
		return false, s.end(err)
	}
	if len(s.Paths) == 0 {
		return false, s.complain(".", "name the files to copy, such as posts/*.md")
	}
	for _, name := range s.Paths {
		if err := s.path(ctx, name); err != nil {
			return false, s.end(err)
		}
	}
	return !s.failed, s.out.Flush()
}

// end returns the error to report when a copy ends.
func (s *copying) end(err error) error {
	if errors.Is(err, errLeft) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// find returns the entry at a path in the current index. Only the entry is kept, since a client may take as
// long as it likes.
func (s *copying) find(ctx context.Context, name string) (e entry, ok bool) {
	unlock := s.lock()
	defer unlock()
	e, err := s.at(ctx, name)
	return e, err == nil
}

func (s *copying) at(ctx context.Context, name string) (entry, error) {
	return s.files.at(ctx, s.author, s.files.Library.Current().In(s.client.Language), name)
}

// lock locks the author's transfer, if there is one.
func (s *copying) lock() (unlock func()) {
	if s.author == nil {
		return func() {}
	}
	return s.author.lock()
}

// path sends the files that an argument names: those that its wildcards match, else the file with this name.
func (s *copying) path(ctx context.Context, name string) error {
	at, ok := clean(name)
	if !ok {
		return s.complain(name, noSuchFile)
	}
	if strings.ContainsAny(at, wildcards) {
		if found, err := s.match(ctx, "/", strings.Split(at[1:], "/"), name); found || err != nil {
			return err
		}
	}
	if e, ok := s.find(ctx, at); ok {
		if asked := path.Base(name); asked != "." && asked != "/" && asked != "~" && asked != ".." {
			e.name = asked // clients refuse another; it may be an alias
		}
		return s.send(ctx, e, at, name)
	}
	return s.complain(name, noSuchFile)
}

const (
	wildcards  = "*?["
	noSuchFile = "No such file or directory"
)

// match sends the files that match a pattern in a folder, and reports whether there were any.
func (s *copying) match(ctx context.Context, at string, pattern []string, name string) (found bool, err error) {
	first, rest := pattern[0], pattern[1:]
	if !strings.ContainsAny(first, wildcards) {
		at = path.Join(at, first)
		if len(rest) > 0 {
			return s.match(ctx, at, rest, name)
		}
		if e, ok := s.find(ctx, at); ok {
			e.name = first
			return true, s.send(ctx, e, at, name)
		}
		return false, nil
	}
	err = s.each(ctx, at, func(e entry) error {
		turn := s.client.Account.Turn()
		fits, _ := path.Match(first, e.name) // a bad pattern fits nothing
		turn.End()
		if !fits {
			return nil
		}
		next := path.Join(at, e.name)
		if len(rest) == 0 {
			found = true
			return s.send(ctx, e, next, e.name)
		}
		more, err := s.match(ctx, next, rest, name)
		found = found || more
		return err
	})
	return found, err
}

// each calls do for each entry of the folder at a path, if there is one, until it fails. After a reload it goes
// on in the new folder at the same number, so an entry may be missing or come twice.
func (s *copying) each(ctx context.Context, at string, do func(entry) error) error {
	for i := 0; ; i++ {
		e, ok := s.nth(ctx, at, i)
		if !ok {
			return nil // nothing is left there
		}
		if err := do(e); err != nil {
			return err
		}
	}
}

// nth returns the entry at i of the folder at a path, if there is one.
func (s *copying) nth(ctx context.Context, at string, i int) (e entry, ok bool) {
	unlock := s.lock()
	defer unlock()
	e, err := s.at(ctx, at)
	if err != nil || e.folder == nil || i >= e.folder.len() {
		return entry{}, false
	}
	return e.folder.at(i), true
}

// send sends a file, or a folder with its content. at is the path, and name what the client called it.
func (s *copying) send(ctx context.Context, e entry, at, name string) error {
	switch {
	case e.folder == nil:
		return s.file(ctx, &e)
	case !s.Recursive:
		return s.complain(name, "not a regular file")
	case at == "/": // no client takes a folder "." or "/": it gets what is in it
		return s.each(ctx, at, func(e entry) error { return s.send(ctx, e, path.Join(at, e.name), "") })
	}
	e.folder = nil // see find
	if goOn, err := s.announce(ctx, &e, "D0755", 0); err != nil || !goOn {
		return err
	}
	if err := s.each(ctx, at, func(e entry) error { return s.send(ctx, e, path.Join(at, e.name), "") }); err != nil {
		return err
	}
	if _, err := s.out.WriteString("E\n"); err != nil {
		return err
	}
	_, err := s.ready(ctx)
	return err
}

// file sends a file. Its text is held while it is sent.
func (s *copying) file(ctx context.Context, e *entry) error {
	if e.own != "" {
		return s.own(ctx, e)
	}
	turn := s.client.Account.Turn()
	text, taken, err := s.files.text(ctx, s.client, turn, e)
	turn.End()
	if err != nil {
		return s.complain(e.name, err.Error())
	}
	defer s.client.Account.Give(taken)
	if goOn, err := s.announce(ctx, e, "C0644", len(text)); err != nil || !goOn {
		return err
	}
	if _, err := s.out.WriteString(text); err != nil {
		return err
	}
	return s.sent(ctx)
}

// own sends a file of the posts folder to its author, piece by piece.
func (s *copying) own(ctx context.Context, e *entry) error {
	f, err := s.open(ctx, e.own)
	if err != nil {
		return s.complain(e.name, err.Error())
	}
	defer func() { _ = f.Close() }() // it was only read
	if goOn, err := s.announce(ctx, e, "C0644", int(e.size)); err != nil || !goOn {
		return err
	}
	if n, err := s.out.ReadFrom(io.NewSectionReader(f, 0, e.size)); err != nil || n < e.size {
		return errors.Join(errAnew, err)
	}
	return s.sent(ctx)
}

func (s *copying) open(ctx context.Context, name string) (Reading, error) {
	unlock := s.lock()
	defer unlock()
	if err := s.author.begin(ctx); err != nil {
		return nil, err
	}
	return s.author.transfer.Open(name)
}

// sent ends the content of a file.
func (s *copying) sent(ctx context.Context) error {
	if err := s.out.WriteByte(0); err != nil {
		return err
	}
	_, err := s.ready(ctx)
	return err
}

// announce sends the header of a file or folder, and reports whether the client accepts it.
func (s *copying) announce(ctx context.Context, e *entry, kind string, size int) (goOn bool, err error) {
	if s.Times {
		when := attributes{when: e.when}.seconds()
		if _, err := fmt.Fprintf(s.out, "T%d 0 %d 0\n", when, when); err != nil {
			return false, err
		}
		if goOn, err = s.ready(ctx); err != nil || !goOn {
			return false, err
		}
	}
	if _, err := fmt.Fprintf(s.out, "%s %d %s\n", kind, size, e.name); err != nil {
		return false, err
	}
	return s.ready(ctx)
}

// complain reports an error to the client, which continues after it.
func (s *copying) complain(name, why string) error {
	s.failed = true
	if name, ok := clean(name); ok && name != "/" {
		why = name[1:] + ": " + why
	}
	if _, err := s.out.WriteString(scpError + why + "\n"); err != nil {
		return err
	}
	return s.out.Flush()
}

// ready waits for the client's answer, and reports whether it accepts what was announced.
func (s *copying) ready(ctx context.Context) (goOn bool, err error) {
	if err := s.out.Flush(); err != nil {
		return false, err
	}
	answer, err := s.in.ReadByte()
	if err != nil {
		return false, err
	}
	if s.client.Await != nil {
		if err := s.client.Await(ctx); err != nil {
			return false, err
		}
	}
	if answer == 0 {
		return true, nil
	}
	s.failed = true
	if _, err := s.in.ReadSlice('\n'); err != nil {
		return false, err
	}
	if answer != 1 {
		return false, errLeft
	}
	return false, nil
}
