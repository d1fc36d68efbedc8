package sshd

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// loadError is what LoadHostKeys says as a user; 0 is the test's own.
func loadError(t *testing.T, dir string, user uintptr) string {
	t.Helper()
	said := make(chan error)
	go func() {
		runtime.LockOSThread() // and not unlocked: the thread ends with the goroutine, and with it the user
		if user != 0 {
			if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, user, user, user); errno != 0 {
				said <- errno
				return
			}
		}
		_, err := LoadHostKeys(dir, RequireHostKeys)
		said <- err
	}()
	if err := <-said; err != nil {
		return err.Error()
	}
	return ""
}

// What chmod cannot mend is not told to be mended with it: a key on a mount that is read-only,
// and one of somebody else's.
func TestAdviceForKeysOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root has keys that others cannot read, and mounts")
	}
	dir := filepath.Join(t.TempDir(), "keys")
	for _, d := range []string{filepath.Dir(filepath.Dir(dir)), filepath.Dir(dir), dir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const other = 65532
	path := writeKey(t, dir, hostKeyName, 0o600, ed25519Key)
	want := "it belongs to user 0 and the server runs as user 65532: as root, hand it over with: chown 65532 " + path
	if said := loadError(t, dir, other); !strings.HasSuffix(said, want) {
		t.Errorf("of a key that is root's: %s", said)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if said := loadError(t, dir, other); !strings.HasSuffix(said, want+" && chmod 600 "+path) {
		t.Errorf("of a key that is root's and open: %s", said)
	}
	for _, flags := range []uintptr{unix.MS_BIND, unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY} {
		if err := unix.Mount(dir, dir, "", flags, ""); err != nil {
			t.Skipf("no mounts here: %v", err)
		}
	}
	defer func() {
		for unix.Unmount(dir, unix.MNT_DETACH) == nil { // each mount there is
			continue
		}
	}()
	for _, user := range []uintptr{0, other} {
		if said := loadError(t, dir, user); !strings.Contains(said, "defaultMode: 0400") || strings.Contains(said, "chmod 600") {
			t.Errorf("of a mounted key, to user %d: %s", user, said)
		}
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if said := loadError(t, dir, other); !strings.Contains(said, "the pod's fsGroup") || !strings.Contains(said, "uid: 65532 of the secret") || strings.Contains(said, "chown 65532 /") {
		t.Errorf("of a mounted key that is closed, to user %d: %s", other, said)
	}
}

// A pipe in the place of a key or its certificate is not waited for.
func TestKeyIsAPipe(t *testing.T) {
	for _, end := range []string{"-cert.pub", ""} {
		dir := t.TempDir()
		if end != "" {
			writeKey(t, dir, hostKeyName, 0o600, ed25519Key)
		}
		if err := unix.Mkfifo(filepath.Join(dir, hostKeyName+end), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := loadError(t, dir, 0); !strings.Contains(said, hostKeyName+end+" is no regular file") {
			t.Errorf("got %q", said)
		}
	}
}
