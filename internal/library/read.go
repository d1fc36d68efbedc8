package library

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"sync"

	"github.com/sshblog/sshblog/internal/post"
)

// outcome is the result of reading one file. A broken file has neither a post nor an about, and its problems
// say why.
type outcome struct {
	post     *post.Post
	about    *post.IndexFile
	problems []post.Problem
	refused  bool   // it is no post, and never was
	gone     bool   // it was deleted meanwhile
	same     *entry // the entry that has the same post already
	failed   bool   // it could not be read: the fault may lie outside the file
	full     error  // there is no memory for it
}

// stale is a file to read: one that is new, or may have changed.
type stale struct {
	found
	outcome
	before  *entry // what was known of it, or nil
	earlier *entry // what the scan before has of it, or nil
}

// reading reads files while the walk is still finding others, as many at a time as there are processors.
type reading struct {
	files   chan stale
	workers sync.WaitGroup
	mu      sync.Mutex
	done    []stale
	err     error // that ends the reading
	memory  portion
}

func (l *Library) startReading(f folder) *reading {
	g := &reading{files: make(chan stale, 64), memory: portion{from: l.opts.Memory}}
	for range min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) {
		g.workers.Go(func() {
			r := reader{files: opener{folder: f}, textPosts: l.opts.TextPosts, memory: &g.memory}
			defer r.files.close()
			var done []stale
			var err error
			for file := range g.files {
				if err != nil {
					continue // nothing of the scan will be used
				}
				file.outcome = r.read(&file)
				err = file.full
				done = append(done, file)
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			g.done, g.err = append(g.done, done...), cmp.Or(g.err, err)
		})
	}
	return g
}

// wait returns what was read, in any order, after the last file has been sent, and the memory that was taken
// for it. The error means that there was not enough.
func (g *reading) wait() (read []stale, taken int64, err error) {
	close(g.files)
	g.workers.Wait()
	return g.done, g.memory.close(), g.err
}

// reader reads files one after the other into the same buffer: parsing copies what it keeps.
type reader struct {
	files opener
	buf   bytes.Buffer

	textPosts bool
	memory    *portion
}

func (r *reader) read(file *stale) (out outcome) {
	// One post must not take the server down, whatever it makes the parser do.
	defer func() {
		if v := recover(); v != nil {
			out = failed(file.path, fmt.Errorf("a bug in sshblog: it failed on this file (%v); please report it", v))
		}
	}()
	if file.err != nil {
		return failed(file.path, file.err)
	}
	src, err := r.bytes(file.found)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !named(file.path) {
		return outcome{refused: true, failed: true}
	}
	if why, told := post.Refusal(file.path, src, r.textPosts); err == nil && why != "" && !isIndex(file.path) {
		out.refused = true
		if told {
			out.problems = []post.Problem{problem(file.path, post.Notice, "%s", why)}
		}
		return out
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return outcome{gone: true}
	case err != nil:
		return failed(file.path, err)
	case len(src) > post.MaxSize:
		out.problems = []post.Problem{post.TooBig(file.path, max(file.stamp.size, int64(len(src))))}
	case isIndex(file.path):
		out.about, out.problems = post.ParseIndex(file.path, src)
	case file.before.has(src):
		out.same = file.before
	case file.earlier.has(src):
		out.same = file.earlier
	default:
		if err := r.memory.take(bytesOf(int64(len(src)))); err != nil {
			return outcome{full: err}
		}
		out.post, out.problems = post.Parse(file.path, src)
	}
	return out
}

// bytes reads a file up to one byte beyond the limit, which is enough for the
// parser to refuse it. The bytes are valid until the next call.
func (r *reader) bytes(file found) ([]byte, error) {
	f, err := r.files.open(file.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	const limit = post.MaxSize + 1
	r.buf.Reset()
	r.buf.Grow(int(min(file.stamp.size, limit)) + bytes.MinRead)
	_, err = r.buf.ReadFrom(io.LimitReader(f, limit))
	return r.buf.Bytes(), err
}

// failed is the outcome for a file that cannot be read.
func failed(path string, err error) outcome {
	return outcome{failed: true, problems: []post.Problem{
		problem(path, post.Error, "cannot read this file: %s%s", reason(err), remedy(err)),
	}}
}
