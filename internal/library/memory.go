package library

import (
	"context"
	"crypto/sha256"
	"runtime"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// Memory provides the memory of posts. The memory of changed posts is taken before that of the old ones is
// given back, which happens once no session holds these any more. Its methods may be called from any number of
// goroutines.
type Memory interface {
	// Take takes bytes before they are used. It may wait, and close connections, to free them. The error says
	// why there are none.
	Take(bytes int64) error
	// TakeSpare takes bytes if they are free, and reports whether it could.
	TakeSpare(bytes int64) bool
	// Has reports whether Take would find as many bytes now without freeing any.
	Has(bytes int64) bool
	// Give returns bytes that are not used any more.
	Give(bytes int64)
	// Replaced declares that so many of the taken bytes belong to replaced posts, and are only kept by
	// sessions. The function that it returns gives them back.
	Replaced(bytes int64) (give func())
}

// unbounded is the Memory of a library whose Options have none.
type unbounded struct{}

func (unbounded) Take(int64) error      { return nil }
func (unbounded) TakeSpare(int64) bool  { return true }
func (unbounded) Has(int64) bool        { return true }
func (unbounded) Give(int64)            {}
func (unbounded) Replaced(int64) func() { return func() {} }

// noMemoryError is the error of a reload for want of memory.
type noMemoryError struct {
	error
	wanted int64 // bytes that it needs at least
}

func (e noMemoryError) Unwrap() error { return e.error }

// bytesOf returns the memory that a post takes whose file has so many bytes.
func bytesOf(size int64) int64 { return min(size, post.MaxSize) + postBytes }

// portion is memory for what a scan reads. It is taken for many posts at a time if possible. The error of take
// is a noMemoryError.
type portion struct {
	mu           sync.Mutex
	from         Memory
	taken, spare int64 // and what nothing uses of it
}

func (p *portion) take(bytes int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	const many = 512 << 10
	if p.spare < bytes && p.from.TakeSpare(many) {
		p.taken, p.spare = p.taken+many, p.spare+many
	}
	if p.spare < bytes {
		more := bytes - p.spare
		if err := p.from.Take(more); err != nil {
			return noMemoryError{err, p.taken + more}
		}
		p.taken, p.spare = p.taken+more, bytes
	}
	p.spare -= bytes
	return nil
}

// close gives back what nothing uses, and returns what is taken.
func (p *portion) close() int64 {
	p.from.Give(p.spare)
	return p.taken - p.spare
}

// cover takes the memory that an index needs beyond what is held and what a scan has taken for it: lists of
// languages.
func (l *Library) cover(x *Index, s *scan) error {
	more := x.bytes - l.held - s.taken
	if more <= 0 {
		return nil
	}
	if err := l.opts.Memory.Take(more); err != nil {
		return noMemoryError{err, s.taken + more}
	}
	s.taken += more
	return nil
}

// hold makes the memory of x what is held. The rest is given back: that of a replaced index once nobody has it
// any more.
func (l *Library) hold(x *Index, taken int64, replaced *Index) {
	held := min(l.held+taken, x.bytes)
	rest := l.held + taken - held
	l.held = held
	if rest > 0 && replaced != nil {
		l.replaced.Add(rest)
		runtime.AddCleanup(replaced.edition, func(give func()) {
			l.replaced.Add(-rest)
			give()
		}, l.opts.Memory.Replaced(rest))
	} else {
		l.opts.Memory.Give(rest)
	}
}

// awaitNext waits until x is superseded, and reports whether that was before the end of ctx. If earlier indexes
// have much memory, it collects garbage meanwhile to find out whether sessions still hold them: otherwise an
// idle program does not collect for two minutes.
func (l *Library) awaitNext(ctx context.Context, x *Index) bool {
	const much = 4 << 20 // bytes
	for pause := time.Second; pause < 2*time.Minute && l.replaced.Load() >= much; pause *= 2 {
		runtime.GC()
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-x.Superseded():
		case <-timer.C:
			continue
		}
		timer.Stop()
		break
	}
	select {
	case <-ctx.Done():
		return false
	case <-x.Superseded():
		return true
	}
}

// drop gives back what was taken for a scan that is not used.
func (l *Library) drop(s *scan) {
	l.opts.Memory.Give(s.taken)
	s.taken = 0
}

// has reports whether this entry is for a file with the text src that was parsed well.
func (e *entry) has(src []byte) bool {
	if e == nil || e.post == nil || e.kept || e.notes != nil {
		return false
	}
	sum := sha256.Sum256(src)
	return [len(e.post.Sum)]byte(sum[:]) == e.post.Sum
}
