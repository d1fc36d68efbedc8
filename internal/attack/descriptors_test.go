//go:build linux

package attack

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

var opsPattern = regexp.MustCompile(`address=(\S+)`)

// A server may have 200 descriptors, and 300 connect. A plain one can accept no
// more and says so to nobody: new clients hang until their own patience ends,
// and nothing is in the log.
//
// Here one descriptor is kept for that: with it those who wait are taken, told,
// and let go, and the log says which limit to raise. When there are descriptors
// again readers are served as before. Meanwhile the readiness says so, to a
// supervisor that is connected; one that is not gets no connection, which tells
// it the same.
func TestDescriptors(t *testing.T) {
	p := startBehind(t, []string{"sh", "-c", `ulimit -n 200 && exec "$@"`, "sh"}, "--ops", "127.0.0.1:0")
	p.rehearse()
	supervisor := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: patience()}
	ops := "http://" + opsPattern.FindStringSubmatch(p.logged(1, "serving health and metrics")[0])[1]
	ask := func(path string) (int, string) {
		t.Helper()
		res, err := supervisor.Get(ops + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body) // to the end, so that the connection stays
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if status, body := ask("/readyz"); status != http.StatusOK {
		t.Fatalf("before: %d %s", status, body)
	}
	before := p.vitals()
	s := &siege{T: t, p: p}
	for i := range 300 {
		s.tcp(elsewhere(i % 20))
	}
	p.logged(1, "cannot accept connections: raise the limit of open files", "reason=descriptors")
	if said := s.closed(s.tcp(source(300))); said != "The server is out of resources. Try again in a moment.\r\n" {
		t.Errorf("who waits is told %q", said)
	}
	if status, body := ask("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "descriptors: not ok") {
		t.Errorf("meanwhile the readiness is %d %s", status, body)
	}
	if _, body := ask("/metrics"); !regexp.MustCompile(`sshblog_rejections_total\{reason="descriptors"\} [1-9]`).MatchString(body) {
		t.Error("the metrics do not count who was turned away")
	}
	s.lift()
	p.eventually(2*recovery, func() bool {
		status, _ := ask("/readyz")
		return status == http.StatusOK
	}, "the readiness does not come back")
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
