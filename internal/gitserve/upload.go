package gitserve

import (
	"compress/flate"
	"compress/zlib"
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	githash "github.com/go-git/go-git/v5/plumbing/hash"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/push"
)

// Limits of a fetch.
const (
	// maxWants is how many references a client may request: there is one, and it also appears as HEAD.
	maxWants = 16
	// maxHaves is how many commits a client may list as known, and maxCommon how many of these are kept.
	maxHaves, maxCommon = 1 << 16, 256
	// knownBytes is what an object that is sent takes from the account, in bytes, and knownStep how many
	// are taken at once.
	knownBytes, knownStep = 64, 256
	// sendBytes is what sending takes: buffers, and what compresses.
	sendBytes = inBytes + maxLine + 2*bandBytes + 1280<<10
)

// Upload serves a client that fetches. The error is about the connection, or for the client.
func Upload(ctx context.Context, c *Client, repository *push.Repository) error {
	if !c.Account.TakeExtra(sendBytes) {
		return errMemory
	}
	u := &uploader{client: c, repository: repository, turn: c.Account.Turn(), common: make(map[plumbing.Hash]bool), taken: sendBytes}
	defer func() {
		u.turn.End()
		c.Account.Give(u.taken)
	}()
	u.in = newInput(ctx, c, u.turn)
	if err := u.advertise(); err != nil {
		return err
	}
	if wants, err := u.wants(); err != nil || !wants {
		return u.refuse(err)
	}
	err := u.haves()
	if err == nil && c.Admit != nil { // the client may have waited for long
		err = c.Admit()
	}
	if err != nil {
		return u.refuse(err)
	}
	return u.send(ctx)
}

// uploader is one fetch.
type uploader struct {
	client     *Client
	repository *push.Repository
	turn       *ledger.Turn
	in         *input
	bands      bool                   // the client knows side bands
	common     map[plumbing.Hash]bool //ledger:counted at most maxCommon; what both have
	taken      int64                  // from the client's account

	known map[plumbing.Hash]bool //ledger:counted taken from the account; objects that are sent
	full  bool                   // there was no memory for more
	most  int                    // of them; what does not fit is sent again if it comes again
}

// write writes outside of a turn.
func (u *uploader) write(text string) error {
	u.turn.End()
	defer u.client.Account.Begin(u.turn)
	_, err := io.WriteString(u.client.Output, text)
	return err
}

// refuse sends the client the reason for a refusal.
func (u *uploader) refuse(err error) error {
	if err != nil && !Lost(err) {
		_ = u.write(packet("ERR " + err.Error())) // who is told may be gone
	}
	return err
}

// advertise sends the refs and capabilities.
func (u *uploader) advertise() error {
	if u.repository.Head == "" {
		return u.write(flushPacket)
	}
	const can = "\x00side-band-64k no-progress symref=HEAD:" + mainBranch + " " + agent + "\n"
	return u.write(packet(u.repository.Head+" HEAD"+can) + packet(u.repository.Head+" "+mainBranch+"\n") + flushPacket)
}

// wants reads what the client wants, and reports whether it wants anything.
func (u *uploader) wants() (some bool, err error) {
	buf := make([]byte, maxLine)
	for n := 0; ; n++ {
		text, err := u.in.line(buf)
		if errors.Is(err, io.EOF) && n == 0 { // it has only looked
			return false, nil
		}
		if err != nil || text == nil {
			return n > 0, err
		}
		line, can, _ := strings.Cut(string(text), " ")
		want, can, _ := strings.Cut(can, " ")
		h, ok := hashOf(want)
		switch {
		case line != "want" || !ok:
			return false, errors.New("only whole branches are fetched here: fetch without --depth and --filter")
		case h.String() != u.repository.Head:
			return false, fmt.Errorf("upload-pack: not our ref %s: fetch again", h)
		case n == maxWants:
			return false, errProtocol
		}
		u.bands = u.bands || strings.Contains(" "+can+" ", " side-band-64k ")
	}
}

// haves reads the commits that the client has, until it asks for the pack.
func (u *uploader) haves() error {
	buf := make([]byte, maxLine)
	for range maxHaves {
		text, err := u.in.line(buf)
		if err != nil {
			return err
		}
		have, is := strings.CutPrefix(string(text), "have ")
		h, ok := hashOf(have)
		switch {
		case text == nil && len(u.common) == 0, string(text) == "done" && len(u.common) == 0:
			err = u.write(packet("NAK\n"))
		case is && ok && u.repository.Has(h):
			if len(u.common) == 0 { // only the first common commit is acknowledged
				err = u.write(packet("ACK " + h.String() + "\n"))
			}
			if len(u.common) < maxCommon {
				u.common[h] = true
			}
		case !is && text != nil && string(text) != "done", is && !ok:
			err = errProtocol
		}
		if err != nil || string(text) == "done" {
			return err
		}
	}
	return errors.New("your repository has too much that is not here: clone anew")
}

// send sends the pack of the objects that the client lacks.
func (u *uploader) send(ctx context.Context) error {
	u.known, u.most = make(map[plumbing.Hash]bool), 0
	var count uint32
	if err := u.walk(ctx, u.room, func(plumbing.Hash) error { count++; return nil }); err != nil {
		return err
	}
	number := byte(0)
	if u.bands {
		number = bandData
	}
	out := newBand(u.client.Output, number, u.client.Account, u.turn)
	w := &packWriter{to: out, sum: githash.New(crypto.SHA1)}
	if err := w.begin(count); err != nil {
		return err
	}
	clear(u.known)
	if err := u.walk(ctx, func() bool { return len(u.known) < u.most }, func(h plumbing.Hash) error {
		o, err := u.repository.Object(h)
		if err != nil {
			return err
		}
		err = w.object(o)
		return errors.Join(err, o.Close())
	}); err != nil {
		return err
	}
	_, err := out.Write(w.sum.Sum(nil))
	if err = errors.Join(err, out.flush()); err != nil || !u.bands {
		return err
	}
	return u.write(flushPacket)
}

// room reports whether one more object can be recorded as sent.
func (u *uploader) room() bool {
	if len(u.known) < u.most {
		return true
	}
	// Once there is no memory it stays so, since both walks have to record the same objects.
	if u.full = u.full || !u.client.Account.TakeExtra(knownStep*knownBytes); u.full {
		return false
	}
	u.taken += knownStep * knownBytes
	u.most += knownStep
	return true
}

// walk calls f for each object that the client lacks, the newest commits first, and once for each as long as
// there is room to record them.
func (u *uploader) walk(ctx context.Context, room func() bool, f func(plumbing.Hash) error) error {
	visit := func(h plumbing.Hash) error {
		if h.IsZero() || u.known[h] {
			return nil
		}
		if room() {
			u.known[h] = true
		}
		return f(h)
	}
	c := &push.Comparison{
		Objects: u.repository, Account: u.client.Account, Turn: u.turn,
		Enter: func(_ string, _, is plumbing.Hash) error { return visit(is) },
		File:  func(_, _ string, _, is plumbing.Hash) error { return visit(is) },
	}
	for at := plumbing.NewHash(u.repository.Head); !at.IsZero() && !u.common[at]; {
		is, err := push.CommitOf(u.repository, at)
		if err != nil {
			return err
		}
		var was push.Commit
		if !is.Parent.IsZero() {
			before, err := push.CommitOf(u.repository, is.Parent)
			if err != nil {
				return err
			}
			was = *before
		}
		if err := visit(at); err != nil {
			return err
		}
		if err := c.Run(ctx, was.Tree, is.Tree); err != nil {
			return err
		}
		at = is.Parent
	}
	return nil
}

// packWriter writes a pack of whole objects.
type packWriter struct {
	to   io.Writer
	sum  hash.Hash
	zlib *zlib.Writer
}

// Write implements [io.Writer].
func (w *packWriter) Write(p []byte) (int, error) {
	w.sum.Write(p)
	return w.to.Write(p)
}

// begin writes how many objects there are.
func (w *packWriter) begin(count uint32) error {
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), count)
	_, err := w.Write(head)
	if err == nil {
		w.zlib, err = zlib.NewWriterLevel(w, flate.BestSpeed)
	}
	return err
}

// object writes one.
func (w *packWriter) object(o *push.Object) error {
	kind := map[plumbing.ObjectType]byte{plumbing.CommitObject: 1, plumbing.TreeObject: 2, plumbing.BlobObject: 3}[o.Kind]
	head := []byte{kind<<4 | byte(o.Size&15)}
	for size := o.Size >> 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	w.zlib.Reset(w)
	n, err := io.Copy(w.zlib, o)
	if err == nil && n != o.Size {
		err = errors.New("an object of the repository is not whole: mend it with git fsck")
	}
	return errors.Join(err, w.zlib.Close())
}
