package library

import (
	"crypto/sha256"
	"runtime"

	"github.com/sshblog/sshblog/internal/post"
)

// Memory is what posts take their memory from. Posts that have changed are taken for anew; what
// they replace is given back once no reader holds it any more. Its methods may be called from any
// number of goroutines.
type Memory interface {
	// Take takes bytes before they are used. It may wait for them, and have others give way. The
	// error says why there are none.
	Take(bytes int64) error
	// TakeSpare takes bytes if nobody else wants them, and reports whether it could.
	TakeSpare(bytes int64) bool
	// Give returns bytes that are not used any more.
	Give(bytes int64)
}

// unbounded is the Memory of a library whose Options have none.
type unbounded struct{}

func (unbounded) Take(int64) error     { return nil }
func (unbounded) TakeSpare(int64) bool { return true }
func (unbounded) Give(int64)           {}

// bytesOf returns the memory that a post takes whose file has so many bytes.
func bytesOf(size int64) int64 { return min(size, post.MaxSize) + postBytes }

// cover takes what an index needs beyond what is held and what a scan has taken for it.
func (l *Library) cover(x *Index, s *scan) error {
	more := x.bytes - l.held - s.taken
	if more <= 0 {
		return nil
	}
	if err := l.opts.Memory.Take(more); err != nil {
		return err
	}
	s.taken += more
	return nil
}

// hold makes the memory of x what is held. The rest is given back: that of the index before, if it
// was replaced, once nobody has it any more.
func (l *Library) hold(x *Index, taken int64, replaced *Index) {
	held := min(l.held+taken, x.bytes)
	rest := l.held + taken - held
	l.held = held
	if rest > 0 && replaced != nil {
		runtime.AddCleanup(replaced.edition, l.opts.Memory.Give, rest)
		l.replaced.Add(rest)
	} else {
		l.opts.Memory.Give(rest)
	}
}

// collect has the memory of indexes that were replaced collected if that is much, since nothing
// else may come for minutes that has.
func (l *Library) collect() {
	const much = 4 << 20 // bytes
	if l.replaced.Load() >= much {
		l.replaced.Store(0)
		runtime.GC()
	}
}

// drop gives back what was taken for a scan of which nothing is used.
func (l *Library) drop(s *scan) {
	l.opts.Memory.Give(s.taken)
	s.taken = 0
}

// has reports whether this is the file of a good post, of which src is the text.
func (e *entry) has(src []byte) bool {
	if e == nil || e.post == nil || e.kept || e.notes != nil {
		return false
	}
	sum := sha256.Sum256(src)
	return [len(e.post.Sum)]byte(sum[:]) == e.post.Sum
}
