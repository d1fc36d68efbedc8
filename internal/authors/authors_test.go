package authors

import (
	"crypto/dsa" //nolint:staticcheck // only to see it refused
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// noon is the time of the tests, in a zone that is not UTC.
var (
	zone = time.FixedZone("two hours ahead", 2*60*60)
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func newSigner(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// written is a key as in an authorized_keys file, without a comment.
func written(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// certify has an authority sign a certificate for a key, which change may have made a bad one.
func certify(t testing.TB, authority ssh.Signer, key ssh.PublicKey, change func(*ssh.Certificate)) *ssh.Certificate {
	t.Helper()
	c := &ssh.Certificate{
		Key: key, CertType: ssh.UserCert, KeyId: "carol", ValidPrincipals: []string{"blog"},
		ValidAfter: uint64(noon.Add(-time.Hour).Unix()), ValidBefore: uint64(noon.Add(time.Hour).Unix()),
	}
	if change != nil {
		change(c)
	}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return c
}

// from is a client at an address.
func from(key ssh.PublicKey, user, addr string) Client {
	return Client{Key: key, User: user, Addr: &net.TCPAddr{IP: net.ParseIP(addr), Port: 4000}}
}

// A line names its author, and its options say where and until when it counts.
func TestLines(t *testing.T) {
	signer := newSigner(t)
	key := written(signer.PublicKey())
	fingerprint := ssh.FingerprintSHA256(signer.PublicKey())
	for _, test := range []struct {
		line string
		addr string // "" for 192.0.2.7
		want string // "" for nobody
	}{
		{line: key, want: fingerprint},
		{line: key + " alice", want: "alice"},
		{line: " \t" + key + "\t  Alice  Smith <a@b.example> \r", want: "Alice Smith <a@b.example>"},
		{line: key + " al\x1b[31mi\u202ece\x7f", want: "al[31mice"},
		{line: key + " \x1b\u200b", want: fingerprint},
		{line: key + " " + strings.Repeat("ä", maxName), want: strings.Repeat("ä", maxName/2)},
		{line: "# " + key + " alice"},
		{line: `restrict,NO-PTY,no-port-forwarding,agent-forwarding,no-X11-forwarding,user-rc ` + key + " alice", want: "alice"},
		{line: `expiry-time="20260301120000Z" ` + key + " alice", want: "alice"},
		{line: `expiry-time="20260301115959Z" ` + key + " alice"},
		{line: `expiry-time="202603011200z" ` + key + " alice", want: "alice"},
		{line: `expiry-time="202603011400" ` + key + " alice", want: "alice"},
		{line: `expiry-time="202603011359" ` + key + " alice"},
		{line: `expiry-time="20260302" ` + key + " alice", want: "alice"},
		{line: `expiry-time="20260301" ` + key + " alice"},
		{line: `from="192.0.2.7" ` + key + " alice", want: "alice"},
		{line: `from="192.0.2.7" ` + key + " alice", addr: "::ffff:192.0.2.7", want: "alice"},
		{line: `from="192.0.2.8" ` + key + " alice"},
		{line: `from="192.0.2.*" ` + key + " alice", want: "alice"},
		{line: `from="192.0.2.?" ` + key + " alice", want: "alice"},
		{line: `from="192.0.2.?" ` + key + " alice", addr: "192.0.2.70"},
		{line: `FROM="10.0.0.0/8,192.0.2.0/24" ` + key + " alice", want: "alice"},
		{line: `from="*,!192.0.2.0/24" ` + key + " alice"},
		{line: `from="!192.0.2.0/24,*" ` + key + " alice"},
		{line: `from="!192.0.2.?,*" ` + key + " alice"},
		{line: `from="*,!192.0.2.0/24" ` + key + " alice", addr: "2001:db8::7", want: "alice"},
		{line: `from="2001:DB8:*" ` + key + " alice", addr: "2001:db8::7", want: "alice"},
		{line: `from="2001:db8::/32" ` + key + " alice", addr: "2001:db8::7", want: "alice"},
		{line: `from="2001:db8::/32" ` + key + " alice"},
		{line: `cert-authority ` + key + " alice"},
		{line: `from="10.0.0.0/8" ` + key + " alice\n" + key + " bob", want: "bob"},
		{line: "\ufeff" + key + " alice\n" + key + " bob", want: "alice"},
	} {
		s, problems := parse([]byte(test.line), zone)
		if len(problems) > 0 {
			t.Errorf("%q: %v", test.line, problems)
			continue
		}
		addr := test.addr
		if addr == "" {
			addr = "192.0.2.7"
		}
		if got := s.Author(from(signer.PublicKey(), "anyone", addr), noon); got != test.want {
			t.Errorf("%q from %s: got %q, want %q", test.line, addr, got, test.want)
		}
		if got := s.Author(from(newSigner(t).PublicKey(), "anyone", addr), noon); got != "" {
			t.Errorf("%q: another key is %q", test.line, got)
		}
	}
}

// What cannot be obeyed is refused with its line.
func TestRefusedLines(t *testing.T) {
	signer := newSigner(t)
	key := written(signer.PublicKey())
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	smallKey, err := ssh.NewPublicKey(&small.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	var old dsa.PrivateKey
	if err := dsa.GenerateParameters(&old.Parameters, rand.Reader, dsa.L1024N160); err != nil {
		t.Fatal(err)
	}
	if err := dsa.GenerateKey(&old, rand.Reader); err != nil {
		t.Fatal(err)
	}
	oldKey, err := ssh.NewPublicKey(&old.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		`command="ls" ` + key:                                `"command"`,
		`environment="A=\"b c\"" ` + key:                     `"environment"`,
		`no-touch-required ` + key:                           `"no-touch-required"`,
		`permitopen="a:1" ` + key:                            `"permitopen"`,
		`permitlisten="1" ` + key:                            `"permitlisten"`,
		`tunnel="1" ` + key:                                  `"tunnel"`,
		`restrict,verify-required ` + key:                    `verify-required`,
		`restrict-nothing ` + key:                            `"restrict-nothing"`,
		`admin ` + key:                                       `"admin"`,
		"\x1b[2J " + key:                                     `"[2j"`,
		`restrict, ` + key:                                   `comma`,
		`,restrict ` + key:                                   `comma`,
		`restrict="yes" ` + key:                              `no value`,
		`from ` + key:                                        `no value`,
		`from=192.0.2.1 ` + key:                              `in quotes`,
		`from="192.0.2.1 ` + key:                             `quote at the end`,
		`from="192.0.2.1"x ` + key:                           `a comma or a space`,
		`from="192.0.2.1",from="*" ` + key:                   `twice`,
		`from="" ` + key:                                     `is no address`,
		`from="192.0.2.1,," ` + key:                          `is no address`,
		`from="192.0.2.1/8" ` + key:                          `192.0.0.0/8`,
		`from="192.0.2.0/33" ` + key:                         `is no address`,
		`from="::ffff:192.0.2.1" ` + key:                     `never matches`,
		`from="!192.0.2.1" ` + key:                           `allows no address`,
		`from="blog.example.com" ` + key:                     `by name`,
		`from="*,!*.example.com" ` + key:                     `by name`,
		`from="*,!*.cafe.de" ` + key:                         `by name`,
		`from="*,![12].*" ` + key:                            `by name`,
		`from="fe80::1%eth0" ` + key:                         `is no address`,
		`expiry-time="soon" ` + key:                          `YYYYMMDD`,
		`expiry-time="20261301" ` + key:                      `YYYYMMDD`,
		`expiry-time="2026030112Z" ` + key:                   `YYYYMMDD`,
		`expiry-time="20260301ZZ" ` + key:                    `YYYYMMDD`,
		`expiry-time="20260301 120" ` + key:                  `YYYYMMDD`,
		`principals="a" ` + key:                              `add cert-authority`,
		`cert-authority,principals="a," ` + key:              `empty name`,
		`cert-authority,principals="" ` + key:                `empty name`,
		`restrict`:                                           `the key is missing`,
		`ssh-ed25519`:                                        `damaged`,
		`ssh-ed25519 AAAA`:                                   `damaged`,
		`ssh-ed25519 !!`:                                     `damaged`,
		`ssh-rsa ` + strings.Fields(key)[1]:                  `another type`,
		`restrict ssh-foo ` + strings.Fields(key)[1]:         `"ssh-foo"`,
		written(smallKey):                                    `1024 bits`,
		written(oldKey):                                      `ssh-dss`,
		written(certify(t, signer, signer.PublicKey(), nil)): `certificate`,
	} {
		s, problems := parse([]byte("# ours\n"+line+" alice"), zone)
		if len(problems) != 1 || problems[0].line != 2 || !strings.Contains(problems[0].what, want) {
			t.Errorf("%q: got %v, want %q", line, problems, want)
		}
		if got := s.Author(from(signer.PublicKey(), "alice", "192.0.2.1"), noon); got != "" {
			t.Errorf("%q: the key is %q", line, got)
		}
	}
	for text, want := range map[string]string{
		strings.Repeat("\n", maxLines+1):                   "more than 10000 lines",
		"s\x00s\x00h\x00":                                  "UTF-8",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\n": "private key",
	} {
		if _, problems := parse([]byte(text), zone); len(problems) != 1 || !strings.Contains(problems[0].what, want) {
			t.Errorf("got %v, want %q", problems, want)
		}
	}
}

// Of certificates those count that an authority of the file has signed, for a principal that it admits.
func TestCertificates(t *testing.T) {
	authority, other, signer := newSigner(t), newSigner(t), newSigner(t)
	ca := written(authority.PublicKey()) + " the authority"
	for name, test := range map[string]struct {
		line   string
		signer ssh.Signer // nil for the authority
		change func(*ssh.Certificate)
		user   string // "" for "blog"
		want   string // "" for nobody
	}{
		"good":                       {line: `cert-authority ` + ca, want: "carol"},
		"no identity":                {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.KeyId = "" }, want: ssh.FingerprintSHA256(signer.PublicKey())},
		"an identity to be cleaned":  {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.KeyId = "\x1b]0;carol\n\x07" }, want: "]0;carol"},
		"another authority":          {line: `cert-authority ` + ca, signer: other},
		"no authority":               {line: ca},
		"another login name":         {line: `cert-authority ` + ca, user: "root"},
		"a principal of the line":    {line: `cert-authority,principals="editors,blog" ` + ca, user: "root", want: "carol"},
		"none of the line":           {line: `cert-authority,principals="editors,blogs" ` + ca},
		"no principal":               {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.ValidPrincipals = nil }},
		"no principal, of the line":  {line: `cert-authority,principals="blog" ` + ca, change: func(c *ssh.Certificate) { c.ValidPrincipals = nil }},
		"expired":                    {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.ValidBefore = uint64(noon.Unix()) }},
		"not yet":                    {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.ValidAfter = uint64(noon.Unix()) + 1 }},
		"for ever":                   {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = 0, ssh.CertTimeInfinity }, want: "carol"},
		"a host's":                   {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.CertType = ssh.HostCert }},
		"expired, by the line":       {line: `cert-authority,expiry-time="20260301115959Z" ` + ca},
		"elsewhere, by the line":     {line: `cert-authority,from="10.0.0.0/8" ` + ca},
		"here, by the line":          {line: `cert-authority,from="192.0.2.0/24" ` + ca, want: "carol"},
		"from here":                  {line: `cert-authority ` + ca, change: option(sourceAddress, "10.0.0.0/8,192.0.2.7"), want: "carol"},
		"from elsewhere":             {line: `cert-authority ` + ca, change: option(sourceAddress, "10.0.0.0/8")},
		"from nowhere":               {line: `cert-authority ` + ca, change: option(sourceAddress, "")},
		"from a pattern":             {line: `cert-authority ` + ca, change: option(sourceAddress, "192.0.2.7,*")},
		"a command":                  {line: `cert-authority ` + ca, change: option("force-command", "ls")},
		"a PIN":                      {line: `cert-authority ` + ca, change: option("verify-required", "")},
		"no touch":                   {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.Extensions = map[string]string{noTouch: ""} }},
		"what it may, as others say": {line: `cert-authority ` + ca, change: func(c *ssh.Certificate) { c.Extensions = map[string]string{"permit-pty": ""} }, want: "carol"},
		"the second line":            {line: `cert-authority,principals="x" ` + ca + "\n" + `cert-authority,principals="blog" ` + ca, want: "carol"},
	} {
		t.Run(name, func(t *testing.T) {
			s, problems := parse([]byte(test.line), zone)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			by, user := test.signer, test.user
			if by == nil {
				by = authority
			}
			if user == "" {
				user = "blog"
			}
			certificate := certify(t, by, signer.PublicKey(), test.change)
			if got := s.Author(from(certificate, user, "192.0.2.7"), noon); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			for _, key := range []ssh.PublicKey{signer.PublicKey(), other.PublicKey()} { // without the certificate
				if got := s.Author(from(key, user, "192.0.2.7"), noon); got != "" {
					t.Errorf("a key is %q", got)
				}
			}
			if s.Author(from(certificate, user, "192.0.2.7"), noon) != "" && !s.Knows(certificate, noon) {
				t.Error("an author is not known")
			}
		})
	}
	t.Run("made up", func(t *testing.T) {
		s, _ := parse([]byte("cert-authority "+ca), zone)
		forged := certify(t, other, signer.PublicKey(), nil)
		forged.SignatureKey = authority.PublicKey()
		if got := s.Author(from(forged, "blog", "192.0.2.7"), noon); got != "" || s.Knows(forged, noon) {
			t.Errorf("it is %q", got)
		}
	})
	t.Run("SHA-1", func(t *testing.T) {
		private, err := rsa.GenerateKey(rand.Reader, minRSABits)
		if err != nil {
			t.Fatal(err)
		}
		for algorithm, want := range map[string]string{ssh.KeyAlgoRSA: "", ssh.KeyAlgoRSASHA256: "carol"} {
			signer, err := ssh.NewSignerFromKey(private)
			if err != nil {
				t.Fatal(err)
			}
			by, err := ssh.NewSignerWithAlgorithms(signer.(ssh.AlgorithmSigner), []string{algorithm})
			if err != nil {
				t.Fatal(err)
			}
			s, _ := parse([]byte("cert-authority "+written(by.PublicKey())), zone)
			if got := s.Author(from(certify(t, by, newSigner(t).PublicKey(), nil), "blog", "192.0.2.7"), noon); got != want {
				t.Errorf("signed with %s it is %q", algorithm, got)
			}
		}
	})
}

func option(name, value string) func(*ssh.Certificate) {
	return func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{name: value} }
}

// Keys that are known before they have signed: those of lines that hold now.
func TestKnows(t *testing.T) {
	signer, authority := newSigner(t), newSigner(t)
	for line, want := range map[string]bool{
		written(signer.PublicKey()):                                     true,
		`expiry-time="20200101" ` + written(signer.PublicKey()):         false,
		`cert-authority ` + written(signer.PublicKey()):                 false,
		`cert-authority ` + written(authority.PublicKey()):              false,
		`from="10.0.0.0/8" ` + written(signer.PublicKey()) + " someone": true,
	} {
		s, problems := parse([]byte(line), zone)
		if got := s.Knows(signer.PublicKey(), noon); got != want || len(problems) > 0 {
			t.Errorf("%q: %t, %v", line, got, problems)
		}
	}
	if (*Set)(nil).Knows(signer.PublicKey(), noon) || (*Set)(nil).Author(from(signer.PublicKey(), "a", "192.0.2.1"), noon) != "" {
		t.Error("there are authors where there are none")
	}
}
