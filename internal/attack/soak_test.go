//go:build linux

package attack

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// What a line through the measurements may rise by over the soak, in bytes; and
// what may be left of the heap's when all have gone. In ten minutes some 50,000
// come and go: a leak of a hundred bytes in each is found.
const (
	maxHeapRise     = 2_000_000
	maxResidentRise = 4_000_000

	// Of goroutines and descriptors, which follow who is there in that moment.
	// Over less than a few minutes it is only chance that a line shows.
	maxGoroutineRise  = 60
	maxDescriptorRise = 12
	leastForCounts    = 3 * time.Minute
)

// Leaks that no single attack shows: readers come, read and vanish in every way
// there is, for as long as -soak says, and what the program uses has to stay
// where it is. The limits in time are low, so that who vanishes without a word
// is found many times over.
func TestSoak(t *testing.T) {
	p := start(t, "--keepalive", "1s", "--write-timeout", "2s", "--handshake-timeout", "2s")
	p.rehearse()
	before := p.vitals()
	t.Logf("at rest: %v", before)

	s := &siege{T: t, p: p}
	c := &churn{siege: s, counts: make([]atomic.Int64, len(manners()))}
	stop := c.begin(12)
	samples := c.measure(*soak)
	stop()
	heap, resident := slope(samples, func(v vitals) int { return v.heap }), slope(samples, func(v vitals) int { return v.resident })
	goroutines, descriptors := slope(samples, func(v vitals) int { return v.goroutines }), slope(samples, func(v vitals) int { return v.descriptors })
	measured := samples[len(samples)-1].at - samples[0].at
	t.Logf("%d came and went in %s; in a minute heap %+.1f KB, resident %+.1f KB, goroutines %+.2f, descriptors %+.2f",
		c.visits.Load(), *soak, heap*60/1e3, resident*60/1e3, goroutines*60, descriptors*60)
	for name, n := range c.ways() {
		t.Logf("%6d %s", n, name)
	}
	for _, reason := range []string{"quit", "client_closed", "connection_lost", "unanswered", "write_timeout"} {
		t.Logf("%6d sessions ended for %s", len(p.lines("session ended", "reason="+reason)), reason)
	}
	if rise := heap * measured.Seconds(); rise > maxHeapRise {
		t.Errorf("the heap rises by %s in %s", mb(int(rise)), measured)
	}
	if rise := resident * measured.Seconds(); rise > maxResidentRise {
		t.Errorf("resident memory rises by %s in %s", mb(int(rise)), measured)
	}
	if *soak >= leastForCounts && (goroutines*measured.Seconds() > maxGoroutineRise || descriptors*measured.Seconds() > maxDescriptorRise) {
		t.Errorf("goroutines rise by %.0f and descriptors by %.0f in %s", goroutines*measured.Seconds(), descriptors*measured.Seconds(), measured)
	}
	after := p.recovers(before)
	t.Logf("at rest again: %v", after)
	if kept := after.heap - before.heap; kept > maxHeapRise {
		t.Errorf("%s stay of %d who came", mb(kept), c.visits.Load())
	}
}

// sample is what was measured at a moment since the start.
type sample struct {
	at time.Duration
	vitals
}

// churn is the coming and going.
type churn struct {
	*siege
	visits atomic.Int64
	counts []atomic.Int64 // of manners
}

// measure looks at the program for a while. The first third is not in what it
// returns: the runtime's tables and the shared pages grow to their size then.
func (c *churn) measure(total time.Duration) []sample {
	began := time.Now()
	every := max(total/40, time.Second)
	var samples []sample
	for at := every; at <= total; at += every {
		time.Sleep(time.Until(began.Add(at))) // the interval of the measure
		v := sample{time.Since(began), c.p.vitals()}
		c.Logf("%6s: %6d came; %v", v.at.Round(time.Second), c.visits.Load(), v.vitals)
		if at >= total/3 {
			samples = append(samples, v)
		}
	}
	if len(samples) < 2 {
		c.Fatalf("a soak of %s is too short to measure anything", total)
	}
	return samples
}

// slope is that of the line through the samples with the least squares, a
// second.
func slope(samples []sample, of func(vitals) int) float64 {
	var x, y float64
	for _, s := range samples {
		x += s.at.Seconds() / float64(len(samples))
		y += float64(of(s.vitals)) / float64(len(samples))
	}
	var xy, xx float64
	for _, s := range samples {
		dx := s.at.Seconds() - x
		xy += dx * (float64(of(s.vitals)) - y)
		xx += dx * dx
	}
	return xy / xx
}

// manners are the ways to come and to go. Those that a source is penalised for
// come from addresses of their own, and are refused at times.
func manners() []manner {
	return []manner{
		{"quit", (*churn).quit, false},
		{"close the window", (*churn).closeChannel, false},
		{"close the window while another stays", (*churn).closeOneOfTwo, false},
		{"end of input", (*churn).endInput, false},
		{"close the connection", (*churn).closeConn, false},
		{"reset the connection", (*churn).reset, false},
		{"close half of it", (*churn).halfClose, false},
		{"run a command", (*churn).command, false},
		{"fall silent", (*churn).freeze, false},
		{"never read", (*churn).neverRead, true},
		{"say nothing", (*churn).silent, true},
		{"leave in the login", (*churn).midLogin, true},
		{"speak HTTP", (*churn).garbage, true},
	}
}

type manner struct {
	name  string
	leave func(*churn, net.Conn) error
	rude  bool
}

// ways tells how often each was taken.
func (c *churn) ways() map[string]int64 {
	m := make(map[string]int64)
	for i, manner := range manners() {
		m[manner.name] = c.counts[i].Load()
	}
	return m
}

// begin has several at a time come and go, each in a way after the other, until
// the function that it returns is called.
func (c *churn) begin(several int) (end func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range several {
		wg.Go(func() {
			for n := i; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond): // the pace of those who come
					c.come(i, n%len(c.counts))
				}
			}
		})
	}
	return func() { close(stop); wg.Wait() }
}

func (c *churn) come(who, way int) {
	n := c.visits.Add(1)
	c.counts[way].Add(1)
	m := manners()[way]
	from := fmt.Sprintf("127.2.%d.%d", who, n%200)
	if m.rude {
		from = fmt.Sprintf("127.3.%d.%d", who, n%20)
	}
	nc, err := c.p.connect(from)
	if err == nil {
		if err = m.leave(c, nc); err != nil {
			_ = nc.Close()
		}
	}
	if err != nil && !m.rude {
		c.Errorf("%s, from %s: %v", m.name, from, err)
	}
}

// sit logs in, and reads a page.
func (c *churn) sit(nc net.Conn) (*ssh.Client, ssh.Channel, error) {
	client, err := c.p.login(nc)
	if err != nil {
		return nil, nil, err
	}
	channel, err := c.open(client)
	return client, channel, err
}

func (c *churn) open(client *ssh.Client) (ssh.Channel, error) {
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(requests)
	if _, err := channel.SendRequest("pty-req", true, ssh.Marshal(ptyRequest{Term: "xterm", Columns: 100, Rows: 40})); err != nil {
		return nil, err
	}
	if _, err := channel.SendRequest("shell", true, nil); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(channel, "j\r"); err != nil {
		return nil, err
	}
	_, err = io.ReadAtLeast(channel, make([]byte, 4<<10), 2<<10)
	return channel, err
}
