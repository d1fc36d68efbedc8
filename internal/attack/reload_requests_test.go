//go:build linux

package attack

import (
	"bufio"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whoever reaches the operator's listener asks for one reload after the other: were each
// request a reload of its own, 64 at once would walk through 10,000 posts 64 times at once,
// and each would hold what it has found.
//
// Here one reload is under way, all who ask meanwhile share the next, and eight may wait.
// Who reads notices nothing, and the operator's probes are answered.
func TestReloadRequests(t *testing.T) {
	p := startBox(t, 1, nil)
	p.withstands(func(s *siege) {
		var done, refused atomic.Int64
		before := p.metric(`sshblog_reloads_total{result="unchanged"}`)
		s.disturbs(func() time.Time {
			since := time.Now()
			until := since.Add(lasts())
			var askers sync.WaitGroup
			for range fullNumber {
				askers.Go(func() {
					for time.Now().Before(until) {
						// There are 64 places: whose is taken by a newcomer gets no answer.
						switch status, _ := p.askReload("127.20.0.1"); status {
						case http.StatusOK:
							done.Add(1)
						case http.StatusServiceUnavailable:
							refused.Add(1)
						}
					}
				})
			}
			for probes, missed := 0, 0; probes < 10; probes++ {
				if status, err := p.askAs(boxOps, "/livez", time.Second); err == nil && status == http.StatusOK {
					missed = 0
				} else if missed++; missed == 3 { // as many in a row as a supervisor takes for an end
					s.Errorf("/livez answers %d, %v", status, err)
				}
			}
			askers.Wait()
			return since
		})
		reloads := p.metric(`sshblog_reloads_total{result="unchanged"}`) - before
		s.Logf("%d reloads answered %d requests; %d requests were refused", reloads, done.Load(), refused.Load())
		if reloads == 0 || int64(reloads) > done.Load() || refused.Load() == 0 {
			s.Error("there should be some, and no more reloads than requests")
		}
	})
}

// askReload asks for a reload, on a connection of its own, and returns the status.
func (p *program) askReload(from string) (int, error) {
	nc, err := p.connectTo(from, boxOps)
	if err != nil {
		return 0, err
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(recovery))
	_, _ = fmt.Fprintf(nc, "POST /-/reload HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", boxOps)
	res, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
