//go:build linux

package attack

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// The operator's listener takes 64 connections, and one that has asked once may
// stay: 64 that do so keep a supervisor's question after life from being answered,
// and it restarts a server that is well.
//
// Here who wants to be answered is.
func TestIdleOperators(t *testing.T) {
	ops := startOps(t)
	for range 64 {
		nc, err := net.Dial("tcp", ops)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = nc.Close() })
		_, _ = fmt.Fprintf(nc, "GET /livez HTTP/1.1\r\nHost: %s\r\n\r\n", ops)
		res, err := http.ReadResponse(bufio.NewReader(nc), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	const soon = time.Second // a supervisor's patience
	for range 10 {
		status, err := askAs(ops, ops, "/livez", soon)
		if err != nil || status != http.StatusOK {
			t.Fatalf("with 64 connections idle /livez answers %d, %v", status, err)
		}
	}
}

// Whoever reaches the listener connects and says nothing, or half a request: without
// a limit each takes a descriptor for as long as it likes.
//
// Here there are 64 places, and a new connection gets that of the one that has been
// there longest.
func TestSilentOperators(t *testing.T) {
	const places, come = 64, 200
	p := start(t, "--ops", "127.0.0.1:0")
	p.rehearse()
	ops := opsPattern.FindStringSubmatch(p.logged(1, "serving health and metrics")[0])[1]
	before := p.descriptors()
	for _, said := range []string{"", "GET /livez HTTP/1.1\r\nHost: "} {
		for range come {
			nc, err := net.Dial("tcp", ops)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = nc.Close() })
			_, _ = nc.Write([]byte(said))
		}
		for range 10 {
			status, err := askAs(ops, ops, "/livez", time.Second)
			if err != nil || status != http.StatusOK {
				t.Fatalf("with %d connections that say %q /livez answers %d, %v", come, said, status, err)
			}
		}
		if n := p.descriptors() - before; n > places+8 || n < places/2 {
			t.Errorf("of %d connections that say %q %d are held, and there are %d places", come, said, n, places)
		}
	}
}

// A browser asks for a page in the name of the site that it has the address from:
// whoever has a site can give it the address of the operator's listener (DNS
// rebinding), and read there what the browser's own machine may.
//
// Here only its address is answered, and localhost.
func TestForeignHosts(t *testing.T) {
	ops := startOps(t)
	_, port, _ := net.SplitHostPort(ops)
	for host, served := range map[string]bool{
		ops:                             true,
		"127.0.0.1":                     true,
		"localhost":                     true,
		"localhost:" + port:             true,
		"attacker.example":              false,
		"attacker.example:" + port:      false,
		"localhost.attacker.example":    false,
		"127.0.0.1.attacker.example":    false,
		"attacker.example:80@localhost": false,
	} {
		for _, path := range []string{"/livez", "/readyz", "/metrics"} {
			status, err := askAs(ops, host, path, patience())
			if err != nil {
				t.Fatal(err)
			}
			refused := status == http.StatusMisdirectedRequest || status == http.StatusForbidden || status == http.StatusBadRequest
			if served != (status == http.StatusOK) || !served && !refused {
				t.Errorf("%s of %q answers %d", path, host, status)
			}
		}
	}
}

// startOps starts the program with the operator's listener and returns its
// address.
func startOps(t *testing.T) string {
	t.Helper()
	p := start(t, "--ops", "127.0.0.1:0")
	p.rehearse()
	return opsPattern.FindStringSubmatch(p.logged(1, "serving health and metrics")[0])[1]
}

// askAs asks for a page at an address in the name of a host, on a connection of
// its own, and returns the status.
func askAs(address, host, path string, limit time.Duration) (int, error) {
	nc, err := net.DialTimeout("tcp", address, limit)
	if err != nil {
		return 0, err
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(limit))
	_, _ = fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host)
	res, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
