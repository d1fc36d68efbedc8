package sshd

import (
	"reflect"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// x/crypto reads packets in a goroutine that hands them on through a channel of 16, and
// that has no way out if nobody takes them any more: not when a login has failed, and
// not when a client has broken the protocol with more packets behind. It would stay for
// ever, with two others and all that is queued. So whoever dismisses a connection takes
// what is left; and until the channel is known, no more packets come than fit in it.
const (
	maxQueued = 16
	// minPacket is the smallest that is encrypted, in bytes: a length, a block of 8
	// and a tag (chacha20-poly1305@openssh.com).
	minPacket = 4 + 8 + 16
	// maxEarly is how many bytes the library is given before it has granted the
	// client's request for a service (RFC 4253 §10). Clients send about a hundred.
	maxEarly = maxQueued * minPacket
)

// packets are those that the library has read and nobody has taken.
type packets struct {
	early   int           // bytes that came encrypted before the grant; Read's own
	granted chan struct{} // closed with the grant
	queue   <-chan []byte // nil if unknown
}

// grant notes that the service is granted. The library calls it before it reads on.
func (q *packets) grant(conn gossh.ServerPreAuthConn) {
	q.queue = queueOf(conn)
	close(q.granted)
}

// queueOf returns the channel that packets go through, or nil if it is not where it was
// in v0.58.0 of the library, which exports no way to it.
func queueOf(conn gossh.ServerPreAuthConn) <-chan []byte {
	v := reflect.ValueOf(conn)
	for _, name := range [...]string{"transport", "incoming"} {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return nil
		}
		if v = v.FieldByName(name); !v.CanAddr() {
			return nil
		}
	}
	// Reflection receives nothing from a field that is not exported.
	queue, _ := reflect.TypeAssert[chan []byte](reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem())
	return queue
}

// drain takes packets until there are no more, as the library sees to when the
// connection is closed.
func (q *packets) drain() {
	if q.queue == nil {
		return
	}
	for range q.queue {
		continue
	}
}

// allowance returns how many bytes may be read now, at most those asked for, and waits
// until there are some. It is 0 when the connection has ended.
func (c *conn) allowance(asked int) int {
	q := &c.packets
	select {
	case <-q.granted:
		return asked
	default:
	}
	if c.opening != nil { // it may be the last in the clear, and more comes with it
		return min(asked, maxEarly)
	}
	if left := maxEarly - q.early; left > 0 {
		return min(asked, left)
	}
	timer := time.NewTimer(c.server.cfg.HandshakeTimeout)
	defer timer.Stop()
	select {
	case <-q.granted:
		return asked
	case <-c.closed:
	case <-timer.C:
	}
	return 0
}
