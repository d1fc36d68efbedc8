package library

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A file that another user's program has open for writing waits as one of the server's own, without any right but to
// read it: of such a file the kernel gives no lease.
func TestFilesOfOthersThatAreWritten(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of another user")
	}
	runtime.LockOSThread() // which ends with the test, as it has lost a capability
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	err := unix.Capget(&header, &caps[0])
	caps[0].Effective &^= 1 << unix.CAP_LEASE
	if err == nil {
		err = unix.Capset(&header, &caps[0])
	}
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o750); err != nil {
		t.Fatal(err)
	}
	lib, err := Open(Dir(dir), Options{})
	if err != nil {
		t.Fatal(err)
	}
	notices := newNotifier(Dir(dir), func(err error) { t.Error(err) })
	defer notices.close()
	look := func() map[string]stamp {
		files, err := lib.stamps(notices)
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	look() // and watch
	f, err := os.Create(filepath.Join(dir, "sub", "half.md"))
	if err == nil {
		err = f.Chown(65534, 65534)
	}
	if err == nil {
		_, err = f.WriteString("# Half\n")
	}
	if err != nil {
		t.Fatal(err)
	}
	if isOpenForWriting(f) {
		t.Fatal("there is a lease for it")
	}
	eventually := func(what string, open bool) {
		t.Helper()
		for range 1000 {
			if files := look(); lib.dropOpen(notices, files) == open && (len(files) == 0) == open {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatal(what)
	}
	eventually("a file that is being written does not wait", true)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eventually("a file that is closed waits", false)
	notices.writers.mu.Lock()
	defer notices.writers.mu.Unlock()
	if len(notices.writers.folders) != 2 {
		t.Errorf("the folders are %v", notices.writers.folders)
	}
}

// What is remembered of files is bounded, and what the kernel had no room to notify of leaves nothing behind.
func TestWritersAreBounded(t *testing.T) {
	w := &writers{folders: map[int32]string{1: "posts"}, open: make(map[string]bool)}
	for i := range 5000 {
		w.note(1, unix.IN_MODIFY, string(rune('a'+i%26))+string(rune(0x4e00+i)))
	}
	if len(w.open) != 4096 {
		t.Errorf("%d files are remembered", len(w.open))
	}
	w.note(-1, unix.IN_Q_OVERFLOW, "")
	w.note(1, unix.IN_MODIFY, "a.md")
	w.note(1, unix.IN_MODIFY, "b.md")
	w.note(1, unix.IN_MOVED_FROM, "a.md")
	if len(w.open) != 1 || !w.has("posts/b.md") {
		t.Errorf("open are %v", w.open)
	}
	w.note(1, unix.IN_IGNORED, "")
	if len(w.folders) != 0 {
		t.Errorf("the folders are %v", w.folders)
	}
}
