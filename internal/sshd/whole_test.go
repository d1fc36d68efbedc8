package sshd

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"charm.land/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// cutConn is a connection that is lost after so many bytes from the server.
type cutConn struct {
	net.Conn
	read *atomic.Int64
	left int64
}

func (c *cutConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	c.read.Add(int64(n))
	return n, err
}

// A client whose connection is lost has got every Write of at most MaxWrite bytes as
// a whole or not at all, wherever it is lost: terminals rely on it.
func TestAWriteArrivesWholeOrNotAtAll(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), MaxWrite/16)
	parts := [][]byte{text[:300], text[:MaxWrite-16], text[:1], text[:40]}
	s := serve(t, Config{Handler: func(s ssh.Session) {
		for _, part := range parts {
			_, _ = s.Write(part)
		}
	}})
	fetch := func(limit int64) (got []byte, before, after int64) {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		var read atomic.Int64
		client, channels, requests, err := gossh.NewClientConn(&cutConn{Conn: conn, read: &read, left: limit}, s.addr,
			&gossh.ClientConfig{User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey()})
		if err != nil {
			t.Fatalf("after %d bytes: %v", limit, err)
		}
		session, err := gossh.NewClient(client, channels, requests).NewSession()
		if err != nil {
			t.Fatalf("after %d bytes: %v", limit, err)
		}
		var out bytes.Buffer
		session.Stdout = &out
		before = read.Load()
		if session.Shell() == nil {
			_ = session.Wait()
		}
		return out.Bytes(), before, read.Load()
	}
	whole := bytes.Join(parts, nil)
	got, before, after := fetch(1 << 30)
	if !bytes.Equal(got, whole) {
		t.Fatalf("uncut, %d of %d bytes have come", len(got), len(whole))
	}
	seen := make(map[int]bool)
	for limit := before; limit <= after; limit += 23 {
		got, _, _ := fetch(limit)
		ends := 0
		for _, part := range parts {
			if len(got) > ends {
				ends += len(part)
			}
		}
		if len(got) != ends || !bytes.HasPrefix(whole, got) {
			t.Fatalf("cut after %d bytes, %d have come, and %d are whole Writes", limit, len(got), ends)
		}
		seen[ends] = true
	}
	if len(seen) < len(parts) {
		t.Errorf("the cuts came between %d Writes only", len(seen))
	}
}
