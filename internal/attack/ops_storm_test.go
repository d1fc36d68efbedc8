//go:build linux

package attack

import (
	"bufio"
	"fmt"
	"io"
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
	sieges(t, nil, func(s *siege, from []string) {
		s.crowd(from, "GET /livez HTTP/1.1\r\nHost: "+boxOps+"\r\n\r\n", "ok")
		s.lives()
	})
}

// Whoever reaches the listener connects and says nothing, or half a request: without
// a limit each takes a descriptor for as long as it likes.
//
// Here there are 64 places, and a new connection gets that of the one that has been
// there longest.
func TestSilentOperators(t *testing.T) {
	const places, spare = 64, 8
	for _, said := range []string{"", "GET /livez HTTP/1.1\r\nHost: "} {
		t.Run(fmt.Sprintf("%d bytes", len(said)), func(t *testing.T) {
			sieges(t, nil, func(s *siege, from []string) {
				before := s.p.descriptors()
				s.crowd(from, said, "")
				s.lives()
				s.p.eventually(recovery, func() bool { return s.p.descriptors()-before <= places+spare }, "more than 64 connections are held")
				if n := s.p.descriptors() - before; n < places/2 {
					s.Errorf("%d connections are held, and there are %d places", n, places)
				}
			})
		})
	}
}

// crowd connects to the operator's listener at the full number, says something on each
// connection, and waits until the answer ends so.
func (s *siege) crowd(from []string, said, answer string) {
	s.Helper()
	for range fullNumber {
		for _, source := range from {
			nc, err := s.p.connectTo(source, boxOps)
			if err != nil {
				s.Fatal(err)
			}
			s.keep(nc)
			_, _ = io.WriteString(nc, said)
			if answer != "" {
				_ = nc.SetReadDeadline(time.Now().Add(recovery))
				if err := readUntil(nc, answer); err != nil {
					s.Fatal(err)
				}
			}
		}
	}
}

// lives expects that the operator is answered, soon.
func (s *siege) lives() {
	s.Helper()
	const soon = time.Second // a supervisor's patience
	for range 10 {
		status, err := s.p.askAs(boxOps, "/livez", soon)
		if err != nil || status != http.StatusOK {
			s.Fatalf("/livez answers %d, %v", status, err)
		}
	}
}

// A browser asks for a page in the name of the site that it has the address from:
// whoever has a site can give it the address of the operator's listener (DNS
// rebinding), and read there what the browser's own machine may.
//
// Here only its address is answered, and localhost.
func TestForeignHosts(t *testing.T) {
	p := startBox(t, 1, nil)
	_, port, _ := net.SplitHostPort(boxOps)
	for host, served := range map[string]bool{
		boxOps:                          true,
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
			status, err := p.askAs(host, path, patience())
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

// askAs asks the operator's listener for a page in the name of a host, on a connection
// of its own, and returns the status.
func (p *program) askAs(host, path string, limit time.Duration) (int, error) {
	nc, err := p.connectTo("127.0.0.1", boxOps)
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
