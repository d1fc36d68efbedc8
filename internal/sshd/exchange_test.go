package sshd

import (
	"crypto/rand"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// A client that wants new keys all the time is slowed, and served: it may have been told
// to (RekeyLimit in ssh_config(5)).
func TestFrequentKeyExchanges(t *testing.T) {
	server := serve(t, Config{})
	const wanted = 36 // with that of the login; three are made to wait
	counted := &exchangeCounter{}
	client := server.dialAs(t, &gossh.ClientConfig{User: "reader", Config: gossh.Config{
		RekeyThreshold: 256, Rand: counted, KeyExchanges: []string{gossh.KeyExchangeCurve25519},
	}})
	channel := openChannel(t, client)
	request(t, channel, "shell", nil)
	for counted.exchanges.Load() < wanted {
		if _, err := channel.Write(make([]byte, 512)); err != nil {
			t.Fatalf("after %d exchanges: %v", counted.exchanges.Load(), err)
		}
		if _, err := io.ReadFull(channel, make([]byte, 512)); err != nil {
			t.Fatalf("after %d exchanges: %v", counted.exchanges.Load(), err)
		}
	}
	_ = client.Close()
	server.idle(t)
	if stats := server.Stats(); stats.EndedConns[ConnectionLost] != 1 || stats.Penalised != 0 {
		t.Errorf("ended for %v, %d penalties", stats.EndedConns, stats.Penalised)
	}
}

// exchangeCounter is a client's random source: each of its X25519 exchanges reads one
// key.
type exchangeCounter struct{ exchanges atomic.Int64 }

func (e *exchangeCounter) Read(p []byte) (int, error) {
	if len(p) == x25519KeySize {
		e.exchanges.Add(1)
	}
	return rand.Read(p)
}

// A connection has 32 exchanges of keys at once and then one a second, and all of a
// source twice as many and then as many as a connection each in eight seconds.
func TestKeyExchangesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{MaxConnsPerSource: 64}).conn
		key := make([]byte, 32)
		exchanges := func(n int, want time.Duration) {
			t.Helper()
			began := time.Now()
			for range n {
				_, _ = exchangeRandom{c}.Read(key)
			}
			if took := (time.Since(began) + time.Millisecond).Truncate(10 * time.Millisecond); took != want {
				t.Errorf("%d exchanges took %s, want %s", n, took, want)
			}
		}
		exchanges(100, 0) // of logins, of which each has one
		c.loggedIn.Store(true)
		exchanges(32, 0)
		exchanges(8, 8*time.Second)
		_, _ = exchangeRandom{c}.Read(key[:16]) // a cookie is no exchange
		other := bare(t, Config{}).conn
		other.loggedIn.Store(true)
		other.server, other.admitted = c.server, c.admitted
		c = other
		exchanges(32, 0)
		time.Sleep(time.Hour)
		for range 2 { // others of the source have theirs
			c.input = newInput(1, 1, 1)
			exchanges(32, 0)
		}
		c.input = newInput(1, 1, 1)
		exchanges(8, time.Second)
	})
}

// A client that is held up has the whole time of an exchange when that ends: those who
// went away before can make it wait for long.
func TestKeyExchangeWithoutATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{HandshakeTimeout: 10 * time.Second}).conn
		c.loggedIn.Store(true)
		c.beginExchange()
		c.exchange.hold(true)
		time.Sleep(time.Hour)
		if why := c.fate(); why != None {
			t.Fatalf("it has ended for %s while it was held up", why)
		}
		c.exchange.hold(false)
		time.Sleep(9 * time.Second)
		if why := c.fate(); why != None {
			t.Errorf("it has ended for %s before its time was over", why)
		}
		time.Sleep(2 * time.Second)
		if why := c.fate(); why != Flood {
			t.Errorf("it has ended for %s after its time, want %s", why, Flood)
		}
	})
}

// Exchanges leave the last quarter of the memory to others: unfinished ones of a few
// sources once shut everybody out. A client's is waited for, as it may be soon that
// somebody leaves.
func TestExchangesLeaveMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{}).conn
		c.loggedIn.Store(true)
		const need = (36<<10 + 4<<10) * 30 // bytes, of the largest packet
		whole := ledger.New(ledger.Limits{Bytes: need/3*4 + 4})
		c.account = whole.Open(ledger.Limits{})
		other := whole.Open(ledger.Limits{})
		other.Take(4)
		time.AfterFunc(time.Second, other.Close)
		c.exchange.read(36 << 10)
		c.beginExchange()
		if why, taken := c.fate(), whole.Taken().Bytes; why != None || taken != need {
			t.Errorf("ended for %s, %d bytes are taken, want %d", why, taken, need)
		}
		c.answerExchange()
		c.endExchange()
		whole.Limit(ledger.Limits{Bytes: need/3*4 - 4})
		c.exchange.read(36 << 10)
		c.beginExchange()
		if why, taken := c.fate(), whole.Taken().Bytes; why != Resources || taken != 0 {
			t.Errorf("ended for %s, %d bytes are taken for what there is no room for", why, taken)
		}
	})
}

// A packet that is read in pieces of up to the library's buffer counts as the largest
// that can be, whatever the pieces.
func TestSmallExchangesAreTaken(t *testing.T) {
	c := bare(t, Config{}).conn
	c.loggedIn.Store(true)
	c.account = ledger.New(ledger.Limits{}).Open(ledger.Limits{})
	c.beginExchange()
	if taken := c.account.Taken().Bytes; taken != 8<<10*30 {
		t.Errorf("%d bytes are taken, want 30 times 8 KiB", taken)
	}
}
