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

	// A packet costs as much to decrypt and to act on however small it is, and the
	// smallest has 36 bytes. The library does not say how many come, but each has at least
	// 35 bytes of overhead. So everything that is not channel data has a budget of its
	// own, in bytes on the wire: packetBurst, which is 14,000 of the smallest packets, and
	// then InputRate/packetShare, which is 1,800 of them a second by default. A paste or
	// an upload uses next to nothing of it. Whether bytes are data is known only when a
	// session has read them, so what waits in the library for a session's channel, up to
	// 16 packets of 32 KiB, is charged first and refunded then.
	packetBurst = 512 << 10
	packetShare = 4

	// After exchangeBurst key exchanges a connection may have one every exchangeEvery. The
	// connections of a source together may have so many that none of them waits longer
	// than exchangeTurn. Clients ask for one an hour or after a gigabyte, unless RekeyLimit
	// (ssh_config(5)) says otherwise. An exchange costs the server half a millisecond of
	// CPU, and a client that cheats next to nothing.
	exchangeBurst = 32
	exchangeEvery = time.Second
	exchangeTurn  = 8 * time.Second

	// How much a connection may be sent in answers to requests, in bytes a second after a burst: see
	// session.Pace. Encrypting them is not done in a turn of the processor.
	answersRate  = 4 << 20
	answersBurst = 16 << 20

	// What all connections of a source may send together, and be answered with, as multiples of
	// the limit of one.
	sourceInputRate  = 4
	sourceInputBurst = 2
)

// input is a budget for what a client sends: all bytes, protocol overhead (packets), and
// key exchanges; and for the answers to what it asks for with them.
type input struct {
	bytes, exchanges *rate.Limiter
	packets, answers bucket
}

// newInput returns a budget of perSecond bytes a second, times rates, after a burst of
// inputBurst, times bursts. Both factors are 1 for a single connection.
func newInput(perSecond, rates, bursts int) *input {
	all := rate.Limit(perSecond * rates)
	return &input{
		bytes:     rate.NewLimiter(all, inputBurst*bursts),
		packets:   bucket{perSecond: float32(all) / packetShare, burst: float32(packetBurst * bursts)},
		answers:   bucket{perSecond: float32(answersRate * rates), burst: float32(answersBurst * bursts)},
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

// reserveExchange takes one key exchange from the budget, and returns how long it has to
// wait. A nil budget has no limit.
func (i *input) reserveExchange(now time.Time) time.Duration {
	if i == nil {
		return 0
	}
	return i.exchanges.ReserveN(now, 1).DelayFrom(now)
}

// reserve takes n bytes, of which some are overhead, and returns how long the client that
// sent them has to wait for either budget. Negative overhead is given back. A nil budget
// has no limit.
func (i *input) reserve(now time.Time, n, overhead int) (bytes, packets time.Duration) {
	if i == nil {
		return 0, 0
	}
	bytes = i.bytes.ReserveN(now, n).DelayFrom(now)
	if overhead != 0 { // otherwise there is nothing to wait for
		packets = i.packets.take(now, overhead)
	}
	return bytes, packets
}

// outstanding returns how many bytes of overhead have been taken and not refilled yet.
func (i *input) outstanding(now time.Time) int64 {
	if i == nil {
		return 0
	}
	i.packets.mu.Lock()
	defer i.packets.mu.Unlock()
	i.packets.refill(now)
	return int64(i.packets.taken)
}

// rest takes n bytes of answers, and returns how long the client must send nothing, and be sent nothing, until
// half of its input budget is left and some of its budget for answers. A nil budget has no limit.
func (i *input) rest(now time.Time, n int) time.Duration {
	if i == nil {
		return 0
	}
	return max(i.answers.take(now, n), restOf(i.bytes, now),
		rest(float64(i.packets.perSecond), float64(i.packets.burst), float64(i.outstanding(now))))
}

// restOf returns how long it takes until half of what a limiter allows at once is left.
func restOf(l *rate.Limiter, now time.Time) time.Duration {
	return rest(float64(l.Limit()), float64(l.Burst()), float64(l.Burst())-l.TokensAt(now))
}

// rest returns how long it takes until half of a burst is left, of which so much is taken.
func rest(perSecond, burst, taken float64) time.Duration {
	return time.Duration(max(taken-burst/2, 0) / perSecond * float64(time.Second))
}

// bucket is a token bucket, full at first, whose tokens can be given back. A rate.Limiter
// does not allow that.
type bucket struct {
	perSecond, burst float32

	mu    sync.Mutex
	taken float64 // tokens of the burst in use; more than the burst has to be waited for
	at    time.Time
}

// take takes n tokens, or gives them back if n is negative, and returns how long to wait.
func (b *bucket) take(now time.Time, n int) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	b.taken = max(b.taken+float64(n), 0)
	return time.Duration(max(b.taken-float64(b.burst), 0) / float64(b.perSecond) * float64(time.Second))
}

// refill adds the tokens that have accrued since the last call. The lock is held.
func (b *bucket) refill(now time.Time) {
	if now.After(b.at) {
		b.taken = max(b.taken-now.Sub(b.at).Seconds()*float64(b.perSecond), 0)
		b.at = now
	}
}
