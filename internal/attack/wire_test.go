//go:build linux

package attack

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Message numbers (RFC 4250 §4.1.2).
const (
	msgDisconnect     = 1
	msgKexInit        = 20
	msgNewKeys        = 21
	msgECDHReply      = 31
	msgAuthFailure    = 51
	msgAuthSuccess    = 52
	msgGlobalRequest  = 80
	msgRequestFailure = 82
	msgOpenConfirm    = 91
	msgOpenFailure    = 92
	msgWindowAdjust   = 93
	msgChannelData    = 94
	msgChannelClose   = 97
	msgChannelSuccess = 99
	msgChannelFailure = 100
)

// wire is the client's side of SSH, as far as an attack needs it: x/crypto's own
// client sends no packet that its author did not foresee, and needs more of the
// processor than the server. It speaks one algorithm of each kind.
type wire struct {
	nc     net.Conn
	in     *bufio.Reader
	number uint32 // of the siege's wires

	mu      sync.Mutex // guards what is written
	out     sealing
	opening sealing
	version string // the server's
}

// sealing is one direction of aes128-gcm@openssh.com (RFC 5647 §7). Without a
// cipher it is the cleartext of the beginning.
type sealing struct {
	aead  cipher.AEAD
	nonce []byte
}

func (s *sealing) next() []byte {
	nonce := bytes.Clone(s.nonce)
	binary.BigEndian.PutUint64(s.nonce[4:], binary.BigEndian.Uint64(s.nonce[4:])+1)
	return nonce
}

// newWire exchanges versions.
func newWire(nc net.Conn, version string) (*wire, error) {
	w := &wire{nc: nc, in: bufio.NewReaderSize(nc, 4<<10)}
	if _, err := io.WriteString(nc, version+"\r\n"); err != nil {
		return nil, err
	}
	line, err := w.in.ReadString('\n')
	w.version = strings.TrimRight(line, "\r\n")
	if err == nil && !strings.HasPrefix(line, "SSH-2.0-") {
		err = fmt.Errorf("the server said %q", w.version)
	}
	return w, err
}

// send sends one packet (RFC 4253 §6).
func (w *wire) send(payload []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	block, extra := 8, 4 // in cleartext the length is part of the blocks
	if w.out.aead != nil {
		block, extra = aes.BlockSize, 0
	}
	padding := block - (extra+1+len(payload))%block
	if padding < 4 {
		padding += block
	}
	packet := make([]byte, 5+len(payload)+padding, 5+len(payload)+padding+16)
	binary.BigEndian.PutUint32(packet, uint32(1+len(payload)+padding))
	packet[4] = byte(padding)
	copy(packet[5:], payload)
	if w.out.aead != nil {
		packet = w.out.aead.Seal(packet[:4], w.out.next(), packet[4:], packet[:4])
	}
	_, err := w.nc.Write(packet)
	return err
}

// receive returns the payload of one packet.
func (w *wire) receive() ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(w.in, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < 2 || n > 256<<10 {
		return nil, fmt.Errorf("a packet of %d bytes", n)
	}
	tag := uint32(0)
	if w.opening.aead != nil {
		tag = uint32(w.opening.aead.Overhead())
	}
	packet := make([]byte, n+tag)
	if _, err := io.ReadFull(w.in, packet); err != nil {
		return nil, err
	}
	if w.opening.aead != nil {
		var err error
		if packet, err = w.opening.aead.Open(packet[:0], w.opening.next(), packet, length[:]); err != nil {
			return nil, err
		}
	}
	padding := int(packet[0])
	if padding+2 > len(packet) {
		return nil, errors.New("a packet without a payload")
	}
	return packet[1 : len(packet)-padding], nil
}

// expect returns the next packet with this number, and passes over what may
// come before it.
func (w *wire) expect(number byte) ([]byte, error) {
	for {
		packet, err := w.receive()
		switch {
		case err != nil:
			return nil, err
		case packet[0] == number:
			return packet, nil
		case packet[0] == msgDisconnect || packet[0] == msgAuthFailure || packet[0] == msgOpenFailure || packet[0] == msgChannelFailure:
			return nil, fmt.Errorf("the server answers %q", packet)
		}
	}
}

// kexInit is a KEXINIT (RFC 4253 §7.1).
type kexInit struct {
	Cookie                                 [16]byte `sshtype:"20"`
	Kex, HostKey                           string
	CiphersOut, CiphersIn, MacsOut, MacsIn string
	CompressionOut, CompressionIn          string
	LanguagesOut, LanguagesIn              string
	Follows                                bool
	Reserved                               uint32
}

// newKexInit is what a wire can do; languages are for nothing.
func newKexInit(languages string) []byte {
	const aead, mac, none = "aes128-gcm@openssh.com", "hmac-sha2-256", "none"
	return ssh.Marshal(kexInit{
		Kex: "curve25519-sha256", HostKey: "ssh-ed25519", CiphersOut: aead, CiphersIn: aead, MacsOut: mac, MacsIn: mac,
		CompressionOut: none, CompressionIn: none, LanguagesOut: languages,
	})
}

// shake exchanges keys (RFC 5656 §4, RFC 8731). The server's are not checked.
func (w *wire) shake(clientVersion string) error {
	own := newKexInit("")
	if err := w.send(own); err != nil {
		return err
	}
	theirs, err := w.expect(msgKexInit)
	if err != nil {
		return err
	}
	secret, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	public := secret.PublicKey().Bytes()
	if err := w.send(ssh.Marshal(struct {
		Public []byte `sshtype:"30"`
	}{public})); err != nil {
		return err
	}
	packet, err := w.expect(msgECDHReply)
	if err != nil {
		return err
	}
	var reply struct {
		HostKey, Public, Signature []byte `sshtype:"31"`
	}
	if err := ssh.Unmarshal(packet, &reply); err != nil {
		return err
	}
	remote, err := ecdh.X25519().NewPublicKey(reply.Public)
	if err != nil {
		return err
	}
	shared, err := secret.ECDH(remote)
	if err != nil {
		return err
	}
	k := mpint(shared)
	hash := sha256.Sum256(append(ssh.Marshal(struct{ Client, Server, ClientKex, ServerKex, HostKey, ClientPublic, ServerPublic []byte }{
		[]byte(clientVersion), []byte(w.version), own, theirs, reply.HostKey, public, reply.Public,
	}), k...))
	if err := w.send([]byte{msgNewKeys}); err != nil {
		return err
	}
	if _, err := w.expect(msgNewKeys); err != nil {
		return err
	}
	// The hash of the first exchange is the session's id, too (RFC 4253 §7.2).
	derive := func(letter byte, n int) []byte {
		sum := sha256.Sum256(bytes.Join([][]byte{k, hash[:], {letter}, hash[:]}, nil))
		return sum[:n]
	}
	if w.out, err = newSealing(derive('C', 16), derive('A', 12)); err != nil {
		return err
	}
	w.opening, err = newSealing(derive('D', 16), derive('B', 12))
	return err
}

func newSealing(key, nonce []byte) (sealing, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealing{}, err
	}
	aead, err := cipher.NewGCM(block)
	return sealing{aead, nonce}, err
}

// mpint writes a number as RFC 4251 §5 does.
func mpint(number []byte) []byte {
	number = bytes.TrimLeft(number, "\x00")
	if len(number) > 0 && number[0]&0x80 != 0 {
		number = append([]byte{0}, number...)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(number))), number...)
}

// login logs in as a user without a key (RFC 4252 §5.2).
func (w *wire) login(user string) error {
	if err := w.send(ssh.Marshal(struct {
		Service string `sshtype:"5"`
	}{"ssh-userauth"})); err != nil {
		return err
	}
	if err := w.send(ssh.Marshal(struct {
		User, Service, Method string `sshtype:"50"`
	}{user, "ssh-connection", "none"})); err != nil {
		return err
	}
	_, err := w.expect(msgAuthSuccess)
	return err
}

// attackVersion is what attackers call themselves (RFC 4253 §4.2).
const attackVersion = "SSH-2.0-attack"

// wire connects and logs in.
func (s *siege) wire(from string) (*wire, error) {
	w, err := s.hello(from, attackVersion)
	if err != nil {
		return nil, err
	}
	if err := w.shake(attackVersion); err != nil {
		return nil, err
	}
	return w, w.login("reader")
}

// hello connects and exchanges versions.
func (s *siege) hello(from, version string) (*wire, error) {
	nc, err := s.p.connect(from)
	if err != nil {
		return nil, err
	}
	s.keep(nc)
	w, err := newWire(nc, version)
	w.number = s.wires.Add(1)
	return w, err
}
