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

// What may be left of each round after the first third, in bytes, at rest. In ten
// minutes some 40,000 come and go: a leak of thirty bytes in each is found.
const (
	maxHeapRise     = 1_000_000
	maxResidentRise = 4_000_000
)

// Leaks that no single attack shows: readers come, read and vanish in every way
// there is, round after round for as long as -soak says, and what the program
// uses when they have gone has to stay where it is. Who is there in a moment
// decides over more memory than a leak takes, so it is measured at rest; one
// reader stays through all of it, lest something is let go only when nobody is
// there. The limits in time are low, so that who vanishes without a word is found
// many times over.
func TestSoak(t *testing.T) {
	p := start(t, "--keepalive", "1s", "--write-timeout", "5s", "--handshake-timeout", "5s")
	p.rehearse()
	s := &siege{T: t, p: p}
	c := &churn{siege: s, counts: make([]atomic.Int64, len(manners()))}
	c.settleIn()
	time.Sleep(time.Second) // what has begun with the first frame is there, and what came before has ended
	before := p.vitals()
	t.Logf("at rest, one reader: %v", before)

	rests := c.rounds(*soak, before)
	for name, n := range c.ways() {
		t.Logf("%6d %s", n, name)
	}
	for _, reason := range []string{"quit", "client_closed", "connection_lost", "unanswered", "write_timeout"} {
		t.Logf("%6d sessions ended for %s", len(p.lines("session ended", "reason="+reason)), reason)
	}
	// The runtime's tables, the cache of pages and the table of sources grow to
	// their size in the first half: there are 2,640 sources, a kilobyte each, which
	// take that only once they have come in several ways.
	late := rests[len(rests)/2:]
	heap, resident := slope(late, func(v vitals) int { return v.heap }), slope(late, func(v vitals) int { return v.resident })
	visits := float64(late[len(late)-1].visits - late[0].visits)
	t.Logf("%d came and went; of each of the last %.0f there stay %.1f bytes of heap and %.1f resident",
		c.visits.Load(), visits, heap, resident)
	if rise := int(heap * visits); rise > maxHeapRise {
		t.Errorf("the heap at rest rises by %s with %.0f who come and go", mb(rise), visits)
	}
	if rise := int(resident * visits); rise > maxResidentRise {
		t.Errorf("resident memory at rest rises by %s with %.0f who come and go", mb(rise), visits)
	}
}

// churn is the coming and going.
type churn struct {
	*siege
	visits atomic.Int64
	counts []atomic.Int64 // of manners
}

// rest is what the program uses when all have gone.
type rest struct {
	visits int64 // up to then
	vitals
}

// rounds has readers come and go for a time in all, and measures after each round
// when the program has as many goroutines and descriptors as before.
func (c *churn) rounds(total time.Duration, before vitals) []rest {
	c.Helper()
	round := max(total/20, 3*time.Second)
	n := int(total / round)
	if n < 3 {
		c.Fatalf("a soak of %s is too short to measure anything", total)
	}
	rests := make([]rest, n)
	for i := range rests {
		stop := c.begin(12)
		time.Sleep(round) // a round's length
		busy := c.p.vitals()
		stop()
		rests[i] = rest{vitals: c.p.recovers(before), visits: c.visits.Load()}
		c.Logf("%6s: %6d came; %v; at rest %v", time.Duration(i+1)*round, rests[i].visits, busy, rests[i].vitals)
	}
	return rests
}

// settleIn has somebody come who stays, and reads what comes.
func (c *churn) settleIn() {
	c.Helper()
	nc, err := c.p.connect("127.0.0.98")
	if err != nil {
		c.Fatal(err)
	}
	c.keep(nc)
	_, channel, err := c.sit(nc)
	if err != nil {
		c.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, channel) }()
}

// slope is that of the line through the rests with the least squares: what stays
// of each who came.
func slope(rests []rest, of func(vitals) int) float64 {
	var x, y float64
	for _, r := range rests {
		x += float64(r.visits) / float64(len(rests))
		y += float64(of(r.vitals)) / float64(len(rests))
	}
	var xy, xx float64
	for _, r := range rests {
		dx := float64(r.visits) - x
		xy += dx * (float64(of(r.vitals)) - y)
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
