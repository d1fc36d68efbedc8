package sshd

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

func TestFirstStartMakesAKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "host[keys]*")
	first, err := LoadHostKeys(dir, AutoHostKeys)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != 1 || !first[0].Created || first[0].Signer.PublicKey().Type() != gossh.KeyAlgoED25519 {
		t.Fatalf("got %+v", first)
	}
	if !strings.HasPrefix(first[0].Fingerprint(), "SHA256:") {
		t.Errorf("fingerprint %q", first[0].Fingerprint())
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, hostKeyName): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
	}
	for _, mode := range []HostKeyMode{AutoHostKeys, RequireHostKeys} {
		again, err := LoadHostKeys(dir, mode)
		if err != nil || len(again) != 1 || again[0].Created || again[0].Fingerprint() != first[0].Fingerprint() {
			t.Errorf("a restart: %+v, %v", again, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

// Of servers that start at once all use the one key that is there at the end.
func TestFirstStartOfSeveral(t *testing.T) {
	dir := t.TempDir()
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		prints = make(map[string]int)
		made   int
	)
	for range 8 {
		wg.Go(func() {
			keys, err := LoadHostKeys(dir, AutoHostKeys)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			prints[keys[0].Fingerprint()]++
			if keys[0].Created {
				made++
			}
		})
	}
	wg.Wait()
	if len(prints) != 1 || made != 1 {
		t.Errorf("%d keys in use, %d made", len(prints), made)
	}
}

func TestRequiredKeyIsMissing(t *testing.T) {
	dir := t.TempDir()
	_, err := LoadHostKeys(dir, RequireHostKeys)
	if err == nil || !strings.Contains(err.Error(), "ssh-keygen -t ed25519 -N '' -f "+filepath.Join(dir, hostKeyName)) {
		t.Errorf("the error does not say how to make one: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("something was made: %v", entries)
	}
}

// writeKey writes a private key the way the test asks.
func writeKey(t *testing.T, dir, name string, mode os.FileMode, encode func() (*pem.Block, error)) string {
	t.Helper()
	block, err := encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func ed25519Key() (*pem.Block, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return must(gossh.MarshalPrivateKey(key, "")), err
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestKeyThatOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // its files have no such modes
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660, 0o666, 0o602} {
		t.Run(fmt.Sprintf("%o", mode), func(t *testing.T) {
			path := writeKey(t, t.TempDir(), hostKeyName, mode, ed25519Key)
			_, err := LoadHostKeys(filepath.Dir(path), AutoHostKeys)
			if err == nil || !strings.HasSuffix(err.Error(), "chmod 600 "+path) {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		path := writeKey(t, t.TempDir(), hostKeyName, mode, ed25519Key)
		if _, err := LoadHostKeys(filepath.Dir(path), RequireHostKeys); err != nil {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestSeveralKeys(t *testing.T) {
	dir := t.TempDir()
	writeKey(t, dir, "ssh_host_ed25519_key", 0o600, ed25519Key)
	writeKey(t, dir, "ssh_host_ecdsa_key", 0o600, func() (*pem.Block, error) {
		return gossh.MarshalPrivateKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), "")
	})
	writeKey(t, dir, "ssh_host_rsa_key", 0o600, func() (*pem.Block, error) {
		return gossh.MarshalPrivateKey(must(rsa.GenerateKey(rand.Reader, 2048)), "")
	})
	if err := os.WriteFile(filepath.Join(dir, "ssh_host_rsa_key.pub"), []byte("ssh-rsa AAAA"), 0o644); err != nil {
		t.Fatal(err)
	}
	keys, err := LoadHostKeys(dir, AutoHostKeys)
	if err != nil || len(keys) != 3 {
		t.Fatalf("got %d keys, %v", len(keys), err)
	}
	server := serve(t, Config{HostKeys: keys, Handler: who})
	for algorithm, ok := range map[string]bool{
		gossh.KeyAlgoED25519: true, gossh.KeyAlgoECDSA256: true,
		gossh.KeyAlgoRSASHA512: true, gossh.KeyAlgoRSASHA256: true,
		gossh.KeyAlgoRSA: false, // SHA-1
	} {
		client, err := server.tryDial(&gossh.ClientConfig{User: "reader", HostKeyAlgorithms: []string{algorithm}})
		if (err == nil) != ok {
			t.Errorf("%s: %v", algorithm, err)
		}
		if err == nil {
			_ = client.Close()
		}
	}
}

func TestBadKeys(t *testing.T) {
	small := func() (*pem.Block, error) {
		return gossh.MarshalPrivateKey(must(rsa.GenerateKey(rand.Reader, 1024)), "")
	}
	dsa := func() (*pem.Block, error) { // in form; its numbers are not looked at
		one := big.NewInt(1)
		der, err := asn1.Marshal(struct {
			Version       int
			P, Q, G, Y, X *big.Int
		}{0, one, one, one, one, one})
		return &pem.Block{Type: "DSA PRIVATE KEY", Bytes: der}, err
	}
	tests := map[string]struct {
		encode func() (*pem.Block, error)
		want   string
	}{
		"encrypted": {func() (*pem.Block, error) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			return must(gossh.MarshalPrivateKeyWithPassphrase(key, "", []byte("secret"))), err
		}, "ssh-keygen -p -N ''"},
		"PKCS #8 with a passphrase": {func() (*pem.Block, error) {
			return &pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}, nil
		}, "ssh-keygen -p -N ''"},
		"garbage":   {func() (*pem.Block, error) { return &pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte("x")}, nil }, "is not a private key"},
		"small RSA": {small, "under 2048"},
		"DSA":       {dsa, "no client accepts"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := writeKey(t, t.TempDir(), "ssh_host_bad_key", 0o600, test.encode)
			_, err := LoadHostKeys(filepath.Dir(path), AutoHostKeys)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Of keys of one type that in the usual file is used, else the first by name; a key that is
// there twice counts once.
func TestKeysOfOneType(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ssh_host_2027_key", "ssh_host_old_key", hostKeyName} {
		writeKey(t, dir, name, 0o600, ed25519Key)
	}
	text, err := os.ReadFile(filepath.Join(dir, "ssh_host_old_key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "ssh_host_copy_key"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	names := func() (names []string) {
		keys, err := LoadHostKeys(dir, RequireHostKeys)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			names = append(names, filepath.Base(k.Path))
		}
		if used := HostKeysInUse(keys); len(used) != 1 || used[0].Path != keys[0].Path {
			t.Errorf("in use: %v", used)
		}
		return names
	}
	if got := names(); !slices.Equal(got, []string{hostKeyName, "ssh_host_2027_key", "ssh_host_copy_key"}) {
		t.Errorf("got %q", got)
	}
	// Of a key that is there twice the certificate may be beside either.
	twice := filepath.Join(dir, "ssh_host_old_key")
	signer, err := readHostKey(twice)
	if err != nil {
		t.Fatal(err)
	}
	cert := certify(t, newSigner(t), signer.PublicKey(), gossh.HostCert, 0, gossh.CertTimeInfinity)
	if err := os.WriteFile(twice+"-cert.pub", gossh.MarshalAuthorizedKey(cert), 0o600); err != nil {
		t.Fatal(err)
	}
	if keys, err := LoadHostKeys(dir, RequireHostKeys); err != nil || keys[2].Certificate == nil {
		t.Errorf("the certificate is not read: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, hostKeyName)); err != nil {
		t.Fatal(err)
	}
	if got := names(); !slices.Equal(got, []string{"ssh_host_2027_key", "ssh_host_copy_key"}) {
		t.Errorf("without the usual file: %q", got)
	}
	for i := range maxHostKeys {
		writeKey(t, dir, fmt.Sprintf("ssh_host_%d_key", i), 0o600, ed25519Key)
	}
	if _, err := LoadHostKeys(dir, RequireHostKeys); err == nil || !strings.Contains(err.Error(), "18 host keys") {
		t.Errorf("more keys than there may be: %v", err)
	}
}

// The advice never is to have another key made.
func TestKeyAdvice(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"PuTTY":     {"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n", "puttygen PATH -O private-openssh -o PATH.new && mv PATH.new PATH"},
		"Dropbear":  {"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x40", "dropbearconvert dropbear openssh PATH PATH.new && mv PATH.new PATH"},
		"public":    {string(gossh.MarshalAuthorizedKey(newSigner(t).PublicKey())), "put the private one there"},
		"truncated": {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "restore it from a copy"},
		"empty":     {"", "restore it from a copy"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), hostKeyName)
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := LoadHostKeys(filepath.Dir(path), AutoHostKeys)
			if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(test.want, "PATH", path)) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, hostKeyName), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadHostKeys(dir, AutoHostKeys); err == nil || !strings.Contains(err.Error(), "is a folder") {
			t.Errorf("got %v", err)
		}
	})
}

// Of a key of a kind that is not used any more the advice mends the start, and never has a good key
// beside it made anew.
func TestAdviceForOldKeys(t *testing.T) {
	dir := t.TempDir()
	path := writeKey(t, dir, "ssh_host_rsa_key", 0o600, func() (*pem.Block, error) {
		return gossh.MarshalPrivateKey(must(rsa.GenerateKey(rand.Reader, 1024)), "")
	})
	better := filepath.Join(dir, hostKeyName)
	says := func(want string) {
		t.Helper()
		if _, err := LoadHostKeys(dir, AutoHostKeys); err == nil || !strings.HasSuffix(err.Error(), path+" is RSA with 1024 bits, under 2048: "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	says("remove it, and make an Ed25519 key: ssh-keygen -t ed25519 -N '' -f " + better)
	writeKey(t, dir, hostKeyName, 0o600, ed25519Key)
	says("remove it, since " + better + " is there")
}

// Links to keys and certificates that lead nowhere are told of.
func TestLinksThatLeadNowhere(t *testing.T) {
	for _, end := range []string{"-cert.pub", ""} {
		dir := t.TempDir()
		if end != "" {
			writeKey(t, dir, hostKeyName, 0o600, ed25519Key)
		}
		if err := os.Symlink("nowhere", filepath.Join(dir, hostKeyName+end)); err != nil {
			t.Skipf("no links here: %v", err)
		}
		if _, err := LoadHostKeys(dir, RequireHostKeys); err == nil || !strings.Contains(err.Error(), hostKeyName+end+" is") || !strings.Contains(err.Error(), "a link that leads nowhere") {
			t.Errorf("got %v", err)
		}
	}
}

// A folder that cannot be written leaves nothing half done and says so.
func TestKeyCannotBeMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hostkeys")
	if err := os.Symlink("nowhere", dir); err != nil {
		t.Skipf("no links here: %v", err)
	}
	_, err := LoadHostKeys(dir, AutoHostKeys)
	var path *os.PathError
	if !errors.As(err, &path) || !strings.Contains(err.Error(), "ssh-keygen") {
		t.Errorf("got %v", err)
	}
}

// What cannot be looked at may hold keys: to make another would be wrong, and
// so would be the advice to.
func TestKeysCannotBeLookedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []HostKeyMode{AutoHostKeys, RequireHostKeys} {
		_, err := LoadHostKeys(file, mode)
		var path *os.PathError
		if !errors.As(err, &path) || !strings.Contains(err.Error(), "can read") || strings.Contains(err.Error(), "ssh-keygen") {
			t.Errorf("got %v", err)
		}
	}
}
