//go:build linux

package attack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Where readers are asked for their keys, a client may offer one after the other, and each
// has to be parsed: a point of a curve, which has to be looked at. It may have a
// megabyte of them, or as many as it likes.
//
// Here 40 may be refused, and 128 be offered, in 64 KiB; then the connection ends.
func TestEndlessKeyOffers(t *testing.T) {
	strangers, accepted := offersOf(t, true), offersOf(t, false)
	sieges(t, nil, func(s *siege, from []string) {
		s.refuses(from, s.asks, func(w *wire) (err error) {
			offers := strangers
			if w.number%2 == 0 {
				offers = accepted
			}
			for i := 0; err == nil && i < 1000; i++ {
				err = w.send(offers[i%2])
			}
			return err
		})
	}, "--identify", "on")
}

// Whoever has offered a key that will do has two minutes to sign, since its owner may have to
// type a passphrase. All connections of a source that do this and then nothing hold
// an eighth of the logins, and newcomers get in.
func TestKeysThatNeverSign(t *testing.T) {
	accepted := offersOf(t, false)
	sieges(t, nil, func(s *siege, from []string) {
		s.fullNumber(from, func(source string) error {
			w, err := s.asks(source)
			if err == nil {
				err = w.send(accepted[0])
			}
			return err
		})
	}, "--identify", "on")
}

// asks connects, exchanges keys and asks for the service that logs in (RFC 4252 §4).
func (s *siege) asks(source string) (*wire, error) {
	w, err := s.hello(source, attackVersion)
	if err == nil {
		err = w.shake(attackVersion)
	}
	if err == nil {
		err = w.send(ssh.Marshal(struct {
			Service string `sshtype:"5"`
		}{"ssh-userauth"}))
	}
	return w, err
}

// offersOf are the offers of two keys (RFC 4252 §7), so that no answer can be remembered: of
// security keys, which nobody knows, or else of the curve that takes the longest.
func offersOf(t *testing.T, security bool) (offers [2][]byte) {
	t.Helper()
	for i := range offers {
		curve := elliptic.P521()
		if security {
			curve = elliptic.P256()
		}
		private, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		public, err := ssh.NewPublicKey(&private.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		algorithm, key := public.Type(), public.Marshal()
		if security {
			var of struct {
				Algorithm, Curve string
				Point            []byte
			}
			if err := ssh.Unmarshal(key, &of); err != nil {
				t.Fatal(err)
			}
			algorithm = ssh.KeyAlgoSKECDSA256
			key = ssh.Marshal(struct {
				Algorithm, Curve string
				Point            []byte
				Application      string
			}{algorithm, of.Curve, of.Point, "ssh:"})
		}
		offers[i] = ssh.Marshal(struct {
			User, Service, Method string `sshtype:"50"`
			Signed                bool
			Algorithm             string
			Key                   []byte
		}{"reader", "ssh-connection", "publickey", false, algorithm, key})
	}
	return offers
}
