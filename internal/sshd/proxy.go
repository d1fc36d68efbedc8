package sshd

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// Nginx that has a client's IPv6 address from a proxy before it, and was reached over
// IPv4, writes "TCP6" and leaves its own address as it is (nginx/nginx#1609).
func init() { proxyproto.V1AcceptIPv4InTCP6 = true } //nolint:gochecknoinits // the library has no other place for it

// proxyItself is the source of what trusted proxies connect for themselves. It is no
// client's: those are a /32 or a /64.
func proxyItself() netip.Prefix { return netip.PrefixFrom(netip.IPv6Unspecified(), 128) }

// welcomeProxied admits a connection from a trusted proxy as one of the client
// that its PROXY header names. The header has to be waited for, so this leaves
// the accept loop at once.
func (s *Server) welcomeProxied(nc net.Conn) {
	if !s.front.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				s.logPanic("reading a PROXY header", r)
				_ = nc.Close()
			}
		}()
		client, source, err := readProxyHeader(nc, s.cfg.ProxyTimeout)
		switch {
		case errors.Is(err, errKnocked):
			s.stats.refuse(Knocked)
			_ = nc.Close()
		case err != nil:
			s.turnAway(nc, ProxyHeader)
		default:
			s.admit(client, source)
		}
	}) {
		s.turnAway(nc, Full)
	}
}

var (
	errNoClient = errors.New("the PROXY header names no TCP client")
	errKnocked  = errors.New("closed before it has sent anything")
)

// readProxyHeader reads a PROXY protocol header, version 1 or 2, and returns
// the connection as it would be without the proxy, and its source. A connection
// without one is an error: it would be taken for a client whose address is the
// proxy's.
func readProxyHeader(nc net.Conn, timeout time.Duration) (net.Conn, netip.Prefix, error) {
	peer := &listened{Conn: nc}
	client := proxyproto.NewConn(peer,
		proxyproto.WithPolicy(proxyproto.REQUIRE),
		proxyproto.SetReadHeaderTimeout(timeout),
	)
	header := client.ProxyHeader()
	switch {
	case header == nil && peer.over && !peer.heard:
		return nil, netip.Prefix{}, errKnocked
	case header == nil:
		return nil, netip.Prefix{}, proxyproto.ErrNoProxyProtocol
	case header.Command.IsLocal():
		return client, proxyItself(), nil
	}
	if _, ok := header.SourceAddr.(*net.TCPAddr); !ok {
		return nil, netip.Prefix{}, errNoClient
	}
	return client, sourceOf(client.RemoteAddr()), nil
}

// maxHeaderLine is the length of the longest header of version 1, in bytes.
const maxHeaderLine = 107

// listened is a connection that knows whether its peer has said anything, and
// whether that has gone.
type listened struct {
	net.Conn
	heard, over bool
}

// Read reads a header of version 1 whole, however the network has cut it: the library
// refuses one that does not come in one read.
func (l *listened) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	for !l.heard && err == nil && n > 0 && p[0] == 'P' && n < min(len(p), maxHeaderLine) && bytes.IndexByte(p[:n], '\n') < 0 {
		var more int
		more, err = l.Conn.Read(p[n:])
		n += more
	}
	var timeout net.Error
	l.heard = l.heard || n > 0
	l.over = err != nil && (!errors.As(err, &timeout) || !timeout.Timeout())
	return n, err
}

// tcpOf returns the TCP connection that nc is, or that a proxy's header has come on.
func tcpOf(nc net.Conn) (*net.TCPConn, bool) {
	if proxied, ok := nc.(*proxyproto.Conn); ok {
		nc = proxied.Raw()
	}
	if peer, ok := nc.(*listened); ok {
		nc = peer.Conn
	}
	tcp, ok := nc.(*net.TCPConn)
	return tcp, ok
}
