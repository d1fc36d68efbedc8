package main

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestQuantiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h histogram
	all := make([]time.Duration, 10_000)
	for i := range all {
		all[i] = time.Duration(rng.ExpFloat64() * float64(3*time.Millisecond))
		h.add(all[i])
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
		got, want := h.quantile(q), all[min(int(q*float64(len(all))), len(all)-1)]
		if got < want || float64(got) > float64(want)*1.017+64 {
			t.Errorf("quantile %v is %v, want %v to 1.6 %% above", q, got, want)
		}
	}
	if s := h.spread(); s.N != 10_000 || s.Max != millis(all[len(all)-1]) {
		t.Errorf("the spread is %+v", s)
	}
	var none histogram
	if s := none.spread(); s != (spread{}) {
		t.Errorf("the spread of nothing is %+v", s)
	}
	var ends histogram
	ends.add(-time.Second)
	ends.add(1<<63 - 1)
	if ends.quantile(0) != 0 || ends.quantile(1) != 1<<63-1 {
		t.Errorf("the extremes are %v and %v", ends.quantile(0), ends.quantile(1))
	}
}

func TestSteps(t *testing.T) {
	for i := range len(histogram{}.counts) - 1 {
		if step(uint64(stepEnd(i))) != i || step(uint64(stepEnd(i))+1) != i+1 {
			t.Fatalf("step %d ends at %d, which belongs to %d, and the next to %d", i, stepEnd(i), step(uint64(stepEnd(i))), step(uint64(stepEnd(i))+1))
		}
	}
}

func TestMix(t *testing.T) {
	m, err := parseMix("idle=60, scrolling=30,opening=10")
	if err != nil {
		t.Fatal(err)
	}
	var got mix
	for i, a := range m.assign(1000) {
		got[a]++
		if i == 9 && got != (mix{idle: 6, scrolling: 3, opening: 1}) {
			t.Errorf("the first ten are %v", got)
		}
	}
	if got != (mix{idle: 600, scrolling: 300, opening: 100}) {
		t.Errorf("a thousand are %v", got)
	}
	if text := m.String(); text != "idle=60,scrolling=30,opening=10" {
		t.Errorf("written %q", text)
	}
}

// A cycle ends where it began, or readers would drift to an end where keys
// change nothing.
func TestCyclesReturn(t *testing.T) {
	s := defaultSettings()
	moves := map[string]int{"j": 1, "k": -1, "l": 100, "h": -100, " ": 1000, "b": -1000, "\r": 1e6, "\x7f": -1e6, "/": 1e9, "\x1b": -1e9}
	for _, a := range allActivities() {
		sum := 0
		for _, k := range scriptOf(a, 3, s).cycle {
			if a == searching && len(k.bytes) == 1 && strings.Contains(s.Word, k.bytes) {
				continue
			}
			move, ok := moves[k.bytes]
			if !ok {
				t.Errorf("%v presses %q", a, k.bytes)
			}
			sum += move
		}
		if sum != 0 {
			t.Errorf("%v ends %d from where it began", a, sum)
		}
	}
}

func TestSourceAddresses(t *testing.T) {
	d := dialer{from: netip.MustParsePrefix("127.5.0.0/30"), each: 1}
	var got []string
	for i := range 3 {
		got = append(got, d.source(i).String())
	}
	if text := strings.Join(got, " "); text != "127.5.0.2 127.5.0.1 127.5.0.2" {
		t.Errorf("sources are %s", text)
	}
	wide := dialer{from: netip.MustParsePrefix("127.0.0.0/8"), each: 1}
	networks := map[netip.Prefix]bool{}
	for i := range 255 {
		network, _ := wide.source(i).Prefix(16)
		networks[network] = true
	}
	if len(networks) != 255 {
		t.Errorf("255 sources are in %d networks", len(networks))
	}
	s := defaultSettings()
	s.Sources = netip.MustParsePrefix("127.0.0.0/8")
	if d := newDialer(netip.MustParseAddrPort("192.0.2.1:22"), s); d.from.IsValid() {
		t.Errorf("a target elsewhere is dialled from %v", d.from)
	}
	if d := newDialer(netip.MustParseAddrPort("[::1]:22"), s); d.from.IsValid() {
		t.Errorf("an IPv6 target is dialled from %v", d.from)
	}
}

// fullChannel takes no keys until its connection is closed.
type fullChannel struct {
	ssh.Channel
	nc net.Conn
}

func (c fullChannel) Write([]byte) (int, error) { return c.nc.Read(make([]byte, 1)) }

func TestServersThatTakeNoKeysAreGivenUp(t *testing.T) {
	ours, theirs := net.Pipe()
	s := session{nc: ours, channel: fullChannel{nc: theirs}, tally: &tally{patience: 50 * time.Millisecond}}
	sent := make(chan bool)
	go func() { s.send(&question{key: key{lineDown, "j"}}); close(sent) }()
	select {
	case <-sent:
	case <-time.After(10 * time.Second):
		t.Error("a key is still being sent after 10 s, with 50 ms of patience")
	}
}

// A key is timed from when it was due, not from when it could be sent.
func TestHeldBackKeysAreTimedFromWhenTheyWereDue(t *testing.T) {
	var tl tally
	due := time.Now()
	tl.answered(&question{key: key{kind: lineDown}, due: due, counts: true}, due.Add(time.Second))
	if got := tl.keys.spread(); got.N != 1 || got.Max != 1000 {
		t.Errorf("the key took %+v", got)
	}
	tl.answered(&question{key: key{kind: escape}, due: due, counts: true}, due.Add(time.Minute))
	tl.answered(&question{key: key{kind: lineDown}, due: due}, due.Add(time.Minute))
	if got := tl.keys.spread(); got.N != 1 {
		t.Errorf("escape, or a key that does not count, was counted: %+v", got)
	}
}
