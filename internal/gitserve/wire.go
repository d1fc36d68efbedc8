package gitserve

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/sshblog/sshblog/internal/ledger"
)

// Buffers, in bytes.
const (
	inBytes = 16 << 10
	// maxLine is the longest line that is taken: a reference's name, and what a client can do.
	maxLine = 4 << 10
	// bandBytes is how much goes over a side band at once, which may be 65515.
	bandBytes = 8 << 10
)

// errProtocol says that a client does not speak git's protocol.
var errProtocol = errors.New("this is not git's protocol, or a version of it that is not known: update git")

// input reads from a client. It gives up its turn while it waits, and counts the bytes.
type input struct {
	from     io.Reader
	await    func() error // before it is read from
	account  *ledger.Account
	turn     *ledger.Turn
	buf      []byte
	at, end  int
	before   int64     // bytes before buf
	most     int64     // bytes that may be read
	sum      hash.Hash // of what is read, if set
	summed   int       // of buf
	tooLarge error     // for more than most
}

// newInput returns what reads from a client, in inBytes of memory.
func newInput(ctx context.Context, c *Client, turn *ledger.Turn) *input {
	await := func() error { return ctx.Err() }
	if c.Await != nil {
		await = func() error { return c.Await(ctx) }
	}
	return &input{from: c.Input, await: await, account: c.Account, turn: turn, buf: make([]byte, inBytes)}
}

// Read implements [io.Reader].
func (i *input) Read(p []byte) (int, error) {
	if i.at == i.end {
		if err := i.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, i.buf[i.at:i.end])
	i.at += n
	return n, nil
}

// ReadByte implements [io.ByteReader], so that the decompressor reads nothing beyond an object.
func (i *input) ReadByte() (byte, error) {
	if i.at == i.end {
		if err := i.fill(); err != nil {
			return 0, err
		}
	}
	i.at++
	return i.buf[i.at-1], nil
}

// fill reads what there is.
func (i *input) fill() error {
	i.digest()
	i.before += int64(i.end)
	i.at, i.end, i.summed = 0, 0, 0
	if i.most > 0 && i.before >= i.most {
		return i.tooLarge
	}
	i.turn.End()
	err := i.await()
	var n int
	if err == nil {
		n, err = i.from.Read(i.buf)
	}
	i.account.Begin(i.turn)
	i.end = n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// digest adds what was read to the sum.
func (i *input) digest() {
	if i.sum != nil {
		i.sum.Write(i.buf[i.summed:i.at])
		i.summed = i.at
	}
}

// offset is how many bytes were read.
func (i *input) offset() int64 { return i.before + int64(i.at) }

// line reads a packet of text. It is nil for the one that ends a list.
func (i *input) line(into []byte) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(i, head[:]); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := hex.Decode(size[:], head[:]); err != nil {
		return nil, errProtocol
	}
	n := int(size[0])<<8 | int(size[1])
	switch {
	case n == 0:
		return nil, nil
	case n < len(head) || n-len(head) > len(into):
		return nil, errProtocol
	}
	text := into[:n-len(head)]
	if _, err := io.ReadFull(i, text); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text, []byte("\n")), nil
}

// packet makes one of text.
func packet(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

// flushPacket ends a list of packets.
const flushPacket = "0000"

// band writes to a side band, or for a client without side bands to a stream of its own. It gives up its turn
// while it waits.
type band struct {
	to      io.Writer
	number  byte // 0: without side bands
	account *ledger.Account
	turn    *ledger.Turn
	buf     []byte //ledger:counted it has bandBytes; that is not written yet, behind room for what goes before it
}

const bandHead = 5

// The side bands.
const (
	bandData   = 1
	bandRemote = 2 // what git shows as lines of "remote:"
)

func newBand(to io.Writer, number byte, account *ledger.Account, turn *ledger.Turn) *band {
	return &band{to: to, number: number, account: account, turn: turn, buf: make([]byte, bandHead, bandBytes)}
}

// Write implements [io.Writer].
func (b *band) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if len(b.buf) == cap(b.buf) {
			if err := b.flush(); err != nil {
				return n, err
			}
		}
		took := min(len(p), cap(b.buf)-len(b.buf))
		b.buf = append(b.buf, p[:took]...)
		p, n = p[took:], n+took
	}
	return n, nil
}

// flush writes what is left.
func (b *band) flush() error {
	if len(b.buf) == bandHead {
		return nil
	}
	packet := b.buf[bandHead:]
	if b.number != 0 {
		packet = b.buf
		copy(packet, fmt.Sprintf("%04x%c", len(packet), b.number))
	}
	b.turn.End()
	defer b.account.Begin(b.turn)
	_, err := b.to.Write(packet)
	b.buf = b.buf[:bandHead]
	return err
}

// hashOf reads a hash in hexadecimal digits.
func hashOf(text string) (plumbing.Hash, bool) {
	return plumbing.NewHash(text), plumbing.IsHash(text)
}

// digitsOf writes a number of bytes for messages.
func digitsOf(n int64) string {
	const mebi = 1 << 20
	if n >= mebi {
		return strconv.FormatInt(n/mebi, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
