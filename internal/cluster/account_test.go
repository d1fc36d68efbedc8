package cluster_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/memory"
	memorytest "github.com/sshblog/sshblog/internal/memory/storetest"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/push/storetest"
)

// allowed are the subjects that a document allows a server to publish to and to subscribe to.
type allowed struct{ publish, subscribe []string }

// documented are those of docs/cluster.md.
func documented(t *testing.T) (a allowed) {
	t.Helper()
	text, err := os.ReadFile("../../docs/cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		what, subjects, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(subjects, -1) {
			subject := found[1]
			switch {
			case strings.HasPrefix(what, "publish") && strings.HasSuffix(subject, ".STREAM"):
				for _, stream := range []string{"KV_sshblog-readers", "KV_sshblog-blog", "sshblog-objects"} {
					a.publish = append(a.publish, strings.TrimSuffix(subject, "STREAM")+stream)
				}
			case strings.HasPrefix(what, "publish"):
				a.publish = append(a.publish, subject)
			case what == "subscribe":
				a.subscribe = append(a.subscribe, subject)
			}
		}
	}
	slices.Sort(a.publish)
	slices.Sort(a.subscribe)
	return a
}

// configured are those of a configuration of NATS.
func configured(t *testing.T, text string) (a allowed) {
	t.Helper()
	lists := regexp.MustCompile(`(?s)(publish|subscribe) *\{\s*allow: \[(.*?)\]`).FindAllStringSubmatch(regexp.MustCompile(`#.*`).ReplaceAllString(text, ""), -1)
	for _, list := range lists {
		for _, found := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(list[2], -1) {
			if list[1] == "publish" {
				a.publish = append(a.publish, found[1])
			} else {
				a.subscribe = append(a.subscribe, found[1])
			}
		}
	}
	slices.Sort(a.publish)
	slices.Sort(a.subscribe)
	return a
}

// matches reports whether a subject is one of a pattern's.
func matches(pattern, subject string) bool {
	of, is := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, token := range of {
		switch {
		case token == ">":
			return len(is) > i
		case len(is) <= i || token != "*" && token != is[i]:
			return false
		}
	}
	return len(of) == len(is)
}

// The permissions that deploy has for the blog's account, and that are documented, suffice for all that a server does, and
// allow nothing else; who has no credentials is kept out.
func TestAccount(t *testing.T) {
	account, err := os.ReadFile("../../deploy/cluster/blog.conf")
	if err != nil {
		t.Fatal(err)
	}
	may := documented(t)
	if is := configured(t, string(account)); !slices.Equal(is.publish, may.publish) || !slices.Equal(is.subscribe, may.subscribe) {
		t.Fatalf("blog.conf allows\n%q\nand docs/cluster.md\n%q", is, may)
	}
	// Another user of the account hears what servers send.
	const spying = "users: [\n{ user: spy, password: spy }\n"
	account = []byte(strings.Replace(string(account), "users: [\n", spying, 1))
	var mu sync.Mutex
	used := make(map[string]bool)
	spy := func(tb testing.TB, nodes *natstest.Nodes) {
		tb.Helper()
		conn, err := nats.Connect(nodes.URLs()[0], nats.UserInfo("spy", "spy"), nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0), nats.MaxReconnects(-1))
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(conn.Close)
		if _, err := conn.Subscribe(">", func(m *nats.Msg) {
			mu.Lock()
			defer mu.Unlock()
			for _, subject := range may.publish {
				if !used[subject] && matches(subject, m.Subject) {
					used[subject] = true
				}
			}
		}); err != nil || conn.Flush() != nil {
			tb.Fatal(err)
		}
	}
	t.Setenv("NATS_PASSWORD", "the-password")
	credentials := filepath.Join(t.TempDir(), "nats")
	if err := os.WriteFile(credentials, []byte("sshblog:the-password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := func(tb testing.TB) *cluster.Cluster {
		nodes := natstest.Start(tb, 1, string(account))
		spy(tb, nodes)
		log := &logged{}
		c := open(tb, cluster.Config{URLs: nodes.URLs(), Credentials: credentials, Logger: slog.New(slog.NewTextHandler(log, nil))})
		await(tb, c)
		tb.Cleanup(func() {
			if log.has("the cluster complains") {
				tb.Errorf("something is not allowed: %s", log.text.String())
			}
		})
		return c
	}
	storetest.RunShared(t, func(tb testing.TB) push.Shared { return fresh(tb).Posts() })
	memorytest.Run(t, func(tb testing.TB) memory.Store { return fresh(tb).Readers() })

	nodes := natstest.Start(t, 1, string(account))
	spy(t, nodes)
	c := open(t, cluster.Config{URLs: nodes.URLs(), Credentials: credentials})
	await(t, c)
	go func() { _ = c.Readers().Watch(t.Context(), func(string) {}) }() // consumers are made anew after a failure
	all, err := c.Totals()
	if err != nil {
		t.Fatal(err)
	}
	unused := func() (subjects []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, subject := range may.publish {
			if !used[subject] {
				subjects = append(subjects, subject)
			}
		}
		return subjects
	}
	const patience = 30 * time.Second
	for until := time.Now().Add(patience); len(unused()) > 0 && time.Now().Before(until); {
		nodes.Kill(0)
		nodes.Start(0)
		await(t, c)
		all.Exchange(cluster.Reading{All: 1})
		for range 20 {
			if time.Sleep(100 * time.Millisecond); len(unused()) == 0 {
				break
			}
		}
	}
	if subjects := unused(); len(subjects) > 0 {
		t.Errorf("a server may send to %q, and does not need to", subjects)
	}
	if conn, err := nats.Connect(nodes.URLs()[0]); err == nil {
		conn.Close()
		t.Error("somebody without credentials is let in")
	}
	refused := make(chan error, 10)
	conn, err := nats.Connect(nodes.URLs()[0], nats.UserInfo("sshblog", "the-password"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, subject := range []string{"$JS.API.STREAM.DELETE.KV_sshblog-blog", "$JS.API.STREAM.PURGE.sshblog-objects", "$JS.API.STREAM.MSG.DELETE.KV_sshblog-blog", "$KV.sshblog-blog.other", "anything"} {
		if err := conn.Publish(subject, nil); err != nil {
			t.Fatal(err)
		}
		select {
		case <-refused:
		case <-time.After(10 * time.Second):
			t.Errorf("a server may send to %s", subject)
		}
	}
	if s, err := conn.SubscribeSync(">"); err == nil {
		_, err := s.NextMsg(10 * time.Second)
		if len(refused) == 0 {
			t.Errorf("a server may hear everything: %v", err)
		}
	}
}

// authority makes certificates.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, file: filepath.Join(t.TempDir(), "ca.pem")}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// issue makes a certificate for an address, or a name.
func (a *authority) issue(host string) (certificate, key string) {
	dir := a.t.TempDir()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, private.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	writePEM(a.t, certificate, "CERTIFICATE", der)
	writePEM(a.t, key, "PRIVATE KEY", pkcs8)
	return certificate, key
}

// With TLS a server of NATS is only taken that has a certificate of the right authority for its address,
// and it takes only who has one of its own.
func TestTLS(t *testing.T) {
	mine, other := newAuthority(t), newAuthority(t)
	clientCertificate, clientKey := mine.issue("blog-1")
	secure := func(host string) string {
		certificate, key := mine.issue(host)
		return fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q, verify: true }", certificate, key, mine.file)
	}
	right := natstest.Start(t, 1, secure("127.0.0.1"))
	c := open(t, cluster.Config{URLs: right.URLs(), CA: mine.file, Certificate: clientCertificate, Key: clientKey})
	await(t, c)
	wrong := natstest.Start(t, 1, secure("elsewhere.example.com"))
	otherCertificate, otherKey := other.issue("blog-1")
	for name, config := range map[string]cluster.Config{
		"another name":               {URLs: wrong.URLs(), CA: mine.file, Certificate: clientCertificate, Key: clientKey},
		"another authority":          {URLs: right.URLs(), CA: other.file, Certificate: clientCertificate, Key: clientKey},
		"no certificate":             {URLs: right.URLs(), CA: mine.file},
		"a certificate of another's": {URLs: right.URLs(), CA: mine.file, Certificate: otherCertificate, Key: otherKey},
	} {
		if c := open(t, config); c.Stats().Connected {
			t.Errorf("%s: it is connected", name)
		}
	}
}
