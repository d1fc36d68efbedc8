package sshd

import (
	"bytes"
	"encoding/binary"
)

// What a client may send before it has logged in, in bytes. Clients send 1.5 to 6
// KiB, keys that they offer included. x/crypto splits the lists of a KEXINIT into
// strings of 16 bytes and keeps them until the exchange is over: 260 KB of commas
// become 7.7 MB.
const (
	maxBeforeLogin = 64 << 10
	maxClearPacket = 8 << 10
	maxVersion     = 255 // RFC 4253 §4.2
)

// Message numbers (RFC 4253 §12).
const (
	msgKexInit = 20
	msgNewKeys = 21
)

// opening follows what a client sends in the clear: its version, and packets up to
// the one after which all is encrypted. It sees each packet's length before the
// library makes room for it.
type opening struct {
	version []byte // as far as it has come
	inside  bool   // the version is complete, and packets follow
	asked   bool   // some of a packet has come
	over    bool   // all is encrypted from here
	header  [6]byte
	have    int // of the header
	left    int // bytes of the packet that are still to come
	kexInit int // bytes of the client's KEXINIT
}

// feed takes what has come, and returns why the connection has to end, or None.
func (o *opening) feed(p []byte) Reason {
	if !o.inside {
		if begun := string(o.version) + string(p); mayBeProxyHeader(begun) {
			if len(begun) >= maxProxySign {
				return ForgedHeader
			}
			o.version = append(o.version, p...)
			return None
		}
		end := bytes.IndexByte(p, '\n')
		line := p
		if end >= 0 {
			line = p[:end]
		}
		if len(o.version)+len(line) > maxVersion {
			return HandshakeFailed
		}
		o.version = append(o.version, line...)
		if !speaksSSH2(o.version, end >= 0) {
			return HandshakeFailed
		}
		if end < 0 {
			return None
		}
		o.inside, o.version, p = true, nil, p[end+1:]
	}
	o.asked = o.asked || len(p) > 0
	return o.packets(p)
}

// maxProxySign is the length of the longer of the two signs that a PROXY header
// begins with, in bytes. Whole headers are longer.
const maxProxySign = 12

// mayBeProxyHeader reports whether a connection begins, as far as it has come, as
// one with a PROXY header does: of version 1 or 2 (proxy-protocol.txt §2.1, §2.2).
// No version of SSH does.
func mayBeProxyHeader(begun string) bool {
	for _, sign := range [...]string{"PROXY ", "\r\n\r\n\x00\r\nQUIT\n"} {
		if n := min(len(begun), len(sign)); n > 0 && begun[:n] == sign[:n] {
			return true
		}
	}
	return false
}

// speaksSSH2 reports whether a version is one of protocol 2, or may become one if
// it is not complete (RFC 4253 §4.2, §5.1). The port of an HTTP proxy, a scanner
// and a client of protocol 1 are known by their first bytes.
func speaksSSH2(version []byte, complete bool) bool {
	for _, known := range [...]string{"SSH-2.0-", "SSH-1.99-"} {
		n := min(len(version), len(known))
		if string(version[:n]) == known[:n] && (!complete || n == len(known)) {
			return true
		}
	}
	return false
}

// packets takes packets in the clear (RFC 4253 §6): a length, a length of padding,
// and a message whose first byte is its number.
func (o *opening) packets(p []byte) Reason {
	for len(p) > 0 && !o.over {
		if o.left > 0 {
			n := min(o.left, len(p))
			o.left -= n
			p = p[n:]
			continue
		}
		n := copy(o.header[o.have:], p)
		o.have += n
		p = p[n:]
		if o.have >= 4 && binary.BigEndian.Uint32(o.header[:]) > maxClearPacket {
			return Flood
		}
		if o.have < len(o.header) {
			return None
		}
		length := int(binary.BigEndian.Uint32(o.header[:]))
		switch o.header[5] {
		case msgKexInit:
			o.kexInit = length
		case msgNewKeys:
			o.over = true
		}
		o.left, o.have = max(length-(len(o.header)-4), 0), 0
	}
	return None
}
