package sshd

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// inputBurst is how much a connection may send at once, in bytes on the
	// wire, before Config.InputRate slows it: more than the 2 MiB window that
	// x/crypto gives a channel, so a paste or a small upload does not wait.
	inputBurst = 4 << 20

	// A packet costs as much to decrypt and to act on however small it is, and
	// the smallest has 36 bytes. How many come nobody tells, but each has at least 35
	// bytes around its data. So all that is no data, be it around data or instead of it,
	// has a budget of its own, in bytes on the wire: packetBurst, that is 14,000 of the
	// smallest packets, and then InputRate/packetShare, that is 1,800 a second by
	// default. A paste or an upload takes next to nothing of it. What is data is known
	// when a session has read it, so what waits in the library for the session's channel,
	// 16 packets of 32 KiB, is taken first and given back then.
	packetBurst = 512 << 10
	packetShare = 4

	// Key exchanges over exchangeBurst wait for each other: a connection has one every
	// exchangeEvery, and all connections of a source together have as many as lets none
	// of them wait longer than exchangeTurn. Clients ask for one an hour or after a
	// gigabyte, unless they are told to do so more often (RekeyLimit in ssh_config(5)).
	// Each costs the server half a millisecond and a client that cheats next to nothing.
	exchangeBurst = 32
	exchangeEvery = time.Second
	exchangeTurn  = 8 * time.Second

	// What all connections of a source may send together, as multiples of what
	// one of them may.
	sourceInputRate  = 4
	sourceInputBurst = 2
)

// input is a budget of what a client sends: of all bytes, of those around data, and of
// key exchanges.
type input struct {
	bytes, exchanges *rate.Limiter
	packets          *bucket
}

// newInput returns the budget of a connection whose Config.InputRate is perSecond,
// enlarged for several by the two factors.
func newInput(perSecond, rates, bursts int) *input {
	all := rate.Limit(perSecond * rates)
	return &input{
		bytes:     rate.NewLimiter(all, inputBurst*bursts),
		packets:   &bucket{perSecond: float64(all) / packetShare, burst: float64(packetBurst * bursts)},
		exchanges: rate.NewLimiter(rate.Every(exchangeEvery), exchangeBurst),
	}
}

// newSourceInput returns the budget of all connections of a source.
func newSourceInput(cfg *Config) *input {
	i := newInput(cfg.InputRate, sourceInputRate, sourceInputBurst)
	each := exchangeTurn / time.Duration(cfg.MaxConnsPerSource)
	i.exchanges = rate.NewLimiter(rate.Every(each), exchangeBurst*sourceInputBurst)
	return i
}

// reserveExchange takes a key exchange, and returns how long it has to wait. A nil
// budget has no limit.
func (i *input) reserveExchange(now time.Time) time.Duration {
	if i == nil {
		return 0
	}
	return i.exchanges.ReserveN(now, 1).DelayFrom(now)
}

// reserve takes n bytes, and those around data, and returns how long the client that sent
// them has to wait for either budget. Below 0, around is given back. A nil budget has no
// limit.
func (i *input) reserve(now time.Time, n, around int) (bytes, packets time.Duration) {
	if i == nil {
		return 0, 0
	}
	bytes = i.bytes.ReserveN(now, n).DelayFrom(now)
	if around != 0 { // else there is nothing to wait for
		packets = i.packets.take(now, around)
	}
	return bytes, packets
}

// outstanding returns how many bytes around data have been taken and not come back yet.
func (i *input) outstanding(now time.Time) int64 {
	if i == nil {
		return 0
	}
	i.packets.mu.Lock()
	defer i.packets.mu.Unlock()
	i.packets.refill(now)
	return int64(i.packets.taken)
}

// bucket is a token bucket, full at first, that can be given back what was taken, which
// a rate.Limiter cannot.
type bucket struct {
	perSecond, burst float64

	mu    sync.Mutex
	taken float64 // of the burst; more than that has to be waited for
	at    time.Time
}

// take takes n tokens, or gives them back, and returns how long to wait for them.
func (b *bucket) take(now time.Time, n int) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	b.taken = max(b.taken+float64(n), 0)
	return time.Duration(max(b.taken-b.burst, 0) / b.perSecond * float64(time.Second))
}

// refill gives back what time has brought.
func (b *bucket) refill(now time.Time) {
	if now.After(b.at) {
		b.taken = max(b.taken-now.Sub(b.at).Seconds()*b.perSecond, 0)
		b.at = now
	}
}
