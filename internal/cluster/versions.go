package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/sshblog/sshblog/internal/memory"
)

// Records of bookmarks and highlights contain text, and NATS does not overwrite a record on the disk when it is
// replaced. So each version of such a record is stored under a key of its own, and the record only names the current
// version. The others are erased.
const (
	texts    = "h."    // prefix of the keys of these records
	versions = "v."    // prefix of the keys of their versions
	leads    = "h\x02" // prefix of a record that names a version; older servers leave such a record as it is
	tries    = 4       // to read a record that others replace meanwhile
)

// stale are versions that no record names any more and that are not erased yet.
type stale struct {
	mu   sync.Mutex
	keys []string //ledger:counted maxStale
}

const (
	maxStale  = 4096                   // more are found when the record is next written or forgotten
	staleRest = 250 * time.Millisecond // between two erasures: for each NATS writes a whole file
	orphaned  = time.Minute            // an unnamed version older than this is not just being written
)

func (s *stale) add(keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, keys[:min(len(keys), maxStale-len(s.keys))]...)
}

func (s *stale) next() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) == 0 {
		return ""
	}
	key := s.keys[0]
	s.keys = s.keys[1:]
	return key
}

// version returns the key of the version that a record names, or "" if it names none.
func version(is record) string {
	if key, ok := strings.CutPrefix(string(is.value), leads); ok && !is.gone && checkKey(key) == nil && strings.HasPrefix(key, versions) {
		return key
	}
	return ""
}

// getText is get for a record that may name a version.
func (r *Readers) getText(ctx context.Context, key string) (record, error) {
	for range tries {
		is, err := r.c.get(ctx, readers, key)
		at := version(is)
		if err != nil || at == "" {
			return is, err
		}
		text, err := r.c.get(ctx, readers, at)
		if err != nil {
			return record{}, err
		}
		is.value = text.value
		if !text.gone {
			return is, nil
		}
		if now, err := r.c.get(ctx, readers, key); err != nil || now.revision == is.revision {
			return is, err // the version is lost
		}
	}
	return record{}, errChanged
}

// putText is put for a record of bookmarks and highlights.
func (r *Readers) putText(ctx context.Context, key string, value []byte, last uint64, lasts time.Duration) (uint64, error) {
	is, err := r.c.get(ctx, readers, key)
	switch {
	case err != nil:
		return 0, err
	case is.gone != (last == 0) || last != 0 && is.revision != last:
		return 0, errChanged
	}
	if lasts == memory.MarkerKept { // it has no text
		return r.putMarker(ctx, key, value, last)
	}
	before := version(is)
	var random [8]byte
	_, _ = rand.Read(random[:])
	fresh := versions + strings.TrimPrefix(key, texts) + "." + hex.EncodeToString(random[:])
	if _, err = r.c.putFor(ctx, readers, fresh, value, 0, lasts); err != nil {
		return 0, err
	}
	last, err = r.c.putFor(ctx, readers, key, []byte(leads+fresh), last, lasts)
	switch {
	case errors.Is(err, errChanged):
		r.stale.add(fresh)
	case err != nil: // it may yet be there
		return 0, err
	case before != "":
		r.stale.add(before)
	}
	return last, err
}

// putMarker writes a record without text and erases all versions listed before. A version that another server is
// writing at the same time cannot be named any more, since the record has changed.
func (r *Readers) putMarker(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	all, err := r.versions(ctx, key)
	if err != nil {
		return 0, err
	}
	if last, err = r.c.putFor(ctx, readers, key, value, last, memory.MarkerKept); err != nil {
		return 0, err
	}
	return last, r.eraseVersions(ctx, all)
}

// eraseText is erase for a record and all of its versions. The versions are erased first, so that the record is still
// there for another attempt if this one fails.
func (r *Readers) eraseText(ctx context.Context, key string, last uint64) error {
	all, err := r.versions(ctx, key)
	if err != nil {
		return err
	}
	switch is, err := r.c.get(ctx, readers, key); {
	case err != nil:
		return err
	case is.gone || is.revision != last:
		return errChanged
	}
	if err := r.eraseVersions(ctx, all); err != nil {
		return err
	}
	return r.c.erase(ctx, readers, key, last)
}

func (r *Readers) eraseVersions(ctx context.Context, all []string) error {
	for _, key := range all {
		if err := r.eraseVersion(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// versions returns the keys of all versions of a record.
func (r *Readers) versions(ctx context.Context, key string) (all []string, err error) {
	_, subject := r.c.names(readers)
	subjects, err := r.c.subjects(ctx, readers, subject+versions+strings.TrimPrefix(key, texts)+".*")
	for at := range subjects {
		all = append(all, strings.TrimPrefix(at, subject))
	}
	return all, err
}

func (r *Readers) eraseVersion(ctx context.Context, key string) error {
	is, err := r.c.get(ctx, readers, key)
	if err != nil || is.gone {
		return err
	}
	if err = r.c.erase(ctx, readers, key, is.revision); errors.Is(err, errChanged) { // others have
		return nil
	}
	return err
}

// tidy erases one stale version, and looks for other stale versions of the same record. It reports whether it erased one.
func (r *Readers) tidy(ctx context.Context) bool {
	key := r.stale.next()
	if key == "" {
		return false
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := r.eraseVersion(ctx, key); err != nil {
		r.stale.add(key) // later
		return false
	}
	of := texts + strings.TrimPrefix(key[:strings.LastIndex(key, ".")], versions)
	all, err := r.versions(ctx, of)
	if err != nil || len(all) < 2 {
		return true
	}
	is, err := r.c.get(ctx, readers, of)
	if err != nil {
		return true
	}
	for _, at := range all {
		if text, err := r.c.get(ctx, readers, at); err == nil && at != version(is) && time.Since(text.written) > orphaned {
			r.stale.add(at)
		}
	}
	return true
}

// Close implements [memory.Store]. It erases stale versions for a short time. The connection belongs to the cluster.
func (r *Readers) Close() error {
	const enough = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), enough)
	defer cancel()
	for r.tidy(ctx) {
		if ctx.Err() != nil {
			break
		}
	}
	return nil
}
