package sshd

import (
	"errors"
	"net"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyHeaderTimeout is how long a trusted proxy may take to send its header.
// It sends it first of all, so this is a network's delay and no more.
const proxyHeaderTimeout = 500 * time.Millisecond

// welcomeProxied admits a connection from a trusted proxy as one of the client
// that its PROXY header names. The header has to be waited for, so this leaves
// the accept loop at once.
func (s *Server) welcomeProxied(nc net.Conn) {
	if s.proxied.Add(1) > int64(s.cfg.MaxHandshakes) {
		s.proxied.Add(-1)
		s.turnAway(nc, Full)
		return
	}
	go func() {
		defer func() {
			if r := recover(); r != nil {
				s.logPanic("reading a PROXY header", r)
				_ = nc.Close()
			}
		}()
		client, err := readProxyHeader(nc)
		s.proxied.Add(-1)
		if err != nil {
			s.turnAway(nc, ProxyHeader)
			return
		}
		s.admit(client)
	}()
}

var errNoClient = errors.New("the PROXY header names no TCP client")

// readProxyHeader reads a PROXY protocol header, version 1 or 2, and returns
// the connection as it would be without the proxy. A connection without one is
// an error: it would be taken for a client whose address is the proxy's.
func readProxyHeader(nc net.Conn) (net.Conn, error) {
	client := proxyproto.NewConn(nc,
		proxyproto.WithPolicy(proxyproto.REQUIRE),
		proxyproto.SetReadHeaderTimeout(proxyHeaderTimeout),
	)
	header := client.ProxyHeader()
	if header == nil {
		return nil, proxyproto.ErrNoProxyProtocol
	}
	if header.Command.IsLocal() {
		return client, nil // the proxy itself: a health check
	}
	if _, ok := header.SourceAddr.(*net.TCPAddr); !ok {
		return nil, errNoClient
	}
	return client, nil
}
