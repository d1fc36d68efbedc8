package sshd

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// The global requests by which clients learn host keys (section 2.5 of OpenSSH's PROTOCOL):
// the server announces all that it has, and proves those that the client asks about. The
// name of the second is also part of what is signed.
const (
	announceRequest = "hostkeys-00@openssh.com"
	proveRequest    = "hostkeys-prove-00@openssh.com"
)

// identity is what clients know the server by. It does not change: a connection keeps the one
// that it began with.
type identity struct {
	// For key exchanges: the library takes one key of each type.
	inUse        []offer //ledger:counted at most maxHostKeys
	announcement []byte  //ledger:counted as many keys
	// All keys, by public key.
	provers map[string]gossh.MultiAlgorithmSigner //ledger:counted as many
	expires time.Time                             // first end of a certificate in use; zero: none ends
}

// offer is a key for key exchanges.
type offer struct {
	HostKey
	key       gossh.MultiAlgorithmSigner
	certified gossh.MultiAlgorithmSigner // with its certificate, or nil
}

func newIdentity(keys []HostKey) (*identity, error) {
	if len(keys) == 0 {
		return nil, errors.New("sshd: Config.HostKeys is empty: a server needs at least one host key")
	}
	id := &identity{provers: make(map[string]gossh.MultiAlgorithmSigner, len(keys))}
	for _, key := range keys {
		signer, err := multiAlgorithm(key.Signer)
		if err != nil {
			return nil, err
		}
		blob := key.Signer.PublicKey().Marshal()
		id.announcement = append(id.announcement, gossh.Marshal(struct{ Blob []byte }{blob})...)
		id.provers[string(blob)] = signer
	}
	for _, key := range HostKeysInUse(keys) {
		o := offer{HostKey: key, key: id.provers[string(key.Signer.PublicKey().Marshal())]}
		if cert := key.Certificate; cert != nil {
			signer, err := gossh.NewCertSigner(cert, o.key)
			if err != nil {
				return nil, fmt.Errorf("sshd: Config.HostKeys: %w", err)
			}
			if o.certified, err = multiAlgorithm(signer); err != nil {
				return nil, err
			}
			if _, end := key.Validity(); !end.IsZero() && (id.expires.IsZero() || end.Before(id.expires)) {
				id.expires = end
			}
		}
		id.inUse = append(id.inUse, o)
	}
	return id, nil
}

func multiAlgorithm(signer gossh.Signer) (gossh.MultiAlgorithmSigner, error) {
	all, ok := signer.(gossh.MultiAlgorithmSigner)
	if !ok {
		return nil, fmt.Errorf("sshd: Config.HostKeys has a key of type %s that does not tell its algorithms", signer.PublicKey().Type())
	}
	return all, nil
}

// signers returns what is offered in key exchanges. A certificate that does not hold now is
// left out: clients that know the key itself go on with that.
func (id *identity) signers(now time.Time) []gossh.MultiAlgorithmSigner {
	offered := make([]gossh.MultiAlgorithmSigner, 0, 2*len(id.inUse))
	for _, o := range id.inUse {
		if o.certified != nil && o.Certified(now) {
			offered = append(offered, o.certified)
		}
		offered = append(offered, o.key)
	}
	return offered
}

// SetHostKeys changes the host keys for new connections, and reports whether they are others
// than before. Open connections keep those that they began with. If there is an error, nothing
// changes.
func (s *Server) SetHostKeys(keys []HostKey) (changed bool, err error) {
	id, err := newIdentity(keys)
	if err != nil {
		return false, err
	}
	return !id.equal(s.identity.Swap(id)), nil
}

// equal reports whether two identities have the same keys and certificates.
func (id *identity) equal(other *identity) bool {
	if len(id.inUse) != len(other.inUse) || !bytes.Equal(id.announcement, other.announcement) {
		return false
	}
	for i, o := range id.inUse {
		was := other.inUse[i]
		if (o.certified == nil) != (was.certified == nil) ||
			o.certified != nil && !bytes.Equal(o.certified.PublicKey().Marshal(), was.certified.PublicKey().Marshal()) {
			return false
		}
	}
	return true
}

// announce tells the client all host keys, without their certificates as sshd(8) does. No
// answer is asked for.
func (c *conn) announce(client *gossh.ServerConn) {
	if !isConfusedByKeys(string(client.ClientVersion())) {
		_, _, _ = client.SendRequest(announceRequest, false, c.identity.announcement) // the client may be gone
	}
}

// isConfusedByKeys reports whether a client, by its version, fails when host keys are announced to it. The list
// is that of sshd(8).
func isConfusedByKeys(version string) bool {
	software := strings.TrimPrefix(version, "SSH-2.0-")
	for _, known := range [...]string{
		"Cisco-1.", "TeraTerm SSH", "TTSSH/1.5.", "TTSSH/2.1", "TTSSH/2.2", "TTSSH/2.3", "TTSSH/2.4", "TTSSH/2.5", "TTSSH/2.6",
		"TTSSH/2.70", "TTSSH/2.71", "TTSSH/2.72",
	} {
		if strings.HasPrefix(software, known) {
			return true
		}
	}
	return false
}

// prove signs, for each of the host keys that a client asks about, that the server has it, and returns the
// signatures; it reports false if one is unknown. A connection gets as many signatures as there are keys, since
// a client asks at most once about each.
func (c *conn) prove(client *gossh.ServerConn, asked []byte) (proofs []byte, ok bool) {
	var blobs []string
	left := len(c.identity.provers) - c.proofs
	for len(asked) > 0 {
		var next struct {
			Blob string
			Rest []byte `ssh:"rest"`
		}
		if err := gossh.Unmarshal(asked, &next); err != nil || c.identity.provers[next.Blob] == nil || len(blobs) == left {
			return nil, false
		}
		blobs = append(blobs, next.Blob)
		asked = next.Rest
	}
	c.proofs += len(blobs)
	for _, blob := range blobs {
		proof, err := c.signProof(client, blob)
		if err != nil {
			return nil, false
		}
		proofs = append(proofs, proof...)
	}
	return proofs, true
}

// signProof returns the signature for one key, in a turn of the processor as for an exchange.
func (c *conn) signProof(client *gossh.ServerConn, blob string) ([]byte, error) {
	turn := c.account.Turn()
	defer turn.End()
	signer := c.identity.provers[blob]
	algorithm := ""
	if signer.PublicKey().Type() == gossh.KeyAlgoRSA {
		// Clients want that of the key exchange, if that was by an RSA key.
		algorithm = gossh.KeyAlgoRSASHA512
		if meta, ok := client.Conn.(gossh.AlgorithmsConnMetadata); ok {
			switch meta.Algorithms().HostKey {
			case gossh.KeyAlgoRSASHA256, gossh.CertAlgoRSASHA256v01:
				algorithm = gossh.KeyAlgoRSASHA256
			}
		}
	}
	signature, err := signer.SignWithAlgorithm(rand.Reader, gossh.Marshal(struct {
		Request      string
		Session, Key []byte
	}{proveRequest, client.SessionID(), []byte(blob)}), algorithm)
	if err != nil {
		return nil, err
	}
	return gossh.Marshal(struct{ Signature []byte }{gossh.Marshal(signature)}), nil
}
