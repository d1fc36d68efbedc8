package sshd

import (
	"reflect"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// x/crypto reads packets in a goroutine that sends them to a channel of 16, and that blocks
// for ever when nobody receives any more: after a failed login, or when a client has broken
// the protocol and more packets follow. Two more goroutines and everything queued would stay
// with it. So the queue is drained when a connection ends; and until the queue is known, no
// more packets are read than fit in it.
const (
	maxQueued = 16
	// minPacket is the size of the smallest encrypted packet, in bytes: a length, a block of
	// 8 and a tag (chacha20-poly1305@openssh.com).
	minPacket = 4 + 8 + 16
	// maxEarly is how many encrypted bytes the library is given before it has granted the
	// client's service request (RFC 4253 §10). Clients send about a hundred.
	maxEarly = maxQueued * minPacket
)

// packets is the library's queue of packets that it has read.
type packets struct {
	early   int           // encrypted bytes read before the grant; used only by Read
	granted chan struct{} // closed by grant
	queue   <-chan []byte // nil if unknown
}

// grant records that the service request is granted. The library calls it before it reads on.
func (q *packets) grant(conn gossh.ServerPreAuthConn) {
	q.queue = queueOf(conn)
	close(q.granted)
}

// queueOf returns the channel of packets, which the library does not export, or nil if it is
// not in the field where v0.58.0 has it.
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
	// Reflection cannot receive from a field that is not exported, so take its address.
	queue, _ := reflect.TypeAssert[chan []byte](reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem())
	return queue
}

// drain receives packets until the library closes the queue, which it does when the
// connection is closed.
func (q *packets) drain() {
	if q.queue == nil {
		return
	}
	for range q.queue {
		continue
	}
}

// allowance waits until bytes may be read, and returns how many, at most those asked for. It
// returns 0 when the connection has ended.
func (c *conn) allowance(asked int) int {
	q := &c.packets
	select {
	case <-q.granted:
		return asked
	default:
	}
	if c.opening != nil { // what is read may contain the last unencrypted packet and more
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
	case <-c.life.Done():
	case <-timer.C:
	}
	return 0
}
