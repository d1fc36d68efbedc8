package supervise

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestNotify(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := Notify(Ready); err != nil {
		t.Errorf("without a socket: %v", err)
	}
	path := filepath.Join(t.TempDir(), "s")
	t.Setenv("NOTIFY_SOCKET", path)
	if err := Notify(Ready); err == nil || !strings.HasPrefix(err.Error(), "NOTIFY_SOCKET is not told READY=1: ") {
		t.Errorf("nobody listens: %v", err)
	}
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Skip("no socket of this kind here: ", err)
	}
	defer func() { _ = l.Close() }()
	if err := Notify(append(Reloading(), Status("two\nlines"), MainPID(7))...); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 1000)
	n, err := l.Read(p)
	got := string(p[:n])
	if err != nil || !strings.HasPrefix(got, "RELOADING=1\n") || !strings.HasSuffix(got, "\nSTATUS=two lines\nMAINPID=7") {
		t.Errorf("%q, %v", got, err)
	}
	// Nobody reads: it does not wait for ever.
	for err == nil {
		err = Notify(Ready)
	}
	if !strings.Contains(err.Error(), "timeout") && !strings.Contains(err.Error(), "buffer") {
		t.Error(err)
	}
}

func TestWrongPredecessors(t *testing.T) {
	for _, numbers := range []string{"x", "0", "-1", "2", "70000", "999", strings.Repeat("999,", 17) + "999", ","} {
		if p, err := newPredecessors(numbers); err == nil {
			t.Errorf("%q: %v", numbers, p)
		}
	}
	var none *Predecessors
	if none.Share() != (Share{}) {
		t.Error("none has a share")
	}
}
