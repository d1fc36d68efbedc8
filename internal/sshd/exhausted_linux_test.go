package sshd

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// While a listener is served one descriptor is in reserve, and none after that.
func TestServingKeepsADescriptorInReserve(t *testing.T) {
	before := nullFiles(t)
	server, err := New(Config{Handler: echo, HostKeys: []HostKey{{Signer: newSigner(t)}}, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	held := -1
	_ = server.Serve(t.Context(), listenerFunc(func() (net.Conn, error) {
		if held < 0 {
			held = nullFiles(t) - before
		}
		return nil, net.ErrClosed
	}))
	if left := nullFiles(t) - before; held != 1 || left != 0 {
		t.Errorf("%d in reserve while it serves and %d afterwards, want 1 and 0", held, left)
	}
}

// nullFiles returns how many descriptors of this process are of the null device.
func nullFiles(t *testing.T) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(all) == 0 {
		t.Fatalf("descriptors: %v %v", all, err)
	}
	for _, name := range all {
		if file, err := os.Readlink(name); err == nil && file == os.DevNull {
			n++
		}
	}
	return n
}
