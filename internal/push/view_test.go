package push

import (
	"io"
	"testing"
	"time"
)

// Whoever opens a file uses the disk once: with as many at it as may be, nobody waits for himself.
func TestOpenTakesTheDiskOnce(t *testing.T) {
	p := open(t, t.TempDir())
	tr, err := p.Begin(t.Context(), Client{Author: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.End()
	f, err := tr.Create("a.md")
	if err == nil {
		_, err = f.WriteAt([]byte("# A\n"), 0)
	}
	if err == nil {
		_, err = f.Keep(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	p.io = make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() {
		r, err := tr.Open("a.md")
		if err == nil {
			_, err = io.ReadAll(r)
			_ = r.Close()
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		<-p.io // so that the transfer can end
		t.Error("it waits for the disk that it has")
	}
}
