//go:build linux

package attack

import (
	"strings"
	"testing"
	"time"
)

// A server may have 200 descriptors, and 300 connect. A plain one can accept no
// more and says so to nobody: new clients hang until their own patience ends,
// and nothing is in the log.
//
// Here one descriptor is kept for that: with it those who wait are taken, told,
// and let go, and the log says which limit to raise. When there are descriptors
// again readers are served as before.
func TestDescriptors(t *testing.T) {
	p := startBehind(t, []string{"sh", "-c", `ulimit -n 200 && exec "$@"`, "sh"})
	p.rehearse()
	before := p.vitals()
	s := &siege{T: t, p: p}
	for i := range 300 {
		s.tcp(source(i % 20))
	}
	p.logged(1, "cannot accept connections: raise the limit of open files", "reason=descriptors")
	if said := s.closed(s.tcp(source(300))); said != "The server is out of resources. Try again in a moment.\r\n" {
		t.Errorf("who waits is told %q", said)
	}
	s.lift()
	// The one who came when there were none may be turned away with the
	// descriptor in reserve.
	p.eventually(recovery, func() bool {
		_, err := p.visit("127.0.1.1")
		return err == nil
	}, "nobody is served any more")
	after := p.recovers(before)
	t.Logf("%d descriptors, %d after; %d goroutines, %d after", before.descriptors, after.descriptors, before.goroutines, after.goroutines)
	for _, line := range p.lines("reason=descriptors") {
		if !strings.Contains(line, "omitted=") {
			t.Errorf("the log does not say how many it stands for: %s", line)
		}
	}
	if n := len(p.lines("reason=descriptors")); n > 1+int(recovery/(10*time.Second)) {
		t.Errorf("logged %d times", n)
	}
}
