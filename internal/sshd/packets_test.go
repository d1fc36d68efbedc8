package sshd

import (
	"testing"
	"testing/synctest"
	"time"
)

// A second exchange of keys before the login ends the connection: what it agrees on, the
// library would take for what the first one has.
func TestOneExchangeBeforeTheLogin(t *testing.T) {
	c := bare(t, Config{}).conn
	c.beginExchange()
	c.answerExchange()
	c.endExchange()
	if why := c.fate(); why != None {
		t.Fatalf("after one exchange it has ended for %s", why)
	}
	c.beginExchange()
	if why := c.fate(); why != HandshakeFailed {
		t.Errorf("after two it has ended for %s", why)
	}
}

// The library gets no more of what is encrypted than it has room for, until it has
// granted the client's request.
func TestPacketsBeforeTheGrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bare(t, Config{}).conn
		c.packets.granted = make(chan struct{})
		for given := 0; given < maxEarly; given += 64 {
			if n := c.allowance(64); n != 64 {
				t.Fatalf("after %d bytes there may be %d, want 64", given, n)
			}
			c.packets.early += 64
		}
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			close(c.packets.granted)
		}()
		if n := c.allowance(4096); n != 4096 || time.Since(began) != time.Second {
			t.Errorf("%d bytes after %s, want all with the grant after a second", n, time.Since(began))
		}
		c.packets.granted = make(chan struct{})
		_ = c.Close()
		if n := c.allowance(4096); n != 0 {
			t.Errorf("%d bytes may be read of a connection that is closed", n)
		}
	})
}
