package memory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Bolt is a Store in one bbolt file. A process that uses it alone keeps the file open, and locked for others;
// processes that share it open it for each use.
type Bolt struct {
	path   string
	logger *slog.Logger
	now    func() time.Time
	most   int64        // size from which new readers are refused; 0: never
	size   atomic.Int64 // bytes in use, as of the last write

	mu     sync.RWMutex // held exclusively to open and close
	db     *bolt.DB     // nil: it is not open
	shared bool
	closed bool
}

// boltLockWait is how long to wait for the lock of another process.
const boltLockWait = time.Second

// The buckets of the file.
const (
	recordsBucket = "records"
	aboutBucket   = "about"
	rewriteWanted = "rewrite wanted" // a key in aboutBucket: when it was wanted first
)

var (
	errDamagedFile = errors.New("the file is damaged")
	errStoreClosed = errors.New("the store is closed")
)

// OpenBolt returns the store in a file, which it makes, readable for its owner alone, in a folder that is
// there. With shared another process may have it as well, see Share. A file that is damaged is moved aside,
// with a line in the log. If another process has locked the file, the store fails until it is unlocked.
func OpenBolt(path string, shared bool, logger *slog.Logger) (*Bolt, error) {
	b := &Bolt{path: path, logger: logger, now: time.Now, shared: shared}
	err := b.use(true, func(*bolt.DB) error { return nil })
	if errors.Is(err, bolterrors.ErrTimeout) {
		logger.Warn("another process has locked the readers' file; readers are remembered once it is unlocked", "file", path)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Share sets whether another process may use the file as well from now on.
func (b *Bolt) Share(shared bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shared = shared
	if shared {
		_ = b.shut() // what is written is synced
	}
}

// Shared is part of [Sharer].
func (b *Bolt) Shared() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.shared
}

// Close is part of [Store].
func (b *Bolt) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.shut()
}

// Limit sets the size, in bytes, from which new readers are refused; 0: never. It is called before the store is
// used by others. The file may be somewhat larger: known readers are still written, and bbolt allocates in
// large pieces.
func (b *Bolt) Limit(most int64) { b.most = most }

// Room is part of [Limited].
func (b *Bolt) Room() bool { return b.most == 0 || b.size.Load() < b.most }

// measure records the size of the file. Free space in it counts until it is rewritten, which is requested when
// readers are removed.
func (b *Bolt) measure(tx *bolt.Tx) error {
	b.size.Store(tx.Size())
	return nil
}

// shut closes the file. The lock is held.
func (b *Bolt) shut() error {
	db := b.db
	b.db = nil
	if db == nil {
		return nil
	}
	return db.Close()
}

// use calls f with the open file, exclusively if alone is set. A damaged file is moved aside, so that the next
// use creates a new one.
func (b *Bolt) use(alone bool, f func(*bolt.DB) error) error {
	b.mu.RLock()
	if b.db != nil && !alone {
		defer b.mu.RUnlock()
		err := guarded(func() error { return f(b.db) })
		if errors.Is(err, errDamagedFile) {
			go b.damaged(err) //ledger:counted one of the program: a file is damaged once
		}
		return err
	}
	b.mu.RUnlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errStoreClosed
	}
	if b.db == nil {
		err := b.open()
		if errors.Is(err, errDamagedFile) {
			b.moveAside(err)
			err = b.open()
		}
		if err != nil {
			return err
		}
	}
	err := guarded(func() error { return f(b.db) })
	if errors.Is(err, errDamagedFile) {
		b.moveAside(err)
		return err
	}
	if b.shared {
		err = errors.Join(err, b.shut())
	}
	return err
}

// guarded calls f, and returns panics of bbolt as errors, and the fault of a file that is shorter than it says.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamagedFile, r)
		}
	}()
	return f()
}

// damaged moves the file aside, which others may be using.
func (b *Bolt) damaged(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.db != nil {
		b.moveAside(why)
	}
}

// moveAside renames the file. The lock is held.
func (b *Bolt) moveAside(why error) {
	if b.db != nil {
		_ = guarded(b.shut)
	}
	aside := b.path + ".damaged-" + time.Now().UTC().Format("20060102T150405")
	if err := os.Rename(b.path, aside); err != nil {
		b.logger.Error("the memory of readers is damaged, and cannot be moved aside", "file", b.path, "error", err, "why", why)
		return
	}
	b.logger.Error("the memory of readers is damaged: it begins anew; put back a copy, or remove what was moved aside", "file", b.path, "moved_to", aside, "why", why)
}

// open opens the file, again if it was replaced by a rewrite before it was locked. The lock is held.
func (b *Bolt) open() error {
	for range attempts {
		db, file, err := openBoltFile(b.path)
		if err != nil {
			return err
		}
		same, err := isStill(b.path, file)
		if same {
			b.db = db
			return db.View(b.measure)
		}
		_ = db.Close()
		if err != nil {
			return err
		}
	}
	return errors.New("the file is another one each time")
}

// isStill reports whether an open file still has its name.
func isStill(path string, file *os.File) (bool, error) {
	open, err := file.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(open, there), err
}

// boltOptions are those of a file whose handle is wanted.
func boltOptions(file **os.File) *bolt.Options {
	return &bolt.Options{
		Timeout: boltLockWait, PageSize: boltPage, FreelistType: bolt.FreelistMapType, NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode) //nolint:gosec // the path is the operator's
			*file = f
			return f, err
		},
	}
}

// openBoltFile opens a file and makes sure that it has the buckets.
func openBoltFile(path string) (db *bolt.DB, file *os.File, err error) {
	if err := checkLength(path); err != nil {
		return nil, nil, err
	}
	err = guarded(func() (err error) {
		db, err = bolt.Open(path, 0o600, boltOptions(&file))
		return err
	})
	if db == nil && file != nil {
		_ = file.Close() // with the lock, if bbolt has left it
	}
	if err != nil {
		if errors.Is(err, bolterrors.ErrInvalid) || errors.Is(err, bolterrors.ErrChecksum) || errors.Is(err, bolterrors.ErrVersionMismatch) {
			err = fmt.Errorf("%w: %w", errDamagedFile, err)
		}
		return nil, nil, err
	}
	err = guarded(func() error { return makeBuckets(db) })
	if err != nil {
		_ = guarded(db.Close)
		return nil, nil, err
	}
	return db, file, nil
}

func makeBuckets(db *bolt.DB) error {
	there := false
	err := db.View(func(tx *bolt.Tx) error {
		there = tx.Bucket([]byte(recordsBucket)) != nil && tx.Bucket([]byte(aboutBucket)) != nil
		return nil
	})
	if err != nil || there {
		return err
	}
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{recordsBucket, aboutBucket} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Each value is preceded by its revision, the time it was written and its checksum.
const boltHead = 8 + 8 + 4

func wrap(value []byte, revision uint64, now time.Time) []byte {
	b := binary.BigEndian.AppendUint64(nil, revision)
	b = binary.BigEndian.AppendUint64(b, uint64(now.Unix())) //nolint:gosec // after 1970
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(value))
	return append(b, value...)
}

// unwrap returns a record. One that is damaged has no value.
func unwrap(b []byte) (r Record) {
	if len(b) < boltHead {
		return Record{Revision: 1}
	}
	r.Revision = binary.BigEndian.Uint64(b)
	r.Written = time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0) //nolint:gosec // seconds
	if value := b[boltHead:]; crc32.ChecksumIEEE(value) == binary.BigEndian.Uint32(b[16:]) {
		r.Value = append([]byte(nil), value...)
	}
	return r
}

// Get is part of [Store].
func (b *Bolt) Get(ctx context.Context, key string) (r Record, err error) {
	if err := ctx.Err(); err != nil {
		return r, err
	}
	err = b.use(false, func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			value := tx.Bucket([]byte(recordsBucket)).Get([]byte(key))
			if value == nil {
				return ErrNotFound
			}
			r = unwrap(value)
			return nil
		})
	})
	return r, err
}

// Put is part of [Store].
func (b *Bolt) Put(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	answer := b.PutAll(ctx, []Write{{Key: key, Value: value, Last: last}})[0]
	return answer.Revision, answer.Err
}

// PutAll is part of [Batcher].
func (b *Bolt) PutAll(ctx context.Context, writes []Write) []Written {
	answers := make([]Written, len(writes))
	err := ctx.Err()
	if err == nil {
		err = b.use(false, func(db *bolt.DB) error {
			err := db.Update(func(tx *bolt.Tx) error {
				records, now := tx.Bucket([]byte(recordsBucket)), b.now()
				for i, w := range writes {
					if answers[i].Err = hasRevision(records, w.Key, w.Last); answers[i].Err != nil {
						continue
					}
					revision, err := records.NextSequence()
					if err == nil {
						err = records.Put([]byte(w.Key), wrap(w.Value, revision, now))
					}
					if err != nil {
						return err
					}
					answers[i].Revision = revision
				}
				return nil
			})
			if err != nil {
				return err
			}
			return db.View(b.measure)
		})
	}
	if err != nil {
		for i := range answers {
			answers[i] = Written{Err: err}
		}
	}
	return answers
}

// hasRevision returns ErrConflict unless a record has a revision; 0 means that it does not exist.
func hasRevision(records *bolt.Bucket, key string, revision uint64) error {
	value := records.Get([]byte(key))
	if value == nil && revision == 0 || value != nil && revision != 0 && unwrap(value).Revision == revision {
		return nil
	}
	return ErrConflict
}

// Delete is part of [Store].
func (b *Bolt) Delete(ctx context.Context, key string, last uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.use(false, func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error {
			records := tx.Bucket([]byte(recordsBucket))
			if err := hasRevision(records, key, last); err != nil || last == 0 {
				return ErrConflict
			}
			return records.Delete([]byte(key))
		})
	})
}

// Watch is part of [Store]. Changes by another process that shares the file are not reported: they are found
// when a record is written.
func (*Bolt) Watch(ctx context.Context, _ func(key string)) error {
	<-ctx.Done()
	return nil
}
