package sshd

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// Promise: whatever a trusted proxy sends first, there is no panic, and if a
// client comes of it, that has an IP address that can be counted and logged,
// and loses none of the bytes behind the header.
func FuzzProxyHeader(f *testing.F) {
	const v2 = "\r\n\r\n\x00\r\nQUIT\n"
	for _, header := range []string{
		"PROXY TCP4 192.0.2.7 192.0.2.1 4000 22\r\n",
		"PROXY TCP6 2001:db8::7 2001:db8::1 4000 22\r\n",
		"PROXY UNKNOWN\r\n",
		"PROXY TCP4 192.0.2.7 192.0.2.1 65536 22\r\n",
		v2 + "\x21\x11\x00\x0c\xc0\x00\x02\x07\xc0\x00\x02\x01\x0f\xa0\x00\x16",
		v2 + "\x20\x00\x00\x00",
		v2 + "\x21\x11\xff\xff",
		v2 + "\x21\x31\x00\xd8",
		"",
		"SSH-2.0-x\r\n",
	} {
		f.Add([]byte(header), []byte("SSH-2.0-x\r\n"))
	}
	proxy := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}
	f.Fuzz(func(t *testing.T, header, rest []byte) {
		sent := append(bytes.Clone(header), rest...)
		client, source, err := readProxyHeader(&script{Reader: bytes.NewReader(sent), remote: proxy}, time.Second)
		if err != nil {
			return
		}
		if !source.IsValid() {
			t.Errorf("the client's address is %v", client.RemoteAddr())
		}
		checkText(t, remoteName(client.RemoteAddr(), false))
		got, err := io.ReadAll(client)
		if err != nil || !bytes.HasSuffix(sent, got) {
			t.Errorf("%q was sent and %q came, %v", sent, got, err)
		}
		if n := len(sent) - len(got); n < len("PROXY \r\n") {
			t.Errorf("a header of %d bytes was taken", n)
		}
	})
}

// script is a connection that says what it has to, and hears nothing.
type script struct {
	*bytes.Reader
	remote net.Addr
}

func (s *script) Read(p []byte) (int, error)       { return s.Reader.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return len(p), nil }
func (s *script) RemoteAddr() net.Addr             { return s.remote }
func (s *script) LocalAddr() net.Addr              { return s.remote }
func (s *script) Close() error                     { return nil }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }
