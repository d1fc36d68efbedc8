package authors

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// line is what one line of the file grants to whoever has its key.
type line struct {
	name       string
	authority  bool      // not to it, but to those whose certificates it has signed
	until      time.Time // zero: for ever
	from       patterns
	principals []string
}

// holds reports whether a line counts at a time.
func (l *line) holds(now time.Time) bool { return l.until.IsZero() || !now.After(l.until) }

// Limits of RSA keys, in bits: sshd (internal/sshd) refuses longer ones, which take too long to verify.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// parseLine reads a line that is no comment: options, if there are any, a key's type, the key and a
// comment. Times without a zone count in the given one.
func parseLine(text string, zone *time.Location) (key ssh.PublicKey, l line, err error) {
	kind, rest := field(text)
	if !isKind(kind) {
		if rest, err = l.parseOptions(text, zone); err != nil {
			return nil, line{}, err
		}
		kind, rest = field(rest)
	}
	encoded, comment := field(rest)
	if key, err = parseKey(kind, encoded); err == nil {
		err = accepted(key)
	}
	if err != nil {
		return nil, line{}, err
	}
	l.name = nameOf(comment, key)
	return key, l, nil
}

// field returns what stands before the first blank space, and what behind it.
func field(text string) (first, rest string) {
	text = strings.TrimLeft(text, " \t")
	if end := strings.IndexAny(text, " \t"); end >= 0 {
		return text[:end], strings.TrimLeft(text[end:], " \t")
	}
	return text, ""
}

// kinds are the types of keys that the server takes signatures of.
func kinds() []string {
	return []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
		ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSA,
	}
}

const certificateSuffix = "-cert-v01@openssh.com"

// isKind reports whether a word is the type of a key, also of one that is not accepted.
func isKind(word string) bool {
	return slices.Contains(kinds(), word) || word == "ssh-dss" || strings.HasSuffix(word, certificateSuffix)
}

// parseKey reads a public key, or a certificate.
func parseKey(kind, encoded string) (ssh.PublicKey, error) {
	switch {
	case kind == "" || encoded == "":
		return nil, errors.New("the key is missing: write its type, the key and who it belongs to, as in a file of .pub")
	case !isKind(kind):
		return nil, fmt.Errorf("%s is no type of key that the server takes: use %s", quote(kind), strings.Join(kinds(), ", "))
	}
	wire, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("the key behind %s is damaged: copy it anew, as one line", kind)
	}
	key, err := ssh.ParsePublicKey(wire)
	if err != nil || key.Type() != kind {
		return nil, fmt.Errorf("the key behind %s is damaged, or of another type: copy it anew, as one line", kind)
	}
	return key, nil
}

// accepted returns why the server accepts no signatures of a key.
func accepted(key ssh.PublicKey) error {
	if _, ok := key.(*ssh.Certificate); ok {
		return errors.New("this is a certificate: put the authority's key here, behind cert-authority, or the key that it certifies")
	}
	if !slices.Contains(kinds(), key.Type()) {
		return fmt.Errorf("keys of type %s are not taken: have an Ed25519 key made (ssh-keygen -t ed25519)", quote(key.Type()))
	}
	if of, ok := key.(ssh.CryptoPublicKey); ok {
		if k, ok := of.CryptoPublicKey().(*rsa.PublicKey); ok {
			if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
				return fmt.Errorf("an RSA key of %d bits is not taken, only from %d to %d: have an Ed25519 key made (ssh-keygen -t ed25519)", bits, minRSABits, maxRSABits)
			}
		}
	}
	return nil
}

// quote returns text of a file for a message, which it may be too long or too strange for.
func quote(text string) string {
	return strconv.Quote(plaintext.Ellipsis(plaintext.Clean(plaintext.CutRunes(text, 4*maxName)), 40))
}
