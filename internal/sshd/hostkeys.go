package sshd

import (
	"crypto/dsa" //nolint:staticcheck // only to refuse such keys by name
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
	minRSABits     = 2048
)

// HostKey identifies the server to its clients.
type HostKey struct {
	// Signer holds the private key.
	Signer gossh.Signer
	// Path is the key's file, or "".
	Path string
	// Created reports whether this start has made the key.
	Created bool
}

// ErrNoHostKey is the error of LoadHostKeys if there is no key and none may be made.
var ErrNoHostKey = errors.New("no host key")

// Fingerprint returns the key's SHA-256 fingerprint as ssh(1) shows it.
func (k HostKey) Fingerprint() string { return gossh.FingerprintSHA256(k.Signer.PublicKey()) }

// LoadHostKeys reads the host keys in dir, at most one of each type, from files that are named
// as those of sshd(8): ssh_host_*_key. If there is none it makes one or, with RequireHostKeys,
// fails. Errors say which file is wrong and what to do. A key that other users can read is an
// error.
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
	keys := make([]HostKey, 0, len(paths))
	from := make(map[string]string) // path by type of key
	for _, path := range paths {
		signer, err := readHostKey(path)
		if err != nil {
			return nil, err
		}
		kind := signer.PublicKey().Type()
		if other, ok := from[kind]; ok {
			return nil, fmt.Errorf("host keys %s and %s are both %s: keep one", other, path, kind)
		}
		from[kind] = path
		keys = append(keys, HostKey{Signer: signer, Path: path})
	}
	return keys, nil
}

// readHostKey reads one private key.
func readHostKey(path string) (gossh.Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	if tooOpen(info) {
		return nil, fmt.Errorf("host key %s can be read by others (mode %04o): close it with: chmod 600 %s",
			path, info.Mode().Perm(), path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	raw, err := gossh.ParseRawPrivateKey(text)
	var locked *gossh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, fmt.Errorf("host key %s has a passphrase, which the server cannot ask for: remove it with: ssh-keygen -p -N '' -f %s", path, path)
	case err != nil:
		return nil, fmt.Errorf("host key %s is not a private key (%w): restore it from a copy, or remove it to have one made", path, err)
	}
	return hostSigner(path, raw)
}

// hostSigner makes a signer of a private key. It refuses types and lengths that clients do not
// accept or should not.
func hostSigner(path string, raw any) (gossh.Signer, error) {
	const advice = "use an Ed25519 key: ssh-keygen -t ed25519 -N '' -f"
	better := filepath.Join(filepath.Dir(path), hostKeyName)
	switch key := raw.(type) {
	case *dsa.PrivateKey:
		return nil, fmt.Errorf("host key %s is DSA, which no client accepts any more: %s %s", path, advice, better)
	case *rsa.PrivateKey:
		if key.N.BitLen() < minRSABits {
			return nil, fmt.Errorf("host key %s is RSA with %d bits, under %d: %s %s", path, key.N.BitLen(), minRSABits, advice, better)
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
		return nil, fmt.Errorf("host key %s cannot sign with SHA-2: %s %s", path, advice, better)
	}
	// Without this the key would also be offered for ssh-rsa, which signs with SHA-1.
	limited, err := gossh.NewSignerWithAlgorithms(all, []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256})
	if err != nil {
		return nil, fmt.Errorf("host key %s: %w", path, err)
	}
	return limited, nil
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
