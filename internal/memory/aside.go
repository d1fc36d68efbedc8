package memory

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
)

// What a store has not taken when a Memory is closed is in a file until the next one has had it written: beside its
// version and date the posts that are meant, by the hashes of their addresses, and states as in the store, under
// what is kept of keys. Its end is an HMAC of the rest, so what is damaged, or of another secret, is found.
const (
	asideKind = 'u'
	maxAside  = 4 << 20 // bytes
)

// The fields of the file, in this order, and those of a state in it.
const (
	asideWritten = iota + 1
	asidePosts
	asideState
)

const (
	asideReader = iota + 1
	asideKeys
	asideMarks
	asideKept
)

// setAside is a state in the file.
type setAside struct {
	id    string
	keys  []keyID //ledger:counted by maxAside
	marks marks
	kept  *kept // nil: there was nothing new
}

// asideNumbers are the posts' numbers in the file.
type asideNumbers struct {
	posts  *posts
	hashes []uint64          //ledger:counted by maxPostNumber
	given  map[uint32]uint32 //ledger:counted by maxPostNumber: those of the process, when it is written
}

func (*asideNumbers) generation() uint32 { return 1 }

func (n *asideNumbers) stored(post uint32) (uint32, bool) {
	if at, ok := n.given[post]; ok {
		return at, true
	}
	hash, ok := n.posts.hash(post)
	if ok {
		n.given[post] = uint32(len(n.hashes)) //nolint:gosec // below maxPostNumber
		n.hashes = append(n.hashes, hash)
	}
	return n.given[post], ok
}

func (n *asideNumbers) process(stored uint32) (uint32, bool) {
	if int(stored) >= len(n.hashes) {
		return 0, false
	}
	return n.posts.numberOf(n.hashes[stored])
}

// encodeAside returns the file of states, the newest first, and of how many there was room for.
func (m *Memory) encodeAside(states []setAside) (file []byte, room int) {
	numbers := &asideNumbers{posts: m.posts, given: make(map[uint32]uint32)}
	const overhead = 64 // of the file, and of a state
	size := overhead + sha256.Size
	var encoded [][]byte
	for _, s := range states {
		var e encoder
		if s.id != "" {
			e.field(asideReader, func(e *encoder) { e.raw([]byte(s.id)) })
		}
		e.field(asideKeys, func(e *encoder) {
			for _, k := range s.keys {
				e.raw(k[:])
			}
		})
		e.field(asideMarks, func(e *encoder) { e.raw(encodeMarks(&s.marks, numbers)) })
		if s.kept != nil {
			e.field(asideKept, func(e *encoder) { e.raw(encodeKept(s.kept, m.now())) })
		}
		if size += len(e.out) + overhead; size+8*len(numbers.hashes) > maxAside {
			break
		}
		encoded = append(encoded, e.out)
	}
	e := newEncoder(asideKind)
	e.stamp(asideWritten, m.now())
	e.field(asidePosts, func(e *encoder) {
		for _, hash := range numbers.hashes {
			e.fixed64(hash)
		}
	})
	for _, state := range encoded {
		e.field(asideState, func(e *encoder) { e.raw(state) })
	}
	return append(e.out, m.asideSum(e.out)...), len(encoded)
}

func (m *Memory) asideSum(content []byte) []byte {
	h := hmac.New(sha256.New, m.secret)
	_, _ = h.Write([]byte("aside\x00"))
	_, _ = h.Write(content)
	return h.Sum(nil)
}

// asideFile is what a file has.
type asideFile struct {
	written stamp
	numbers *asideNumbers
	states  []string //ledger:counted by maxAside: the newest first
}

// decodeAside returns what a file has.
func (m *Memory) decodeAside(file []byte) (f asideFile, err error) {
	content := file[:max(0, len(file)-sha256.Size)]
	d, err := newDecoder(asideKind, content)
	if err == nil && !hmac.Equal(file[len(content):], m.asideSum(content)) {
		err = errBroken
	}
	if err != nil {
		return asideFile{}, err
	}
	f.numbers = &asideNumbers{posts: m.posts}
	_, err = d.fields(func(tag uint64, d *decoder) bool {
		switch tag {
		case asideWritten:
			f.written = d.stamp()
		case asidePosts:
			for len(d.in) > 0 && !d.bad {
				f.numbers.hashes = append(f.numbers.hashes, d.fixed64())
			}
		case asideState:
			f.states = append(f.states, string(d.in))
		default:
			return false
		}
		return true
	})
	return f, err
}

// decode returns a state of the file; ok is whether it is one.
func (f *asideFile) decode(state string) (s setAside, ok bool) {
	d := &decoder{in: []byte(state)}
	_, err := d.fields(func(tag uint64, d *decoder) bool {
		var err error
		switch tag {
		case asideReader:
			s.id = string(d.in)
		case asideKeys:
			for len(d.in) > 0 && !d.bad {
				s.keys = append(s.keys, keyID(d.bytes(len(keyID{}))))
			}
		case asideMarks:
			s.marks, _, err = decodeMarks(d.in, f.numbers)
		case asideKept:
			var k kept
			k, err = decodeKept(d.in)
			s.kept = &k
		}
		d.bad = d.bad || err != nil
		return true
	})
	return s, err == nil && (len(s.keys) > 0 || isReaderID(s.id))
}

// hash returns the hash of the address of a post with one of the process's numbers.
func (p *posts) hash(post uint32) (uint64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(post) >= len(p.hashes) {
		return 0, false
	}
	return p.hashes[post], true
}

// numberOf returns the process's number of a post by the hash of its address. It is false if there are too many posts.
func (p *posts) numberOf(hash uint64) (uint32, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.add(hash)
}

// writeAside writes the file, for its owner alone, in the place of the one before.
func writeAside(path string, file []byte) error {
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the path is the operator's
	if err != nil {
		return err
	}
	_, err = f.Write(file)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		_ = os.Remove(fresh)
		return err
	}
	return syncDir(path)
}

// readAside returns what the file has, and which one it is; nil: there is none.
func readAside(path string) (file []byte, info os.FileInfo, err error) {
	f, err := os.Open(path) //nolint:gosec // the path is the operator's
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	if info, err = f.Stat(); err == nil && info.Size() > maxAside {
		err = fmt.Errorf("%w: it has %d bytes", errBroken, info.Size())
	}
	if err == nil {
		file = make([]byte, info.Size()) //ledger:counted no more than maxAside
		_, err = io.ReadFull(f, file)
	}
	return file, info, err
}

// sameFile reports whether a file is the one that was read.
func sameFile(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
