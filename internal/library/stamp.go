package library

import (
	"io/fs"
	"time"
)

// racy is how long a file's times may lag behind its content: the coarsest
// clock of a file system in use (FAT's, 2 s). A file that changed less than
// this before it was read may change again and keep all its times, so its
// stamp cannot be trusted the next time. Git calls such a file "racily clean".
const racy = 2 * time.Second

// stamp shows, without reading a file, whether it may have changed: equal stamps mean the same content, unless
// the file was racy when it was read.
type stamp struct {
	size  int64  // bytes
	mtime int64  // of the content; nanoseconds since 1970
	ctime int64  // of the inode, which no program can set; 0 if there is none
	inode uint64 // 0 if there is none
}

func stampOf(info fs.FileInfo) stamp {
	s := stamp{size: info.Size(), mtime: info.ModTime().UnixNano()}
	s.ctime, s.inode = inodeOf(info)
	return s
}

// racyAt reports whether a file with this stamp, read at or after now, may change later and keep its stamp.
func (s stamp) racyAt(now time.Time) bool {
	return max(s.mtime, s.ctime) > now.Add(-racy).UnixNano()
}
