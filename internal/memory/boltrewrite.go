package memory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// boltPage is how long pages are, in bytes. The first two are metas (pageHead and boltMeta), of which the
// newer one that is whole counts.
const boltPage = 4096

// Of a meta, behind the page's head: magic, version, page size, flags, root (16 bytes), freelist, how many
// pages there are, and the transaction.
const (
	pageHead   = 16
	metaMagic  = 0xED0CDAED
	pageSizeAt = pageHead + 8
	pagesAt    = pageHead + 40
	txAt       = pageHead + 48
)

// checkLength returns errDamagedFile if a file is shorter than its meta says. bbolt maps the file, and reading
// beyond its end would crash the process.
func checkLength(path string) error {
	file, err := os.Open(path) //nolint:gosec // the path is the operator's
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var head [2 * boltPage]byte
	n, err := file.ReadAt(head[:], 0)
	if n < len(head) {
		return fmt.Errorf("%w: it has %d bytes: %w", errDamagedFile, info.Size(), err)
	}
	newest, pages := uint64(0), uint64(0)
	for _, meta := range [...][]byte{head[:boltPage], head[boltPage:]} {
		tx := binary.NativeEndian.Uint64(meta[txAt:])
		if binary.NativeEndian.Uint32(meta[pageHead:]) == metaMagic && binary.NativeEndian.Uint32(meta[pageSizeAt:]) == boltPage && tx >= newest {
			newest, pages = tx, binary.NativeEndian.Uint64(meta[pagesAt:])
		}
	}
	if pages > uint64(info.Size())/boltPage { //nolint:gosec // it is positive
		return fmt.Errorf("%w: it has %d bytes, and says that it has %d pages", errDamagedFile, info.Size(), pages)
	}
	return nil
}

// Sweep is part of [Sweeper].
func (b *Bolt) Sweep(ctx context.Context, after string, n int, over func(string, Record) bool) (last string, removed int, err error) {
	if err := ctx.Err(); err != nil {
		return after, 0, err
	}
	var gone []string
	err = b.use(false, func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			c := tx.Bucket([]byte(recordsBucket)).Cursor()
			key, value := c.Seek([]byte(after))
			if after != "" && string(key) == after {
				key, value = c.Next()
			}
			for ; key != nil; key, value = c.Next() {
				if n--; n < 0 {
					return nil
				}
				last = string(key)
				if over(last, unwrap(value)) {
					gone = append(gone, last)
				}
			}
			last = ""
			return nil
		})
	})
	if err != nil || len(gone) == 0 {
		return last, 0, err
	}
	err = b.use(false, func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error {
			records := tx.Bucket([]byte(recordsBucket))
			removed = 0
			for _, key := range gone {
				if value := records.Get([]byte(key)); value != nil && over(key, unwrap(value)) {
					removed++
					if err := records.Delete([]byte(key)); err != nil {
						return err
					}
				}
			}
			return wantRewrite(tx)
		})
	})
	return last, removed, err
}

// syncDir flushes the names in a file's folder.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func wantRewrite(tx *bolt.Tx) error {
	about := tx.Bucket([]byte(aboutBucket))
	if about.Get([]byte(rewriteWanted)) != nil {
		return nil
	}
	return about.Put([]byte(rewriteWanted), time.Now().UTC().AppendFormat(nil, time.RFC3339))
}

// WantRewrite is part of [Rewriter].
func (b *Bolt) WantRewrite(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.use(false, func(db *bolt.DB) error { return db.Update(wantRewrite) })
}

// Rewrite is part of [Rewriter]: it copies the records into a new file, which replaces the old one.
// All others wait meanwhile; when ctx ends it is given up, and still wanted.
func (b *Bolt) Rewrite(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	wanted := false
	err := b.use(false, func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			wanted = tx.Bucket([]byte(aboutBucket)).Get([]byte(rewriteWanted)) != nil
			return nil
		})
	})
	if err != nil || !wanted {
		return false, err
	}
	err = b.use(true, func(db *bolt.DB) error {
		if err := b.rewrite(ctx, db); err != nil {
			return err
		}
		return b.shut() // the old file; the next use opens the new one
	})
	return err == nil, err
}

// rewrite writes the new file, and renames it. The lock is held, and the old file is locked.
func (b *Bolt) rewrite(ctx context.Context, db *bolt.DB) error {
	fresh := b.path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var file *os.File
	options := boltOptions(&file)
	options.NoSync = true
	to, err := bolt.Open(fresh, 0o600, options)
	if err != nil {
		return err
	}
	err = copyBuckets(ctx, to, db)
	if err == nil {
		err = to.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(aboutBucket)).Delete([]byte(rewriteWanted)) })
	}
	if err == nil {
		err = to.Sync()
	}
	err = errors.Join(err, to.Close())
	if err == nil {
		err = os.Rename(fresh, b.path)
	}
	if err != nil {
		_ = os.Remove(fresh)
		return err
	}
	return syncDir(b.path)
}

// copyBuckets writes what a file has into a new one, in the order of the keys, so that pages are full.
func copyBuckets(ctx context.Context, to, from *bolt.DB) error {
	const step = 1 << 20 // bytes of a transaction
	return from.View(func(tx *bolt.Tx) error {
		for _, name := range [...]string{recordsBucket, aboutBucket} {
			bucket := tx.Bucket([]byte(name))
			c := bucket.Cursor()
			key, value := c.First()
			for begun := false; key != nil || !begun; begun = true {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := to.Update(func(tx *bolt.Tx) error {
					fresh, err := tx.CreateBucketIfNotExists([]byte(name))
					if err != nil {
						return err
					}
					fresh.FillPercent = 1
					for size := 0; key != nil && size < step; key, value = c.Next() {
						if err := fresh.Put(key, value); err != nil {
							return err
						}
						size += len(key) + len(value)
					}
					return fresh.SetSequence(bucket.Sequence())
				}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// CopyBolt copies the file of a [Bolt] that others may be writing to meanwhile, into a new file that only
// its owner can read. What is copied is as it was at one time: bbolt writes over no page that its metas lead
// to, so a copy is whole if the metas are the same before and after.
func CopyBolt(from, to string) error {
	const tries, pauseBetween = 20, 50 * time.Millisecond
	for range tries {
		whole, err := copyOnce(from, to)
		if err != nil || whole {
			return err
		}
		time.Sleep(pauseBetween)
	}
	return fmt.Errorf("%s is written to all the time: try again later", from)
}

func copyOnce(from, to string) (whole bool, err error) {
	source, err := os.Open(from) //nolint:gosec // the path is the operator's
	if err != nil {
		return false, err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the operator's
	if err != nil {
		return false, err
	}
	whole, err = copyWhole(target, source)
	err = errors.Join(err, target.Close())
	if err != nil || !whole {
		_ = os.Remove(to)
	}
	return whole, err
}

// copyWhole copies a file, and reports whether its metas have stayed as they were. The copy's are those
// from before.
func copyWhole(target, source *os.File) (bool, error) {
	var before, after [2 * boltPage]byte
	if _, err := source.ReadAt(before[:], 0); err != nil {
		return false, err
	}
	if _, err := target.Write(before[:]); err != nil {
		return false, err
	}
	if _, err := source.Seek(int64(len(before)), io.SeekStart); err != nil {
		return false, err
	}
	if _, err := io.Copy(target, source); err != nil {
		return false, err
	}
	if _, err := source.ReadAt(after[:], 0); err != nil {
		return false, err
	}
	return before == after, target.Sync()
}
