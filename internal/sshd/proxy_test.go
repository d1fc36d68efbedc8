package sshd

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"charm.land/ssh"
	"github.com/pires/go-proxyproto"
	gossh "golang.org/x/crypto/ssh"
)

// address answers with the address that the session comes from.
func address(s ssh.Session) { _, _ = io.WriteString(s, s.RemoteAddr().String()) }

// throughProxy runs a session over a connection that opens with a header.
func throughProxy(t *testing.T, s *served, header string) (string, error) {
	t.Helper()
	nc := s.connect(t, "127.0.0.1")
	if _, err := io.WriteString(nc, header); err != nil {
		t.Fatal(err)
	}
	sc, chans, reqs, err := gossh.NewClientConn(nc, s.addr, &gossh.ClientConfig{
		User: "reader", HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return "", err
	}
	client := gossh.NewClient(sc, chans, reqs)
	defer func() { _ = client.Close() }()
	out, err := newSession(t, client).Output("address")
	return string(out), err
}

func TestProxyProtocol(t *testing.T) {
	v2, err := proxyproto.HeaderProxyFromAddrs(2,
		&net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 4000},
		&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 22}).Format()
	if err != nil {
		t.Fatal(err)
	}
	const v1 = "PROXY TCP4 192.0.2.7 192.0.2.1 4000 22\r\n"
	trusting := Config{Proxies: prefixes("127.0.0.1/32"), Handler: address}
	tests := map[string]struct {
		cfg    Config
		header string
		want   string // "" for a refusal
	}{
		"version 1":            {trusting, v1, "192.0.2.7:4000"},
		"version 2":            {trusting, string(v2), "[2001:db8::7]:4000"},
		"of two families":      {trusting, "PROXY TCP6 2001:db8::7 192.0.2.1 4000 22\r\n", "[2001:db8::7]:4000"},
		"of two, reversed":     {trusting, "PROXY TCP4 192.0.2.7 2001:db8::1 4000 22\r\n", "192.0.2.7:4000"},
		"missing":              {trusting, "", ""},
		"garbage":              {trusting, "PROXY TCP4 nonsense\r\n", ""},
		"the proxy itself":     {trusting, "PROXY UNKNOWN\r\n", "127.0.0.1:"},
		"longer than any":      {trusting, "PROXY TCP4 " + strings.Repeat("1", 4000) + "\r\n", ""},
		"from anyone else":     {Config{Proxies: prefixes("10.0.0.0/8"), Handler: address}, v1, ""},
		"off":                  {Config{Handler: address}, v1, ""},
		"not from anyone else": {Config{Proxies: prefixes("10.0.0.0/8"), Handler: address}, "", "127.0.0.1:"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := serve(t, test.cfg)
			got, err := throughProxy(t, server, test.header)
			if (err == nil) != (test.want != "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
			server.idle(t)
		})
	}
}

// A trusted proxy that says nothing is not waited for, and limits are the
// client's, not the proxy's.
func TestProxiedLimits(t *testing.T) {
	server := serve(t, Config{Proxies: prefixes("127.0.0.1/32"), Handler: address, ConnRate: 1e-9, ConnBurst: 1, ProxyTimeout: time.Second / 4})
	silent := server.connect(t, "127.0.0.1")
	for _, test := range []struct {
		header string
		ok     bool
	}{
		{"PROXY TCP4 192.0.2.7 192.0.2.1 4000 22\r\n", true},
		{"PROXY TCP4 192.0.2.8 192.0.2.1 4000 22\r\n", true},
		{"PROXY TCP4 192.0.2.7 192.0.2.1 4001 22\r\n", false},
	} {
		if _, err := throughProxy(t, server, test.header); (err == nil) != test.ok {
			t.Errorf("%q: %v", test.header, err)
		}
	}
	readAll(t, silent)
	if n := server.Stats().Refused[ProxyHeader]; n != 1 {
		t.Errorf("refused: %v", server.Stats().Refused)
	}
}

// A header of either version counts wherever the network has cut it, and costs none of
// the bytes behind it.
func TestAHeaderThatIsCut(t *testing.T) {
	for _, header := range []string{
		"PROXY TCP4 192.0.2.7 192.0.2.1 4000 22\r\n",
		"PROXY TCP4 192.0.2.7 2001:db8::1 4000 22\r\n",
		"PROXY UNKNOWN\r\n",
		"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc0\x00\x02\x01\x0f\xa0\x00\x16",
	} {
		const version = "SSH-2.0-x\r\n"
		for cut := 1; cut <= len(header); cut++ {
			proxy, nc := net.Pipe()
			go func() {
				defer func() { _ = proxy.Close() }()
				for _, part := range []string{header[:cut], header[cut:] + version[:3], version[3:]} {
					_, _ = io.WriteString(proxy, part)
				}
			}()
			client, _, err := readProxyHeader(nc, patience)
			if err != nil {
				t.Errorf("%q, cut after %d bytes: %v", header, cut, err)
				continue
			}
			if rest, err := io.ReadAll(client); err != nil || string(rest) != version {
				t.Errorf("%q, cut after %d bytes: then came %q, %v", header, cut, rest, err)
			}
		}
	}
}
