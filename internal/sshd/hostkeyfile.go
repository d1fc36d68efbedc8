package sshd

import (
	"bytes"
	"crypto/dsa" //nolint:staticcheck // only to refuse such keys by name
	"crypto/rsa"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const minRSABits = 2048

// readHostKey reads one private key.
func readHostKey(path string) (gossh.Signer, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("host key %s is not there, or a link that leads nowhere: put the key where it should be, or remove the link", path)
	case err != nil:
		return nil, fmt.Errorf("host key: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("host key %s is a folder, as container engines make one where the file of a mount is missing: remove it, and mount the key or put it there", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("host key %s is no regular file (%s): put the key itself there", path, info.Mode().Type())
	case tooOpen(info):
		return nil, fmt.Errorf("host key %s can be read by others (mode %04o): %s", path, info.Mode().Perm(), howToClose(path, info))
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("host key: %w: %s", err, howToHandOver(path, info))
	}
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	raw, err := gossh.ParseRawPrivateKey(text)
	var locked *gossh.PassphraseMissingError
	switch {
	case errors.As(err, &locked), isEncrypted(text):
		return nil, fmt.Errorf("host key %s has a passphrase, which the server cannot ask for: remove it with: ssh-keygen -p -N '' -f %s", path, path)
	case err != nil:
		return nil, notAKey(path, text, err)
	}
	return hostSigner(path, raw)
}

// isEncrypted reports whether a file has a key in the form of PKCS #8 with a passphrase, which x/crypto
// does not know.
func isEncrypted(text []byte) bool {
	block, _ := pem.Decode(text)
	return block != nil && block.Type == "ENCRYPTED PRIVATE KEY"
}

// notAKey describes a file that x/crypto cannot read as a key. Its advice is never to create a new key: readers
// would be warned of it.
func notAKey(path string, text []byte, err error) error {
	switch _, _, _, _, public := gossh.ParseAuthorizedKey(text); {
	case bytes.HasPrefix(text, []byte("PuTTY-User-Key-File-")):
		return fmt.Errorf("host key %s is in PuTTY's format: convert it with: puttygen %[1]s -O private-openssh -o %[1]s.new && mv %[1]s.new %[1]s", path)
	case isDropbear(text):
		return fmt.Errorf("host key %s is in Dropbear's format: convert it with: dropbearconvert dropbear openssh %[1]s %[1]s.new && mv %[1]s.new %[1]s", path)
	case public == nil:
		return fmt.Errorf("host key %s is a public key: put the private one there", path)
	}
	return fmt.Errorf("host key %s is not a private key (%w): restore it from a copy, since readers are warned of another key", path, err)
}

// isDropbear reports whether a file begins as a key of Dropbear's does: with the name of its
// type and the length of that.
func isDropbear(text []byte) bool {
	if len(text) < 4 {
		return false
	}
	name, n := text[4:], binary.BigEndian.Uint32(text)
	return n > 4 && n < 32 && (bytes.HasPrefix(name, []byte("ssh-")) || bytes.HasPrefix(name, []byte("ecdsa-")))
}

// hostSigner makes a signer of a private key. It refuses types and lengths that clients do not
// accept or should not.
func hostSigner(path string, raw any) (gossh.Signer, error) {
	switch key := raw.(type) {
	case *dsa.PrivateKey:
		return nil, fmt.Errorf("host key %s is DSA, which no client accepts any more: %s", path, howToReplace(path))
	case *rsa.PrivateKey:
		if key.N.BitLen() < minRSABits {
			return nil, fmt.Errorf("host key %s is RSA with %d bits, under %d: %s", path, key.N.BitLen(), minRSABits, howToReplace(path))
		}
	}
	signer, err := gossh.NewSignerFromKey(raw)
	if err != nil {
		return nil, fmt.Errorf("host key %s: %w", path, err)
	}
	if signer.PublicKey().Type() != gossh.KeyAlgoRSA {
		return signer, nil
	}
	all, ok := signer.(gossh.AlgorithmSigner)
	if !ok {
		return nil, fmt.Errorf("host key %s cannot sign with SHA-2: %s", path, howToReplace(path))
	}
	// Without this the key would also be offered for ssh-rsa, which signs with SHA-1.
	limited, err := gossh.NewSignerWithAlgorithms(all, []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256})
	if err != nil {
		return nil, fmt.Errorf("host key %s: %w", path, err)
	}
	return limited, nil
}

// howToReplace says what to do about a key of a type that is no longer used. It never suggests a new Ed25519
// key where there is one already, as after ssh-keygen -A.
func howToReplace(path string) string {
	better := filepath.Join(filepath.Dir(path), hostKeyName)
	if _, err := os.Lstat(better); err == nil && better != path {
		return fmt.Sprintf("remove it, since %s is there", better)
	}
	return fmt.Sprintf("remove it, and make an Ed25519 key: ssh-keygen -t ed25519 -N '' -f %s", better)
}

// readCertificate reads the certificate of the key in a file, or returns nil if there is none.
// One that has expired is no error: the key is good without it.
func readCertificate(keyPath string, signer gossh.Signer) (*gossh.Certificate, error) {
	path := keyPath + "-cert.pub"
	// The server writes no public key beside its own, so a public key that is there may belong to an earlier
	// one.
	fault := func(what string) error {
		return fmt.Errorf("host certificate %s %s: remove it, or make it anew with: ssh-keygen -y -f %[3]s > %[3]s.pub && ssh-keygen -s CA_KEY -h -I NAME -n HOST %[3]s.pub", path, what, keyPath)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault("is a link that leads nowhere")
	case err == nil && !info.Mode().IsRegular(): // reading a pipe would wait for ever
		return nil, fault(fmt.Sprintf("is no regular file (%s)", info.Mode().Type()))
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, fmt.Errorf("host certificate: %w: let user %d read it, with chmod a+r or where it is mounted", err, os.Geteuid())
	}
	public, _, _, _, err := gossh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, fault("cannot be read (" + err.Error() + ")")
	}
	certificate, ok := public.(*gossh.Certificate)
	switch {
	case !ok:
		return nil, fault("is a plain public key")
	case certificate.CertType != gossh.HostCert:
		return nil, fault("is a user's")
	case !bytes.Equal(certificate.Key.Marshal(), signer.PublicKey().Marshal()):
		return nil, fault("is of another key")
	case certificate.Signature.Format == gossh.KeyAlgoRSA:
		return nil, fault("is signed with ssh-rsa, so with SHA-1, which clients refuse (ssh-keygen before OpenSSH 8.2 signs so without -t rsa-sha2-512)")
	}
	// Other defects are checked as of a time when the certificate is valid, and for a name that it has.
	name := ""
	if len(certificate.ValidPrincipals) > 0 {
		name = certificate.ValidPrincipals[0]
	}
	from, _ := HostKey{Certificate: certificate}.Validity()
	checker := gossh.CertChecker{Clock: func() time.Time { return from }}
	if err := checker.CheckCert(name, certificate); err != nil {
		return nil, fault("does not hold (" + err.Error() + ")")
	}
	return certificate, nil
}
