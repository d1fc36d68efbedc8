package files

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// openWrite opens a file for writing.
func (s *sftp) openWrite(ctx context.Context, id uint32, name string, flags uint32) {
	in, err := s.files.place(ctx, s.author, name)
	if err == nil {
		err = s.admit(0)
	}
	if err != nil {
		s.fail(id, s.author.complain(name, s.author.refuse(in, err)))
		return
	}
	u, err := s.author.create(ctx, in, flags)
	if err != nil {
		s.client.Account.Give(handleCost)
		s.fail(id, s.author.complain(name, err))
		return
	}
	s.hold(id, &handle{taken: handleCost, upload: u})
}

// readOwn answers with a piece of a file.
func (s *sftp) readOwn(id uint32, from io.ReaderAt, offset uint64, length uint32) {
	piece := s.packet[:min(length, maxData)] // all of the request has been read
	n, err := 0, io.EOF
	if offset <= math.MaxInt64 {
		n, err = from.ReadAt(piece, int64(offset))
	}
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		s.status(id, statusEOF, "")
		return
	case n == 0 && err != nil:
		s.fail(id, errors.New("the file cannot be read"))
		return
	}
	s.body = piece[:n]
	s.reply = begin(s.reply, typeData, id)
	s.reply = binary.BigEndian.AppendUint32(s.reply, uint32(n))
}

// change performs an author's request that is answered with a status.
func (s *sftp) change(ctx context.Context, kind byte, r *request) error {
	a := s.author
	switch kind {
	case typeWrite:
		return s.write(r)
	case typeSetstat, typeFsetstat:
		return s.setAttributes(ctx, kind, r)
	case typeRename:
		return s.rename(ctx, r, false)
	case typeSymlink:
		return a.complain("", errLinks)
	}
	name, in, err := s.place(ctx, r)
	switch {
	case errors.Is(err, errTop) && kind == typeMkdir: // as clients do that make all folders on a path
		err = errExists
	case err != nil:
	case kind == typeRemove:
		err = a.remove(ctx, in)
	case kind == typeMkdir:
		err = a.mkdir(ctx, in)
	default:
		err = a.rmdir(ctx, in)
	}
	return a.complain(name, err)
}

// place reads the path of what is to be changed, and returns what it is in the posts folder, too.
func (s *sftp) place(ctx context.Context, r *request) (name, in string, err error) {
	name = r.string()
	if r.short {
		return "", "", errShort
	}
	in, err = s.files.place(ctx, s.author, name)
	return name, in, err
}

func (s *sftp) write(r *request) error {
	h, ok := s.handles[s.handle(r)]
	offset, data := r.uint64(), r.data()
	switch {
	case r.short:
		return errShort
	case !ok:
		return errNoHandle
	case h.upload == nil:
		return errReading
	}
	return s.author.complain(Folder+"/"+h.upload.name, s.author.write(h.upload, data, offset))
}

// setAttributes sets the size of a file. Other attributes are ignored without an error.
func (s *sftp) setAttributes(ctx context.Context, kind byte, r *request) error {
	if kind == typeFsetstat {
		h, ok := s.handles[s.handle(r)]
		size, sized := r.size()
		switch {
		case r.short:
			return errShort
		case !ok:
			return errNoHandle
		case !sized:
			return nil
		case h.upload == nil:
			return errReading
		}
		return s.author.complain(Folder+"/"+h.upload.name, s.author.truncate(h.upload, length(size)))
	}
	name := r.string()
	size, sized := r.size()
	if r.short {
		return errShort
	}
	if !sized {
		_, err := s.find(ctx, s.files.Library.Current().In(s.client.Language), name)
		return err
	}
	in, err := s.files.place(ctx, s.author, name)
	if err == nil {
		err = s.author.cutTo(ctx, in, length(size))
	}
	return s.author.complain(name, err)
}

// length converts a size; one that is too large is refused when it is used.
func length(size uint64) int64 { return int64(min(size, math.MaxInt64)) }

func (s *sftp) rename(ctx context.Context, r *request, over bool) error {
	name, from, err := s.place(ctx, r)
	if err != nil {
		return s.author.complain(name, err)
	}
	name, to, err := s.place(ctx, r)
	if err != nil {
		return s.author.complain(name, s.author.refuse("", err))
	}
	return s.author.complain(name, s.author.rename(ctx, from, to, over))
}
