package sshd

import (
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// HostKeyMode says what LoadHostKeys does when there is no host key.
type HostKeyMode uint8

const (
	// AutoHostKeys makes an Ed25519 key on the first start.
	AutoHostKeys HostKeyMode = iota
	// RequireHostKeys never makes a key. In a container that loses its files a new key at
	// every start would change the fingerprint that readers know.
	RequireHostKeys
)

const (
	hostKeyPattern = "ssh_host_*_key"
	hostKeyName    = "ssh_host_ed25519_key"
	// maxHostKeys is how many keys there may be: clients are sent all of them in one packet.
	maxHostKeys = 16
	// maxTime is a time in seconds since 1970 that package time can still compare.
	maxTime = 1 << 40
)

// HostKey identifies the server to its clients.
type HostKey struct {
	// Signer holds the private key.
	Signer gossh.Signer
	// Certificate is a certificate authority's certificate for the key, or nil.
	Certificate *gossh.Certificate
	// Path is the key's file, or "".
	Path string
	// Created reports whether this start has made the key.
	Created bool
}

// ErrNoHostKey is the error of LoadHostKeys if there is no key and none may be made.
var ErrNoHostKey = errors.New("no host key")

// Fingerprint returns the key's SHA-256 fingerprint as ssh(1) shows it.
func (k HostKey) Fingerprint() string { return gossh.FingerprintSHA256(k.Signer.PublicKey()) }

// Validity returns from when to when the key's certificate holds. The zero time means that there
// is no certificate, or that it does not end.
func (k HostKey) Validity() (from, until time.Time) {
	if k.Certificate == nil {
		return from, until
	}
	from = time.Unix(int64(min(k.Certificate.ValidAfter, maxTime)), 0)
	if end := k.Certificate.ValidBefore; end != gossh.CertTimeInfinity {
		until = time.Unix(int64(min(end, maxTime)), 0)
	}
	return from, until
}

// Certified reports whether the key has a certificate that holds at a time.
func (k HostKey) Certified(now time.Time) bool {
	from, until := k.Validity()
	return k.Certificate != nil && !now.Before(from) && (until.IsZero() || now.Before(until))
}

// LoadHostKeys reads the host keys in dir, from files that are named as those of sshd(8):
// ssh_host_*_key, and their certificates, ssh_host_*_key-cert.pub. If there is no key it makes
// one or, with RequireHostKeys, fails. Errors say which file is wrong and what to do. A key
// that other users can read is an error.
//
// Of several keys of one type the server uses the first and only announces the others: that
// in the file that ssh-keygen(1) -A makes (ssh_host_ed25519_key, ssh_host_ecdsa_key,
// ssh_host_rsa_key), else that whose file's name is first in alphabetical order.
func LoadHostKeys(dir string, mode HostKeyMode) ([]HostKey, error) {
	paths, err := filepath.Glob(filepath.Join(escapeGlob(dir), hostKeyPattern))
	if err != nil {
		return nil, fmt.Errorf("host keys in %s: %w", dir, err)
	}
	if len(paths) > 0 {
		return readHostKeys(paths)
	}
	// Glob finds nothing in a folder that it cannot read.
	if _, err := os.ReadDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot look for host keys in %s (it must be a folder that this user can read): %w", dir, err)
	}
	path := filepath.Join(dir, hostKeyName)
	if mode == RequireHostKeys {
		return nil, fmt.Errorf("%w in %s: make one with: ssh-keygen -t ed25519 -N '' -f %s", ErrNoHostKey, dir, path)
	}
	created, err := createHostKey(path)
	if err != nil {
		return nil, fmt.Errorf("cannot make a host key (let the server write to %s, or put a key there with: ssh-keygen -t ed25519 -N '' -f %s): %w",
			dir, path, err)
	}
	keys, err := readHostKeys([]string{path})
	if err != nil {
		return nil, err
	}
	keys[0].Created = created
	return keys, nil
}

// LoneCertificates returns the certificates in dir whose key is not there.
func LoneCertificates(dir string) []string {
	const end = "-cert.pub"
	paths, err := filepath.Glob(filepath.Join(escapeGlob(dir), hostKeyPattern+end))
	if err != nil { // the pattern is ours
		return nil
	}
	return slices.DeleteFunc(paths, func(path string) bool {
		_, err := os.Lstat(strings.TrimSuffix(path, end))
		return err == nil
	})
}

// escapeGlob escapes a folder's name for use in a pattern.
func escapeGlob(dir string) string {
	out := make([]rune, 0, len(dir))
	for _, r := range dir {
		switch r {
		case '*', '?', '[':
			out = append(out, '[', r, ']')
		default:
			out = append(out, r)
		}
	}
	return string(out)
}

func readHostKeys(paths []string) ([]HostKey, error) {
	slices.SortStableFunc(paths, func(a, b string) int { return cmp.Compare(rankOf(a), rankOf(b)) })
	keys := make([]HostKey, 0, len(paths))
	seen := make(map[string]int) // where a key is in keys
	for _, path := range paths {
		signer, err := readHostKey(path)
		if err != nil {
			return nil, err
		}
		certificate, err := readCertificate(path, signer)
		if err != nil {
			return nil, err
		}
		// Clients refuse an announcement that has a key twice.
		public := string(signer.PublicKey().Marshal())
		if at, ok := seen[public]; ok {
			keys[at].Certificate = cmp.Or(keys[at].Certificate, certificate)
			continue
		}
		seen[public] = len(keys)
		keys = append(keys, HostKey{Signer: signer, Certificate: certificate, Path: path})
	}
	if len(keys) > maxHostKeys {
		return nil, fmt.Errorf("%d host keys in %s, over %d: remove those that are not used any more", len(keys), filepath.Dir(paths[0]), maxHostKeys)
	}
	return keys, nil
}

// rankOf puts the files of ssh-keygen -A before all others.
func rankOf(path string) int {
	switch filepath.Base(path) {
	case hostKeyName, "ssh_host_ecdsa_key", "ssh_host_rsa_key":
		return 0
	default:
		return 1
	}
}

// HostKeysInUse returns the first key of each type: those that the server uses.
func HostKeysInUse(keys []HostKey) []HostKey {
	types := make(map[string]bool)
	return slices.DeleteFunc(slices.Clone(keys), func(k HostKey) bool {
		kind := k.Signer.PublicKey().Type()
		later := types[kind]
		types[kind] = true
		return later
	})
}

// createHostKey makes an Ed25519 key at path, and reports whether the file is from this call:
// of two servers that start at once, both must use the same key. The file appears as a whole
// or not at all, also if the process is killed while writing.
func createHostKey(path string) (created bool, err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	text, err := newHostKey()
	if err != nil {
		return false, err
	}
	temp, err := os.CreateTemp(dir, ".new-host-key-*") // mode 0600
	if err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already after a rename
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return false, err
	}
	switch err = os.Link(temp.Name(), path); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrExist):
		return false, nil // another server was faster
	}
	// A file system without hard links.
	if err = os.Rename(temp.Name(), path); err != nil {
		return false, err
	}
	return true, nil
}

func newHostKey() ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := gossh.MarshalPrivateKey(private, "sshblog host key")
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(block), nil
}
