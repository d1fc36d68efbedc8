package files

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/sshblog/sshblog/internal/ledger"
)

// What one session may have, and how large packets are.
const (
	// maxHandles is how many files and folders a session may have open.
	maxHandles = 64
	// handleCost is what a handle takes, in bytes, beside the text of its file.
	handleCost = 512

	// maxPacket is the length, in bytes, of the longest request that is read at all. The draft (§3)
	// has servers take 34000.
	maxPacket = 34000
	// maxRequest is how much of a reader's request is parsed: two paths fit. The rest, which only refused
	// requests have, is read and dropped. An author's are parsed up to maxPacket.
	maxRequest = 2*maxPath + 64
	// maxData is how much of a file one answer has, in bytes.
	maxData = 32 << 10
	// pageBytes is the length of an answer, in bytes, after which no further entry of a folder is
	// added to it, and maxEntry more than an entry takes.
	pageBytes = 8 << 10
	maxEntry  = 2 << 10
	// outBytes is how much is written at once. It becomes a packet of SSH, see sshd.MaxWrite.
	outBytes = 4000
)

// ErrProtocol ends the session of a client that does not speak the protocol.
var ErrProtocol = errors.New("this is not version 3 of SFTP")

// sftp is one session.
type sftp struct {
	files  *Files
	client *Client
	in     *bufio.Reader
	out    *bufio.Writer

	packet  []byte             // that was read last, as far as it is looked at
	reply   []byte             // the answer; at most pageBytes + maxEntry, or one with a path
	handles map[uint32]*handle //ledger:counted at most maxHandles, each taken from the account
	last    uint32             // the handle that was given last
	turn    ledger.Turn        // in which a request is answered
	text    string             // goes behind the answer
	body    []byte             // or this, part of packet
	author  *author            // nil: a reader
	// orderly is set for OpenSSH's clients, which alone ask for limits: they end their input after sending all.
	// Other clients, such as lftp, just disconnect, so for these every closed file counts as sent.
	orderly bool
	refused bool // the client has tried to write
	told    bool // and was informed
}

// handle is an open file or folder.
type handle struct {
	attributes attributes
	taken      int64 // from the account

	// Of a file its text. Of a folder its path, and how many entries were listed.
	text   string
	path   string
	listed int
	// Of an author's file one of these.
	reading Reading
	upload  *upload
}

// SFTP serves a client until it ends its input, which is no error but ErrRefused.
func (f *Files) SFTP(ctx context.Context, c *Client) error {
	s := &sftp{
		files: f, client: c, in: bufio.NewReaderSize(c.Input, outBytes), out: bufio.NewWriterSize(c.Output, outBytes),
		handles: make(map[uint32]*handle),
	}
	defer func() {
		for id := range s.handles {
			s.close(id)
		}
	}()
	if c.Begin == nil {
		s.packet = make([]byte, maxRequest)
		return s.serve(ctx)
	}
	if !c.Account.TakeExtra(maxPacket) {
		return errNoMemory
	}
	defer c.Account.Give(maxPacket)
	s.packet, s.author = make([]byte, maxPacket), newAuthor(c)
	whole := false
	defer func() { s.author.close(ctx, whole) }() // where it panics
	err := s.serve(ctx)
	whole = err == nil && (!s.orderly || c.whole())
	if !s.author.close(ctx, whole) && err == nil {
		err = ErrRefused
	}
	return err
}

// serve answers requests.
func (s *sftp) serve(ctx context.Context) error {
	err := s.greet()
	for err == nil {
		err = s.next(ctx)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// extensions are those that there are (PROTOCOL of OpenSSH §4), with their versions.
var extensions = [...][2]string{ //nolint:gochecknoglobals // a constant
	{"statvfs@openssh.com", "2"},
	{"fstatvfs@openssh.com", "2"},
	{"limits@openssh.com", "1"},
	{"expand-path@openssh.com", "1"},
}

// Those for authors.
const renameExtension, syncExtension = "posix-rename@openssh.com", "fsync@openssh.com"

// greet agrees on the version.
func (s *sftp) greet() error {
	kind, r, err := s.read()
	if err != nil {
		return err
	}
	if version := r.uint32(); kind != typeInit || r.short || version < 3 {
		return ErrProtocol
	}
	s.reply = begin(s.reply, typeVersion, 3)
	for _, e := range extensions {
		s.reply = appendString(appendString(s.reply, e[0]), e[1])
	}
	if s.author != nil {
		s.reply = appendString(appendString(s.reply, renameExtension), "1")
		s.reply = appendString(appendString(s.reply, syncExtension), "1")
	}
	return s.send()
}

// read reads a packet. Pending answers are flushed before it waits for one.
func (s *sftp) read() (kind byte, r *request, err error) {
	if !s.waits() {
		if err := s.out.Flush(); err != nil {
			return 0, nil, err
		}
	}
	var header [5]byte
	if _, err := io.ReadFull(s.in, header[:]); err != nil {
		return 0, nil, err
	}
	length := binary.BigEndian.Uint32(header[:4])
	if length < 5 || length > maxPacket {
		return 0, nil, ErrProtocol
	}
	left := int(length) - 1
	packet := s.packet[:min(left, len(s.packet))]
	if _, err := io.ReadFull(s.in, packet); err != nil {
		return 0, nil, err
	}
	if _, err := s.in.Discard(left - len(packet)); err != nil {
		return 0, nil, err
	}
	return header[4], &request{left: packet}, nil
}

// waits reports whether a whole packet is in the buffer already.
func (s *sftp) waits() bool {
	if s.in.Buffered() < 4 {
		return false
	}
	header, err := s.in.Peek(4)
	return err == nil && int64(s.in.Buffered()) >= 4+int64(binary.BigEndian.Uint32(header))
}

// next answers one request.
func (s *sftp) next(ctx context.Context) error {
	kind, r, err := s.read()
	if err != nil {
		return err
	}
	if s.client.Await != nil {
		if err := s.client.Await(ctx); err != nil {
			return err
		}
	}
	id := r.uint32()
	if r.short || kind == typeInit {
		return ErrProtocol
	}
	s.text, s.body = "", nil
	if s.author == nil {
		s.client.Account.Begin(&s.turn)
	}
	func() { // authors' requests may wait for a disk, so they take a turn only to build the answer
		defer s.turn.End()
		if s.author != nil {
			unlock := s.author.lock()
			defer unlock()
		}
		s.answer(ctx, kind, id, r)
	}()
	return s.send()
}

// send sends the answer. The first refusal is also written to standard error, since most clients show only a
// text of their own for a status.
func (s *sftp) send() error {
	if s.refused && !s.told {
		s.told = true
		if s.client.Refused != nil {
			s.client.Refused()
		}
		if _, err := io.WriteString(s.client.Stderr, "sshblog: "+s.client.refusal()+"\n"); err != nil {
			return err
		}
	}
	if _, err := s.out.Write(finish(s.reply, len(s.text)+len(s.body))); err != nil {
		return err
	}
	if _, err := s.out.WriteString(s.text); err != nil {
		return err
	}
	_, err := s.out.Write(s.body)
	return err
}
