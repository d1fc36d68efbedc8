package files

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/sshblog/sshblog/internal/library"
)

// answer builds the answer to a request, in the session's turn.
func (s *sftp) answer(ctx context.Context, kind byte, id uint32, r *request) {
	index := s.files.Library.Current().In(s.client.Language)
	switch kind {
	case typeOpen:
		s.open(ctx, id, index, r)
	case typeOpendir:
		s.openFolder(ctx, id, index, r)
	case typeClose:
		s.done(id, s.end(ctx, s.handle(r)))
	case typeRead:
		s.readFile(id, r)
	case typeReaddir:
		s.list(ctx, id, index, r)
	case typeStat, typeLstat:
		s.stat(ctx, id, index, r)
	case typeFstat:
		h, ok := s.handles[s.handle(r)]
		if !ok {
			s.fail(id, errNoHandle)
			return
		}
		if h.upload != nil {
			h.attributes.size = h.upload.size
		}
		s.attributes(id, h.attributes)
	case typeRealpath:
		s.realPath(id, r)
	case typeReadlink:
		s.status(id, statusFailure, "there are no links here")
	case typeExtended:
		s.extended(ctx, id, index, r)
	case typeWrite, typeSetstat, typeFsetstat, typeRemove, typeMkdir, typeRmdir, typeRename, typeSymlink:
		if s.author == nil {
			s.refuse(id)
			return
		}
		s.done(id, s.change(ctx, kind, r))
	default:
		s.status(id, statusUnsupported, unknown)
	}
}

// The texts of statuses.
var (
	errNoHandle = errors.New("that is not open")
	errFull     = errors.New("too many files are open: close some")
	errFolder   = errors.New("that is a folder")
	errNoFolder = errors.New("that is no folder")
	errReading  = errors.New("that was opened for reading")
	errShort    = errors.New("the request is cut short")
)

const (
	unknown = "there is no such request"
	short   = "the request is cut short"
)

// done answers with the status for err; nil is success.
func (s *sftp) done(id uint32, err error) {
	if err != nil {
		s.fail(id, err)
		return
	}
	s.status(id, statusOK, "")
}

// status answers with a status.
func (s *sftp) status(id, code uint32, text string) {
	s.reply = begin(s.reply, typeStatus, id)
	s.reply = binary.BigEndian.AppendUint32(s.reply, code)
	s.reply = appendString(appendString(s.reply, text), "en")
}

// fail answers with an error.
func (s *sftp) fail(id uint32, err error) {
	code := uint32(statusFailure)
	switch {
	case errors.Is(err, ErrNone):
		code = statusNoSuchFile
	case errors.Is(err, errOthers), errors.Is(err, errTop), errors.Is(err, errOutside), errors.Is(err, errLinks):
		code = statusPermissionDenied
	case errors.Is(err, errShort):
		code = statusBadMessage
	}
	s.status(id, code, err.Error())
}

// refuse answers that nothing can be written here.
func (s *sftp) refuse(id uint32) {
	s.refused = true
	s.status(id, statusPermissionDenied, s.client.refusal())
}

// handle reads a handle of the client and returns its number, or 0 if it is none of ours.
func (s *sftp) handle(r *request) uint32 {
	name := r.string()
	if len(name) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32([]byte(name))
}

// hold assigns a number to a handle, and answers with it. What the handle takes was taken from the account
// before.
func (s *sftp) hold(id uint32, h *handle) {
	s.last++
	for s.last == 0 || s.handles[s.last] != nil { // after 2^32
		s.last++
	}
	s.handles[s.last] = h
	s.reply = begin(s.reply, typeHandle, id)
	s.reply = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(s.reply, 4), s.last)
}

// admit takes a handle from the account, and as many bytes as it will hold.
func (s *sftp) admit(bytes int) error {
	switch {
	case len(s.handles) >= maxHandles:
		return errFull
	case !s.client.Account.TakeExtra(handleCost + int64(bytes)):
		return errNoMemory
	}
	return nil
}

// end closes a handle; a file that was written is then complete.
func (s *sftp) end(ctx context.Context, number uint32) error {
	h, ok := s.handles[number]
	if !ok {
		return errNoHandle
	}
	s.close(number)
	if h.upload != nil {
		return s.author.complain(Folder+"/"+h.upload.name, s.author.keep(ctx, h.upload))
	}
	return nil
}

// close gives back what a handle has taken, except for an upload's, which the author's side does.
func (s *sftp) close(number uint32) {
	h := s.handles[number]
	delete(s.handles, number)
	s.client.Account.Give(h.taken)
	if h.reading != nil {
		_ = h.reading.Close() // it was only read
	}
}

// find returns what is at a path.
func (s *sftp) find(ctx context.Context, index *library.Index, name string) (entry, error) {
	return s.files.at(ctx, s.author, index, name)
}

func (s *sftp) open(ctx context.Context, id uint32, index *library.Index, r *request) {
	name, flags := r.string(), r.uint32()
	if r.short {
		s.status(id, statusBadMessage, short)
		return
	}
	switch {
	case s.author == nil && flags&openAll != openRead:
		s.refuse(id)
		return
	case flags&(openWrite|openAppend) != 0:
		s.openWrite(ctx, id, name, flags)
		return
	}
	e, err := s.find(ctx, index, name)
	if err == nil && e.folder != nil {
		err = errFolder
	}
	if err == nil {
		err = s.admit(0)
	}
	if err != nil {
		s.fail(id, err)
		return
	}
	if e.own != "" {
		reading, err := s.author.open(e.own)
		if err != nil {
			s.client.Account.Give(handleCost)
			s.fail(id, err)
			return
		}
		s.hold(id, &handle{taken: handleCost, reading: reading, attributes: attributes{size: e.size, when: e.when}})
		return
	}
	text, taken, err := s.files.text(ctx, s.client, &s.turn, &e)
	if err != nil {
		s.client.Account.Give(handleCost)
		s.fail(id, err)
		return
	}
	s.hold(id, &handle{taken: taken + handleCost, text: text, attributes: attributes{size: int64(len(text)), when: e.when}})
}

func (s *sftp) openFolder(ctx context.Context, id uint32, index *library.Index, r *request) {
	name := r.string()
	if r.short {
		s.status(id, statusBadMessage, short)
		return
	}
	e, err := s.find(ctx, index, name)
	if err == nil && e.folder == nil {
		err = errNoFolder
	}
	if err == nil {
		err = s.admit(len(name))
	}
	if err != nil {
		s.fail(id, err)
		return
	}
	s.hold(id, &handle{taken: int64(len(name)) + handleCost, path: name, attributes: attributes{folder: true, when: e.when}})
}

func (s *sftp) readFile(id uint32, r *request) {
	h, ok := s.handles[s.handle(r)]
	offset, length := r.uint64(), r.uint32()
	switch {
	case r.short:
		s.status(id, statusBadMessage, short)
		return
	case !ok:
		s.fail(id, errNoHandle)
		return
	case h.attributes.folder:
		s.fail(id, errFolder)
		return
	case h.upload != nil:
		s.readOwn(id, h.upload, offset, length)
		return
	case h.reading != nil:
		s.readOwn(id, h.reading, offset, length)
		return
	case offset >= uint64(len(h.text)):
		s.status(id, statusEOF, "")
		return
	}
	text := h.text[offset:]
	s.text = text[:min(len(text), int(min(length, maxData)))]
	s.reply = begin(s.reply, typeData, id)
	s.reply = binary.BigEndian.AppendUint32(s.reply, uint32(len(s.text))) //nolint:gosec // at most maxData
}

// list answers with the next entries of a folder. If the index is replaced meanwhile, an entry may be missing
// or come twice, as in other file systems.
func (s *sftp) list(ctx context.Context, id uint32, index *library.Index, r *request) {
	h, ok := s.handles[s.handle(r)]
	if !ok || !h.attributes.folder {
		s.fail(id, errNoHandle)
		return
	}
	e, err := s.find(ctx, index, h.path)
	if err != nil || e.folder == nil { // a reload may have removed it
		s.status(id, statusEOF, "")
		return
	}
	s.reply = begin(s.reply, typeName, id)
	count := len(s.reply)
	s.reply = binary.BigEndian.AppendUint32(s.reply, 0)
	n := uint32(0)
	for ; h.listed < e.folder.len() && len(s.reply) < pageBytes; h.listed++ {
		s.turn.Yield()
		entry := e.folder.at(h.listed)
		a, err := s.files.attributes(ctx, s.client, &s.turn, &entry)
		if err != nil { // opening this file reports why; the others are listed
			continue
		}
		s.reply = a.append(appendString(appendString(s.reply, entry.name), a.long(entry.name)))
		n++
	}
	if n == 0 {
		s.status(id, statusEOF, "")
		return
	}
	binary.BigEndian.PutUint32(s.reply[count:], n)
}

func (s *sftp) stat(ctx context.Context, id uint32, index *library.Index, r *request) {
	name := r.string()
	if r.short {
		s.status(id, statusBadMessage, short)
		return
	}
	e, err := s.find(ctx, index, name)
	if err != nil {
		s.fail(id, err)
		return
	}
	a, err := s.files.attributes(ctx, s.client, &s.turn, &e)
	if err != nil {
		s.fail(id, err)
		return
	}
	s.attributes(id, a)
}

// attributes answers with those of a file or folder.
func (s *sftp) attributes(id uint32, a attributes) {
	s.reply = a.append(begin(s.reply, typeAttrs, id))
}

// realPath answers with the absolute path of one, whether there is such a file or not.
func (s *sftp) realPath(id uint32, r *request) {
	name, ok := clean(r.string())
	if r.short {
		s.status(id, statusBadMessage, short)
		return
	}
	if !ok {
		s.fail(id, ErrNone)
		return
	}
	s.reply = begin(s.reply, typeName, id)
	s.reply = binary.BigEndian.AppendUint32(s.reply, 1)
	s.reply = appendString(appendString(s.reply, name), name)
	s.reply = binary.BigEndian.AppendUint32(s.reply, 0) // no attributes
}

// extended answers what OpenSSH's PROTOCOL §4 adds. What it adds to write is refused.
func (s *sftp) extended(ctx context.Context, id uint32, index *library.Index, r *request) {
	switch name := r.string(); {
	case name == "statvfs@openssh.com":
		if _, err := s.find(ctx, index, r.string()); err != nil {
			s.fail(id, err)
			return
		}
		s.fileSystem(id, index)
	case name == "fstatvfs@openssh.com":
		if _, ok := s.handles[s.handle(r)]; !ok {
			s.fail(id, errNoHandle)
			return
		}
		s.fileSystem(id, index)
	case name == "limits@openssh.com":
		s.orderly = true
		s.numbers(id, maxPacket, maxData, maxData, maxHandles)
	case name == "expand-path@openssh.com":
		s.realPath(id, r)
	case s.author != nil && name == renameExtension:
		s.done(id, s.rename(ctx, r, true))
	case s.author != nil && name == syncExtension: // it is flushed when it is published
		s.done(id, nil)
	case s.author != nil && name == "hardlink@openssh.com":
		s.fail(id, s.author.complain("", errLinks))
	case s.author == nil && (strings.HasSuffix(name, "@openssh.com") || name == "copy-data"):
		s.refuse(id)
	default:
		s.status(id, statusUnsupported, unknown)
	}
}

// fileSystem answers with what "df" shows: a full file system that is mounted read-only, or one that
// has room for what authors send at once.
func (s *sftp) fileSystem(id uint32, index *library.Index) {
	const block, readOnly, noSUID, maxName, freeBlocks, freeFiles = 4096, 1, 2, 255, 64 << 20 / 4096, 1000
	const each = 4                     // constant, since the size of the index would reveal drafts
	posts := uint64(index.All().Len()) //nolint:gosec // a length
	blocks := each*posts + 1
	if s.author != nil {
		s.numbers(id, block, block, blocks+freeBlocks, freeBlocks, freeBlocks, posts+freeFiles, freeFiles, freeFiles, 0, noSUID, maxName)
		return
	}
	s.numbers(id, block, block, blocks, 0, 0, posts, 0, 0, 0, readOnly|noSUID, maxName)
}

// numbers answers an extended request with numbers.
func (s *sftp) numbers(id uint32, numbers ...uint64) {
	s.reply = begin(s.reply, typeExtendedReply, id)
	for _, n := range numbers {
		s.reply = binary.BigEndian.AppendUint64(s.reply, n)
	}
}
