package authors

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// A revoked key is nobody's: as it is, in a certificate, and as an authority.
func TestRevoked(t *testing.T) {
	authority, signer, third := newSigner(t), newSigner(t), newSigner(t)
	certificate := certify(t, authority, signer.PublicKey(), nil)
	dir := t.TempDir()
	path, revoked := filepath.Join(dir, "authors"), filepath.Join(dir, "revoked")
	lines := "cert-authority " + written(authority.PublicKey()) + "\n" + written(signer.PublicKey()) + " bob\n" + written(third.PublicKey()) + " eve\n"
	write(t, path, lines)
	all := [...]ssh.PublicKey{certificate, signer.PublicKey(), third.PublicKey()}
	for list, want := range map[string][3]string{
		"":                             {"carol", "bob", "eve"},
		"# nobody":                     {"carol", "bob", "eve"},
		written(signer.PublicKey()):    {"", "", "eve"},
		written(certificate):           {"", "", "eve"},
		written(authority.PublicKey()): {"", "bob", "eve"},
		written(third.PublicKey()) + " comment\n" + written(authority.PublicKey()): {"", "bob", ""},
	} {
		write(t, revoked, list)
		s, err := Load(path, revoked, zone)
		if err != nil {
			t.Errorf("%q: %v", list, err)
			continue
		}
		for i, key := range all {
			if got := s.Author(from(key, "blog", "192.0.2.1"), noon); got != want[i] {
				t.Errorf("%q: %d is %q", list, i, got)
			}
			if want[i] == "" && s.Knows(key, noon) {
				t.Errorf("%q: %d is known", list, i)
			}
		}
	}
	for list, want := range map[string]string{
		"SSHKRL\n\x00\x00":             revoked + ":1: this is a binary list",
		"\nrevoked":                    revoked + ":2: the key is missing",
		"ssh-foo AAAA":                 revoked + `:1: "ssh-foo"`,
		"cert-authority ssh-ed25519 A": revoked + `:1: "cert-authority"`,
	} {
		write(t, revoked, list)
		if _, err := Load(path, revoked, zone); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", list, err, want)
		}
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A file that cannot count is refused as a whole, and each of its lines named.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "authors")
	if _, err := Load(path, "", zone); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Error(err)
	}
	if _, err := Load(dir, "", zone); err == nil || !strings.Contains(err.Error(), "is no regular file") {
		t.Error(err)
	}
	write(t, path, "")
	before, err := Load(path, "", zone)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, written(newSigner(t).PublicKey())+"\nx\ny\n")
	if _, err := Load(path, "", zone); err == nil || !strings.HasPrefix(err.Error(), path+":2: ") || !strings.Contains(err.Error(), "; "+path+":3: ") {
		t.Error(err)
	}
	write(t, path, strings.Repeat("x\n", maxReported+5))
	if _, err := Load(path, "", zone); err == nil || !strings.HasSuffix(err.Error(), "; and 5 more") {
		t.Error(err)
	}
	write(t, path, strings.Repeat("#", maxBytes+1))
	if _, err := Load(path, "", zone); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Error(err)
	}
	if _, err := Load(path, filepath.Join(dir, "none"), zone); err == nil {
		t.Error("without the list of revoked keys nobody can know who is an author")
	}
	write(t, path, "# nobody yet\n")
	after, err := Load(path, "", zone)
	if err != nil || after.Same(before) || !after.Same(after) {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o002 != 0 {
		if _, err := Load(path, "", zone); err == nil || !strings.Contains(err.Error(), "chmod o-w "+path) {
			t.Error(err)
		}
	}
}

// FuzzAuthors holds for any file: reading it ends; every author has a name that can be shown, and of
// each line either is said what is wrong with it or it has the key that x/crypto finds in it.
func FuzzAuthors(f *testing.F) {
	signer := newSigner(f)
	key := written(signer.PublicKey())
	for _, line := range []string{
		key + " alice", `from="192.0.2.*,!192.0.2.7,2001:db8::/32",restrict ` + key, `cert-authority,principals="a,b" ` + key + " ca",
		`expiry-time="20260301120000Z" ` + key, `environment="A=\"b\"" ` + key, written(certify(f, signer, signer.PublicKey(), nil)), "SSHKRL\n\x00",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, problems := parse(text, zone)
		for _, p := range append(problems, (&Set{}).revoke(text)...) {
			if p.line < 1 || p.line > strings.Count(string(text), "\n")+1 || p.what == "" || strings.ContainsFunc(p.what, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("a problem is %d: %q", p.line, p.what)
			}
		}
		found := 0
		for _, of := range []map[string][]line{s.keys, s.authorities} {
			for wire, lines := range of {
				found += len(lines)
				if _, err := ssh.ParsePublicKey([]byte(wire)); err != nil {
					t.Error(err)
				}
				for _, l := range lines {
					if l.name == "" || len(l.name) > maxName || strings.ContainsFunc(l.name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
						t.Errorf("a name is %q", l.name)
					}
					_ = l.from.match(address(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)}))
				}
			}
		}
		if len(problems) > 0 || found == 0 {
			return
		}
		read := 0
		for rest := []byte(strings.TrimPrefix(string(text), "\ufeff")); ; read++ {
			key, _, options, more, err := ssh.ParseAuthorizedKey(rest)
			if err != nil {
				break
			}
			wire := key.Marshal()
			if len(s.keys[string(wire)])+len(s.authorities[string(wire)]) == 0 {
				t.Errorf("%s with options %q is missing", written(key), options)
			}
			rest = more
		}
		if read != found {
			t.Errorf("%d lines count, and x/crypto reads %d", found, read)
		}
	})
}

// What asking costs: a key is looked up, and for a certificate a signature verified.
func BenchmarkAuthor(b *testing.B) {
	authority, signer := newSigner(b), newSigner(b)
	text := "cert-authority " + written(authority.PublicKey())
	for i := range 1000 {
		text += fmt.Sprintf("\n%s author %d", written(newSigner(b).PublicKey()), i)
	}
	s, _ := parse([]byte(text+"\n"+written(signer.PublicKey())), zone)
	for name, key := range map[string]ssh.PublicKey{
		"key": signer.PublicKey(), "certificate": certify(b, authority, signer.PublicKey(), nil), "nobody": newSigner(b).PublicKey(),
	} {
		b.Run(name, func(b *testing.B) {
			c := from(key, "blog", "192.0.2.1")
			for b.Loop() {
				s.Author(c, noon)
			}
		})
	}
}
