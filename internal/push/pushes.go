package push

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// pushesFile is in the repository, and has a line for each push by git: the author in a commit is not verified,
// and the commit must not be changed.
const pushesFile = "pushes"

// pushed is a line of it, by the newest version of the push.
type pushed struct {
	after plumbing.Hash // the version before the push, or zero
	who   string        // the author whose key it was
	when  time.Time
}

// pushes are the lines of it, which all who read the log share. It is safe for concurrent use.
type pushes struct {
	mu   sync.Mutex
	size int64                    // bytes that were read
	all  map[plumbing.Hash]pushed //ledger:counted a push each, as the history has them
	who  map[string]string        //ledger:counted the names of authors, each once
}

// sign returns the signature of a version for the log: of a pushed one the owner of the key, and the time. A
// nil pushed returns by.
func (p *pushed) sign(by Signature) Signature {
	if p == nil {
		return by
	}
	subject, _, _ := strings.Cut(by.Message, "\n")
	return Signature{p.who, p.when, plaintext.Clean(subject)}
}

// recordPush records who pushes, before the versions exist: a record of versions that never came does no harm.
func (g *git) recordPush(version, after string, by Signature) (err error) {
	f, err := os.OpenFile(filepath.Join(g.dir, pushesFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // in the state folder
	if err != nil {
		return err
	}
	if after == "" {
		after = "-"
	}
	// The first newline ends a line that a crash has cut.
	_, err = fmt.Fprintf(f, "\n%s %s %d %s\n", version, after, by.When.Unix(), identity(by.Author))
	return errors.Join(err, f.Sync(), f.Close(), syncFolder(g.dir))
}

// of returns what is noted of the push that ended with a version.
func (p *pushes) of(version plumbing.Hash) (pushed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, ok := p.all[version]
	return one, ok
}

// each returns what is noted of all pushes that were read.
func (p *pushes) each() map[plumbing.Hash]pushed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.all)
}

// read reads what was noted since it was read last. A line without an end is still being written, or was cut by a
// crash: then another one begins.
func (p *pushes) read(dir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := os.Open(filepath.Join(dir, pushesFile)) //nolint:gosec // in the state folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err == nil && info.Size() < p.size || p.all == nil { // somebody has restored another one
		p.size, p.all, p.who = 0, make(map[plumbing.Hash]pushed), make(map[string]string)
	}
	const longest = 4 << 10 // of a line
	lines := bufio.NewReaderSize(io.NewSectionReader(f, p.size, math.MaxInt64-p.size), longest)
	for err == nil {
		var line []byte
		line, err = lines.ReadSlice('\n')
		if err == nil || errors.Is(err, bufio.ErrBufferFull) {
			p.size += int64(len(line))
			p.note(string(line))
			err = nil
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// note notes a line.
func (p *pushes) note(line string) {
	const fields = 4
	parts := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", fields)
	if len(parts) != fields || !plumbing.IsHash(parts[0]) || !strings.HasSuffix(line, "\n") {
		return
	}
	seconds, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return
	}
	who, ok := p.who[parts[3]]
	if !ok {
		who = strings.Clone(parts[3])
		p.who[who] = who
	}
	p.all[plumbing.NewHash(parts[0])] = pushed{plumbing.NewHash(parts[1]), who, time.Unix(seconds, 0)}
}
