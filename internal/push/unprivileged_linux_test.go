package push

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// unprivileged returns a folder, and has what this test does with files be done by somebody who may not do all: as root
// by another user, who is the thread's alone.
func unprivileged(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if os.Geteuid() != 0 {
		return dir
	}
	for _, open := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(open, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	const nobody = 65534
	runtime.LockOSThread()
	t.Cleanup(func() { // before the folder is removed
		_, _ = unix.SetfsuidRetUid(0) // which never fails for root
		runtime.UnlockOSThread()
	})
	if _, err := unix.SetfsuidRetUid(nobody); err != nil {
		t.Fatal(err)
	}
	if is, err := unix.SetfsuidRetUid(-1); err != nil || is != nobody {
		t.Fatalf("it is done by user %d, %v", is, err)
	}
	return dir
}

// readOnly has a folder of the posts folder be one that the server may only read, until the test ends.
func readOnly(t *testing.T, p *Publisher, name string) {
	t.Helper()
	dir := filepath.Join(p.config.Posts, name)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
}
