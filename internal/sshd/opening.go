package sshd

import (
	"bytes"
	"encoding/binary"
)

// What a client may send before it has logged in, in bytes. Clients send 1.5 to 6 KiB,
// including the keys that they offer. x/crypto splits the lists of a KEXINIT into strings
// with headers of 16 bytes and keeps them until the exchange is over: 260 KB of commas become
// 7.7 MB.
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

// opening parses what a client sends unencrypted: its version, and the packets up to and
// including NEWKEYS. It sees each packet's length before the library allocates memory for it.
type opening struct {
	// What has come of the version line.
	version []byte //ledger:counted at most maxVersion
	inside  bool   // the version is complete, and packets follow
	asked   bool   // some of a packet has come
	over    bool   // everything from here on is encrypted
	header  [6]byte
	have    int // bytes of header that have come
	left    int // bytes of the packet that are still to come
	kexInit int // length of a KEXINIT that has begun, in bytes
}

// feed parses the next bytes, and returns why the connection has to end, or None.
func (o *opening) feed(p []byte) Reason {
	if !o.inside {
		if begun := string(o.version) + string(p); mayBeProxyHeader(begun) {
			if len(begun) >= maxProxySignature {
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

// maxProxySignature is the length of the longer of the two signatures that PROXY headers
// begin with, in bytes. Whole headers are longer.
const maxProxySignature = 12

// mayBeProxyHeader reports whether the first bytes of a connection may begin a PROXY header
// of version 1 or 2 (proxy-protocol.txt §2.1, §2.2). No SSH version does.
func mayBeProxyHeader(begun string) bool {
	for _, signature := range [...]string{"PROXY ", "\r\n\r\n\x00\r\nQUIT\n"} {
		if n := min(len(begun), len(signature)); n > 0 && begun[:n] == signature[:n] {
			return true
		}
	}
	return false
}

// speaksSSH2 reports whether a version is of protocol 2 or, if it is incomplete, may be one
// (RFC 4253 §4.2, §5.1). HTTP clients, scanners and clients of protocol 1 are recognised by
// their first bytes.
func speaksSSH2(version []byte, complete bool) bool {
	for _, known := range [...]string{"SSH-2.0-", "SSH-1.99-"} {
		n := min(len(version), len(known))
		if string(version[:n]) == known[:n] && (!complete || n == len(known)) {
			return true
		}
	}
	return false
}

// packets parses unencrypted packets (RFC 4253 §6): a length, a length of padding, and a
// message whose first byte is its number.
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
