package files

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
)

// What one session may have, and how large packets are.
const (
	// MaxHandles is how many files and folders a session may have open.
	MaxHandles = 64
	// handleCost is what a handle takes, in bytes, beside the text of its file.
	handleCost = 512

	// maxPacket is the length, in bytes, of the longest request that is read at all. The draft (§3)
	// has servers take 34000.
	maxPacket = 34000
	// maxRequest is how much of a request is looked at: two paths fit. The rest, which can only be
	// of something that is refused, is read and dropped.
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

// ErrProtocol is what ends the session of a client that does not speak the protocol.
var ErrProtocol = errors.New("this is not version 3 of SFTP")

// sftp is one session.
type sftp struct {
	files  *Files
	client *Client
	in     *bufio.Reader
	out    *bufio.Writer

	packet  []byte             // that was read last, as far as it is looked at
	reply   []byte             //ledger:counted at most pageBytes + maxEntry, or an answer with one path
	handles map[uint32]*handle //ledger:counted at most MaxHandles, each taken from the account
	last    uint32             // the handle that was given last
	told    bool               // that nothing can be written
}

// handle is an open file or folder.
type handle struct {
	attributes attributes
	taken      int64 // from the account

	// Of a file its text. Of a folder its path, and how many entries were listed.
	text   string
	path   string
	listed int
}

// SFTP serves a client until it ends its input, which is no error.
func (f *Files) SFTP(ctx context.Context, c *Client) error {
	s := &sftp{
		files: f, client: c, in: bufio.NewReaderSize(c.Input, outBytes), out: bufio.NewWriterSize(c.Output, outBytes),
		packet: make([]byte, maxRequest), handles: make(map[uint32]*handle),
	}
	defer func() {
		for id := range s.handles {
			s.close(id)
		}
	}()
	if err := s.greet(); err != nil {
		return err
	}
	for {
		if err := s.next(ctx); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// extensions are those that there are (PROTOCOL of OpenSSH §4), with their versions.
var extensions = [...][2]string{ //nolint:gochecknoglobals // a constant
	{"statvfs@openssh.com", "2"},
	{"fstatvfs@openssh.com", "2"},
	{"limits@openssh.com", "1"},
	{"expand-path@openssh.com", "1"},
}

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
	return s.send("")
}

// read reads a packet, after all answers have been sent if that has to be waited for.
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
	packet := s.packet[:min(left, maxRequest)]
	if _, err := io.ReadFull(s.in, packet); err != nil {
		return 0, nil, err
	}
	if _, err := s.in.Discard(left - len(packet)); err != nil {
		return 0, nil, err
	}
	return header[4], &request{left: packet}, nil
}

// waits reports whether a whole packet has come already.
func (s *sftp) waits() bool {
	if s.in.Buffered() < 4 {
		return false
	}
	header, err := s.in.Peek(4)
	return err == nil && int64(s.in.Buffered()) >= 4+int64(binary.BigEndian.Uint32(header))
}

// send sends the answer that was begun, with a text behind it.
func (s *sftp) send(text string) error {
	if _, err := s.out.Write(finish(s.reply, len(text))); err != nil {
		return err
	}
	_, err := s.out.WriteString(text)
	return err
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
	index := s.files.Library.Current().In(s.client.Language)
	switch kind {
	case typeOpen:
		return s.open(ctx, id, index, r)
	case typeOpendir:
		return s.openFolder(id, index, r.string())
	case typeClose:
		if !s.close(s.handle(r)) {
			return s.status(id, statusFailure, noHandle)
		}
		return s.status(id, statusOK, "")
	case typeRead:
		return s.readFile(id, r)
	case typeReaddir:
		return s.list(ctx, id, index, r)
	case typeStat, typeLstat:
		return s.stat(ctx, id, index, r.string())
	case typeFstat:
		h, ok := s.handles[s.handle(r)]
		if !ok {
			return s.status(id, statusFailure, noHandle)
		}
		return s.attributes(id, h.attributes)
	case typeRealpath:
		return s.realPath(id, r.string())
	case typeReadlink:
		return s.status(id, statusFailure, "there are no links here")
	case typeExtended:
		return s.extended(id, index, r)
	case typeWrite, typeSetstat, typeFsetstat, typeRemove, typeMkdir, typeRmdir, typeRename, typeSymlink:
		return s.refuse(id)
	default:
		return s.status(id, statusUnsupported, "there is no such request")
	}
}

// status answers with a status.
func (s *sftp) status(id, code uint32, text string) error {
	s.reply = begin(s.reply, typeStatus, id)
	s.reply = binary.BigEndian.AppendUint32(s.reply, code)
	s.reply = appendString(appendString(s.reply, text), "en")
	return s.send("")
}

// fail answers with an error.
func (s *sftp) fail(id uint32, err error) error {
	if errors.Is(err, errNone) {
		return s.status(id, statusNoSuchFile, err.Error())
	}
	return s.status(id, statusFailure, err.Error())
}

// refuse refuses to write. The first time it tells the person, too, since clients mostly show words
// of their own for a status.
func (s *sftp) refuse(id uint32) error {
	if !s.told {
		s.told = true
		if _, err := io.WriteString(s.client.Stderr, "sshblog: "+ReadOnly+"\r\n"); err != nil {
			return err
		}
	}
	return s.status(id, statusPermissionDenied, ReadOnly)
}

const (
	noHandle  = "that is not open"
	fullTable = "too many files are open: close some"
)

// handle returns the number of a handle, or 0, which is none.
func (s *sftp) handle(r *request) uint32 {
	name := r.string()
	if len(name) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32([]byte(name))
}

// hold gives a handle a number, and answers with it. What it takes beside handleCost has been
// taken from the account.
func (s *sftp) hold(id uint32, h *handle) error {
	s.last++
	for s.last == 0 || s.handles[s.last] != nil { // after 2^32
		s.last++
	}
	s.handles[s.last] = h
	s.reply = begin(s.reply, typeHandle, id)
	s.reply = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(s.reply, 4), s.last)
	return s.send("")
}

// admit takes a handle from the account, or answers why there can be none.
func (s *sftp) admit() error {
	switch {
	case len(s.handles) >= MaxHandles:
		return errors.New(fullTable)
	case !s.client.Account.TakeExtra(handleCost):
		return errNoMemory
	}
	return nil
}

// close closes a handle, and reports whether it was open.
func (s *sftp) close(number uint32) bool {
	h, ok := s.handles[number]
	if !ok {
		return false
	}
	delete(s.handles, number)
	s.client.Account.Give(h.taken)
	return true
}

func (s *sftp) open(ctx context.Context, id uint32, index *library.Index, r *request) error {
	name, flags := r.string(), r.uint32()
	if r.short {
		return s.status(id, statusBadMessage, "the request is cut short")
	}
	if flags&openAll != openRead {
		return s.refuse(id)
	}
	e, err := s.files.find(index, name)
	switch {
	case err != nil:
		return s.fail(id, err)
	case e.folder != nil:
		return s.status(id, statusFailure, "that is a folder")
	}
	if err := s.admit(); err != nil {
		return s.fail(id, err)
	}
	text, taken, err := s.files.text(ctx, s.client, index, &e)
	if err != nil {
		s.client.Account.Give(handleCost)
		return s.fail(id, err)
	}
	return s.hold(id, &handle{taken: taken + handleCost, text: text, attributes: attributes{size: int64(len(text)), when: e.when}})
}

func (s *sftp) openFolder(id uint32, index *library.Index, name string) error {
	e, err := s.files.find(index, name)
	switch {
	case err != nil:
		return s.fail(id, err)
	case e.folder == nil:
		return s.status(id, statusFailure, "that is no folder")
	}
	if err := s.admit(); err != nil {
		return s.fail(id, err)
	}
	taken := int64(len(name))
	if !s.client.Account.TakeExtra(taken) {
		s.client.Account.Give(handleCost)
		return s.fail(id, errNoMemory)
	}
	return s.hold(id, &handle{taken: taken + handleCost, path: name, attributes: attributes{folder: true, when: e.when}})
}

func (s *sftp) readFile(id uint32, r *request) error {
	h, ok := s.handles[s.handle(r)]
	offset, length := r.uint64(), r.uint32()
	switch {
	case r.short:
		return s.status(id, statusBadMessage, "the request is cut short")
	case !ok:
		return s.status(id, statusFailure, noHandle)
	case h.attributes.folder:
		return s.status(id, statusFailure, "that is a folder")
	case offset >= uint64(len(h.text)):
		return s.status(id, statusEOF, "")
	}
	text := h.text[offset:]
	text = text[:min(len(text), int(min(length, maxData)))]
	s.reply = begin(s.reply, typeData, id)
	s.reply = binary.BigEndian.AppendUint32(s.reply, uint32(len(text))) //nolint:gosec // at most maxData
	return s.send(text)
}

// list answers with the next entries of a folder. If another index has come meanwhile, an entry may
// be left out or come twice, as in other file systems.
func (s *sftp) list(ctx context.Context, id uint32, index *library.Index, r *request) error {
	h, ok := s.handles[s.handle(r)]
	if !ok || !h.attributes.folder {
		return s.status(id, statusFailure, noHandle)
	}
	e, err := s.files.find(index, h.path)
	if err != nil || e.folder == nil || h.listed >= e.folder.len() { // a reload may have taken it away
		return s.status(id, statusEOF, "")
	}
	s.reply = begin(s.reply, typeName, id)
	count := len(s.reply)
	s.reply = binary.BigEndian.AppendUint32(s.reply, 0)
	n := uint32(0)
	turn := s.client.Account.Turn()
	defer func() { turn.End() }()
	for ; h.listed < e.folder.len() && len(s.reply) < pageBytes; h.listed++ {
		turn.Yield()
		entry := e.folder.at(h.listed)
		turn.End() // what tells the size has a turn of its own
		a, err := s.files.attributes(ctx, s.client, index, &entry)
		turn = s.client.Account.Turn()
		if err != nil {
			if n > 0 { // the next page tells it
				break
			}
			return s.fail(id, err)
		}
		s.reply = a.append(appendString(appendString(s.reply, entry.name), a.long(entry.name)))
		n++
	}
	binary.BigEndian.PutUint32(s.reply[count:], n)
	return s.send("")
}

// attributes returns those of an entry.
func (f *Files) attributes(ctx context.Context, c *Client, index *library.Index, e *entry) (attributes, error) {
	a := attributes{folder: e.folder != nil, when: e.when}
	var err error
	if !a.folder {
		a.size, err = f.size(ctx, c, index, e)
	}
	return a, err
}

func (s *sftp) stat(ctx context.Context, id uint32, index *library.Index, name string) error {
	e, err := s.files.find(index, name)
	if err != nil {
		return s.fail(id, err)
	}
	a, err := s.files.attributes(ctx, s.client, index, &e)
	if err != nil {
		return s.fail(id, err)
	}
	return s.attributes(id, a)
}

// attributes answers with those of a file or folder.
func (s *sftp) attributes(id uint32, a attributes) error {
	s.reply = a.append(begin(s.reply, typeAttrs, id))
	return s.send("")
}

// realPath answers with the absolute path of one, whether there is such a file or not.
func (s *sftp) realPath(id uint32, name string) error {
	name, ok := clean(name)
	if !ok {
		return s.fail(id, errNone)
	}
	s.reply = begin(s.reply, typeName, id)
	s.reply = binary.BigEndian.AppendUint32(s.reply, 1)
	s.reply = appendString(appendString(s.reply, name), name)
	s.reply = binary.BigEndian.AppendUint32(s.reply, 0) // no attributes
	return s.send("")
}

// extended answers what OpenSSH's PROTOCOL §4 adds. What it adds to write is refused.
func (s *sftp) extended(id uint32, index *library.Index, r *request) error {
	switch name := r.string(); name {
	case "statvfs@openssh.com":
		if _, err := s.files.find(index, r.string()); err != nil {
			return s.fail(id, err)
		}
		return s.fileSystem(id, index)
	case "fstatvfs@openssh.com":
		if _, ok := s.handles[s.handle(r)]; !ok {
			return s.status(id, statusFailure, noHandle)
		}
		return s.fileSystem(id, index)
	case "limits@openssh.com":
		return s.numbers(id, maxPacket, maxData, maxData, MaxHandles)
	case "expand-path@openssh.com":
		return s.realPath(id, r.string())
	default:
		if strings.HasSuffix(name, "@openssh.com") || name == "copy-data" {
			return s.refuse(id)
		}
		return s.status(id, statusUnsupported, "there is no such request")
	}
}

// fileSystem answers with what "df" shows: a full file system that is mounted read-only.
func (s *sftp) fileSystem(id uint32, index *library.Index) error {
	const block, readOnly, noSUID, maxName = 4096, 1, 2, 255
	blocks := uint64(index.Bytes())/block + 1                                                                      //nolint:gosec // it is a length
	return s.numbers(id, block, block, blocks, 0, 0, uint64(index.All().Len()), 0, 0, 0, readOnly|noSUID, maxName) //nolint:gosec // as above
}

// numbers answers an extended request with numbers.
func (s *sftp) numbers(id uint32, numbers ...uint64) error {
	s.reply = begin(s.reply, typeExtendedReply, id)
	for _, n := range numbers {
		s.reply = binary.BigEndian.AppendUint64(s.reply, n)
	}
	return s.send("")
}
