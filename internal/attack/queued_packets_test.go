//go:build linux

package attack

import (
	"bytes"
	"net"
	"testing"

	"golang.org/x/crypto/ssh"
)

// The library of this server, golang.org/x/crypto/ssh v0.58.0, hands packets on through
// a queue of 16, and waits for ever if it is full and nobody takes from it any more: a
// client that breaks the protocol with 70 packets behind, in one segment, had it keep
// three goroutines and what was queued after the connection had ended, up to 600 KB. 720
// connections took 590 MB for good.
//
// Here what is queued is taken when a connection ends, and until it can be, no more
// comes than the queue holds.
func TestQueuedPackets(t *testing.T) {
	p := start(t)
	p.withstands(func(s *siege) {
		for i := range fullNumber {
			w, err := s.wire(source(i))
			if err != nil {
				s.Fatal(err)
			}
			w.atOnce(s, ssh.Marshal(channelData{Recipient: 999, Data: []byte("x")}))

			if w, err = s.hello(source(i), attackVersion); err == nil {
				err = w.shake(attackVersion)
			}
			if err != nil {
				s.Fatal(err)
			}
			w.atOnce(s, ssh.Marshal(serviceRequest{"no-service"}))
		}
	})
}

type channelData struct {
	Recipient uint32 `sshtype:"94"`
	Data      []byte
}

type serviceRequest struct {
	Service string `sshtype:"5"`
}

// atOnce sends a packet that ends the connection, and 70 behind it, in one segment.
func (w *wire) atOnce(s *siege, last []byte) {
	s.Helper()
	nc := w.nc
	together := &segment{Conn: nc}
	w.nc = together
	const ping = 192 // openssh/PROTOCOL, 1.9
	_ = w.send(last) // it only fills the segment
	for range 70 {
		_ = w.send([]byte{ping, 0, 0, 0, 0})
	}
	if _, err := nc.Write(together.Bytes()); err != nil {
		s.Error(err)
	}
}

// segment keeps what is written.
type segment struct {
	net.Conn
	bytes.Buffer
}

func (s *segment) Write(p []byte) (int, error) { return s.Buffer.Write(p) }

func (s *segment) Read(p []byte) (int, error) { return s.Conn.Read(p) }
