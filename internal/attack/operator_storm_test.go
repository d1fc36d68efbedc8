//go:build linux

package attack

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Whoever reaches the operator's listener asks for all that it has to say and do, all at once and
// without end, and every other one never reads the answer. A list of 16,384 sources that are shut
// out is 3 MB, and were each made for itself, 512 would take 1.5 GB; were each request a reload of
// its own, or an upgrade, which begins with one, 64 at once would walk through 10,000 posts 64
// times at once, and one after the other would leave garbage all the time.
//
// Here a list is written as it is read, for one at a time, and leaves no garbage. One reload is
// under way, all who ask meanwhile share the next, which begins after a pause as long as that one
// took, and so do upgrades; four may wait for each. Who reads notices nothing, probes are
// answered, and eight sources, which have the same 64 places, cost no more than one.
func TestOperatorRequests(t *testing.T) {
	const sources = 16_384
	asks := [...]string{"GET /-/sources", "GET /-/posts", "POST /-/upgrade", "POST /-/reload"}
	// As process 1 it would refuse upgrades at once. Here it reloads, and finds no memory for two
	// copies of 10,000 posts.
	p := boxSpec{options: []string{"--pid", "host"}}.start(t, 1)
	t.Cleanup(p.box.killAll)
	p.shutOut(sources) // what is remembered of them is not what this is about
	for _, n := range []int{1, 8} {
		t.Logf("%d sources", n)
		p.withstands(func(s *siege) {
			p.shutOut(sources) // it does not last for long
			if n := p.listed(); n < sources*95/100 {
				s.Errorf("%d sources are listed, want %d", n, sources) // some have made room for those who read, and the first are let in again soon
			}
			const unchanged = `sshblog_reloads_total{result="unchanged"}`
			reloads := p.metric(unchanged)
			var all [len(asks)]tally
			probe := p.witness("probe")
			s.disturbs(func() time.Time {
				since := time.Now()
				until := since.Add(lasts())
				var askers sync.WaitGroup
				for i := range fullNumber * n {
					askers.Go(func() {
						for what := i; time.Now().Before(until); what++ {
							at := what / 2 % len(asks)
							all[at].add(p.askFor(networks(n)[i%n], asks[at], "", i%2 == 0, until))
						}
					})
				}
				askers.Wait()
				return since
			})
			p.judgeProbes(probe(time.Time{}))
			reloads = p.metric(unchanged) - reloads
			for at, ask := range asks {
				s.Logf("%s: answers by status: %s", ask, &all[at])
				if answered := all[at].of(http.StatusOK) + all[at].of(http.StatusInternalServerError); answered == 0 {
					s.Errorf("%s: nobody is answered", ask)
				}
			}
			s.Logf("%d reloads", reloads)
			if answered := all[3].of(http.StatusOK); reloads == 0 || all[3].of(http.StatusServiceUnavailable) == 0 || all[0].of(http.StatusServiceUnavailable) == 0 {
				s.Errorf("%d reloads answered %d requests: there should be some, and some told to come again", reloads, answered)
			}
			p.eventually(recovery, func() bool { return p.listed() > 0 }, "the list is not to be had any more")
		})
	}
}

// The same with upgrades alone, each of which starts a process that reads all posts: were each
// request one, 64 processes would do so at once, and each would have memory of its own.
//
// Here all who ask meanwhile share one, processes whose readers have gone end, those that are
// left stay within the memory together, and nobody who reads is lost. A request with an Origin,
// as a web page sends it, is none.
func TestUpgradeRequests(t *testing.T) {
	// As process 1 it would refuse. Two copies of 10,000 posts would not fit, and be refused.
	p := boxSpec{options: []string{"--pid", "host"}, settings: []string{"--posts", "/posts/few"}}.start(t, 1)
	t.Cleanup(p.box.killAll)
	p.rehearse()
	typed, changes, leave, err := p.readList("127.9.9.9")
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	before, err := p.box.charged()
	if err != nil {
		t.Fatal(err)
	}
	watch, probe := p.witness("visit"), p.witness("probe")
	var all, foreign tally
	until := time.Now().Add(lasts())
	var askers sync.WaitGroup
	for i := range fullNumber {
		askers.Go(func() {
			for time.Now().Before(until) {
				if i%4 == 0 {
					foreign.add(p.askFor("127.20.0.1", "POST /-/upgrade", "Origin: http://localhost\r\n", true, until))
					continue
				}
				all.add(p.askFor("127.20.0.1", "POST /-/upgrade", "", i%4 != 1, until))
			}
		})
	}
	askers.Wait()
	p.judgeProbes(probe(time.Time{}))
	paints := watch(time.Time{}).sorted()
	p.survives()
	upgrades := len(p.lines("upgraded: the successor serves"))
	t.Logf("%d upgrades; answers by status: %s; with an Origin: %s", upgrades, &all, &foreign)
	t.Logf("first paint %s in the middle and %s at worst of %d", quantile(paints, 0.5).Round(time.Millisecond), quantile(paints, 1).Round(time.Millisecond), len(paints))
	if upgrades == 0 || all.of(http.StatusOK) <= upgrades || foreign.of(http.StatusForbidden) == 0 || foreign.of(http.StatusOK) > 0 {
		t.Error("there should be some upgrades, shared by those who ask, and none for a web page")
	}
	p.judgePaints(paints)
	p.judgeMemory(0)
	_, err = io.WriteString(typed, "j")
	if err = errors.Join(err, awaitChange(changes, p.patience)); err != nil {
		t.Errorf("the reader of the first process is lost: %v", err)
	}
	p.eventually(recovery, func() bool { return len(p.box.processes()) <= 2 }, "more than the first process, which has a reader, and the last are there")
	after, err := p.box.charged()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the container holds %s, and held %s before", mb(int(after)), mb(int(before)))
	if after-before > maxGrowth+maxRest {
		t.Errorf("%s stay, more than a second process needs", mb(int(after-before)))
	}
}

// tally counts answers by status; those that did not come are at 0.
type tally struct{ count [600]atomic.Int64 }

func (y *tally) add(status int)    { y.count[status].Add(1) }
func (y *tally) of(status int) int { return int(y.count[status].Load()) }

func (y *tally) String() string {
	var b strings.Builder
	for status := range y.count {
		if n := y.of(status); n > 0 {
			fmt.Fprintf(&b, "%d: %d ", status, n)
		}
	}
	return b.String()
}

// askFor asks the operator's listener for something, on a connection of its own, and returns the
// status of the answer, or 0. Who does not read stays for a second.
func (p *program) askFor(from, what, header string, reads bool, until time.Time) (status int) {
	nc, err := p.connectTo(from, boxOps)
	if err != nil {
		return 0
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(until.Add(recovery))
	if tcp, ok := nc.(*net.TCPConn); ok && !reads {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	if _, err := fmt.Fprintf(nc, "%s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: 0\r\n\r\n", what, boxOps, header); err != nil {
		return 0
	}
	if !reads {
		time.Sleep(min(time.Second, time.Until(until))) // what the attack is
		return 0
	}
	res, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		return 0
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return 0
	}
	return res.StatusCode
}

// probes asks whether the program lives, time and again, and reports how long each answer took.
func (p *program) probes(report func(began time.Time, waited time.Duration, err error), stop <-chan struct{}) {
	for {
		began := time.Now()
		status, err := p.askAs(boxOps, "/livez", time.Second)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("/livez answers %d", status)
		}
		report(began, time.Since(began), err)
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond): // more often than a supervisor
		}
	}
}

// judgeProbes expects that no three probes in a row were in vain: a supervisor takes that for
// an end.
func (p *program) judgeProbes(all waits) {
	p.t.Helper()
	missed, row, most := 0, 0, 0
	for _, w := range all {
		if w.lasted != turnedAway {
			row = 0
			continue
		}
		missed++
		row++
		most = max(most, row)
	}
	p.t.Logf("%d of %d probes were not answered; the others took %s in the middle", missed, len(all), quantile(all.sorted(), 0.5).Round(time.Millisecond))
	if most >= 3 || len(all) == missed {
		p.t.Errorf("%d probes in a row were not answered", most)
	}
}

// shutOut has so many sources shut out: each announces a packet that is too long.
func (p *program) shutOut(sources int) {
	p.t.Helper()
	const wide, hosts = 64, 250
	began := time.Now()
	queue := make(chan int)
	var lost atomic.Int64
	var some sync.WaitGroup
	for range 16 {
		some.Go(func() {
			for i := range queue {
				nc, err := p.connect(fmt.Sprintf("127.%d.%d.%d", 130+i%wide, i/wide/hosts, 1+i/wide%hosts))
				if err != nil {
					lost.Add(1)
					continue
				}
				_ = nc.SetDeadline(time.Now().Add(recovery))
				_, _ = io.WriteString(nc, "SSH-2.0-x\r\n\xff\xff\xff\xff")
				_, _ = io.Copy(io.Discard, nc) // until it is closed
				_ = nc.Close()
			}
		})
	}
	for i := range sources {
		queue <- i
	}
	close(queue)
	some.Wait()
	p.t.Logf("%d sources are shut out after %s; %d could not connect", sources, time.Since(began).Round(time.Millisecond), lost.Load())
}

// listed returns how many sources are listed.
func (p *program) listed() int {
	p.t.Helper()
	list, err := p.opsGet("localhost", "/-/sources")
	if err != nil {
		p.t.Log(err)
		return 0
	}
	return strings.Count(list.body, `"reason":"`)
}

// processes returns the ids of all processes in the container (cgroups(7)).
func (b *box) processes() (pids []int) {
	text, err := os.ReadFile(filepath.Join(b.memory, "cgroup.procs"))
	if err != nil {
		return nil // it has ended
	}
	for field := range strings.FieldsSeq(string(text)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killAll ends all processes in the container. Without a namespace of their own they do not
// end with the first one.
func (b *box) killAll() {
	for _, pid := range b.processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}
