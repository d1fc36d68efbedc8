// Package share keeps the addresses by which somebody without a key reads one draft: login names
// that nobody can guess, each for one post and for a time.
//
// A share is a file in a folder. The name of the file is a hash of the login name, so whoever reads
// the folder, or a copy of it, learns which drafts are shared but not by which names. Files are only
// made, as a whole, and removed; so several processes may have one folder without a lock.
package share

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// most is how many shares there are at once.
	most = 100
	// shortest is how long a share lasts at least.
	shortest = time.Minute
	// longest is how long it lasts at most.
	longest = 30 * 24 * time.Hour
)

// prefix begins all login names of shares. secretBytes of randomness follow (RFC 4648 §6, in lower
// case and without padding), secretLetters long.
const (
	prefix        = "draft-"
	secretBytes   = 16
	secretLetters = 26
	alphabet      = "abcdefghijklmnopqrstuvwxyz234567"
)

// folder holds the files, in the folder of the server's state. temporary begins the names of those
// that are being written, maxFile is the most that is read of one, in bytes.
const (
	folder    = "shares"
	temporary = ".new-"
	maxFile   = 4 << 10
)

// errFull says that there are most shares already.
var errFull = fmt.Errorf("%d drafts are shared, which is the most: end one with share --revoke", most)

// Shares are those in a folder. They are safe for concurrent use.
type Shares struct {
	dir string
	now func() time.Time
	// mu has one read the folder at a time: whoever waits for a disk takes a thread of the system's,
	// and strangers may have it done by hundreds at once.
	mu sync.Mutex
}

// Share is a post that is shared.
type Share struct {
	// Address of the post.
	Address string `json:"post"`
	// Until is when the share expires.
	Until time.Time `json:"until"`

	file string
}

// In returns the shares that are kept in a server's folder of state. It makes nothing there before
// the first is created.
func In(state string) *Shares { return &Shares{dir: filepath.Join(state, folder), now: time.Now} }

// IsName reports whether a login name has the form of a share's, whether there is one or not.
func IsName(login string) bool {
	secret, ok := strings.CutPrefix(login, prefix)
	return ok && len(secret) == secretLetters && strings.Trim(secret, alphabet) == ""
}

// fileOf returns the name of a share's file.
func fileOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// Create shares the post with an address for a time, and returns the login name that opens it. It is
// the only one who ever knows that name.
func (s *Shares) Create(address string, life time.Duration) (name string, until time.Time, err error) {
	if life < shortest || life > longest {
		return "", until, errors.New("a draft is shared for a minute (1m) to 30 days (30d): choose another time")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", until, err
	}
	shared, err := s.list()
	if err != nil {
		return "", until, err
	}
	if len(shared) >= most {
		return "", until, errFull
	}
	var secret [secretBytes]byte
	_, _ = rand.Read(secret[:]) // it never fails
	name = prefix + base32.NewEncoding(alphabet).WithPadding(base32.NoPadding).EncodeToString(secret[:])
	until = s.now().Add(life).UTC().Truncate(time.Second)
	text, err := json.Marshal(Share{Address: address, Until: until})
	if err != nil {
		return "", until, err
	}
	return name, until, s.write(fileOf(name), text)
}

// write makes a file as a whole: a crash leaves it, or none.
func (s *Shares) write(name string, text []byte) error {
	f, err := os.CreateTemp(s.dir, temporary) // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return s.flush()
}

// flush brings the names in the folder to the disk, where a system can.
func (s *Shares) flush() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Find returns the address of the post that a login name opens. It reports false if that is no
// share's, or of one whose time is over.
func (s *Shares) Find(name string) (address string, ok bool) {
	if !IsName(name) {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	share, err := s.read(fileOf(name))
	if err != nil || !s.now().Before(share.Until) {
		return "", false
	}
	return share.Address, true
}

func (s *Shares) read(name string) (share Share, err error) {
	f, err := os.Open(filepath.Join(s.dir, name)) //nolint:gosec // a hash, or what the folder has
	if err != nil {
		return share, err
	}
	defer func() { _ = f.Close() }()
	err = json.NewDecoder(io.LimitReader(f, maxFile)).Decode(&share)
	share.file = name
	return share, err
}

// List returns all shares, the next to expire first, and removes those whose time is over, and what
// a crash has left.
func (s *Shares) List() (all []Share, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list()
}

func (s *Shares) list() (all []Share, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if info, err := e.Info(); strings.HasPrefix(e.Name(), temporary) && err == nil && s.now().Sub(info.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(s.dir, e.Name()))
		}
		if len(e.Name()) != 2*sha256.Size || len(all) > 2*most {
			continue
		}
		share, err := s.read(e.Name())
		if _, unread := errors.AsType[*fs.PathError](err); unread { // for now: it may be good
			continue
		}
		if err != nil || !s.now().Before(share.Until) {
			_ = os.Remove(filepath.Join(s.dir, e.Name())) // if it cannot be, it is tried again
			continue
		}
		all = append(all, share)
	}
	slices.SortFunc(all, func(a, b Share) int { return a.Until.Compare(b.Until) })
	return all, nil
}

// Revoke ends the share with a login name, or all those of a post by its address, and returns how
// many there were.
func (s *Shares) Revoke(what string) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.list()
	if err != nil {
		return 0, err
	}
	for _, share := range all {
		if share.Address != what && share.file != fileOf(what) {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, share.file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	return n, s.flush()
}
