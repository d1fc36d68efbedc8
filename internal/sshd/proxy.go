package sshd

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// An nginx that knows a client's IPv6 address from another proxy, and was itself reached over
// IPv4, writes "TCP6" with its own IPv4 address (nginx/nginx#1609). See oneFamily for the
// reverse.
func init() { proxyproto.V1AcceptIPv4InTCP6 = true } //nolint:gochecknoinits // the library has no other place for it

// proxyItself returns the source of connections that trusted proxies make for themselves. It
// cannot be a client's, whose source is a /32 or a /64.
func proxyItself() netip.Prefix { return netip.PrefixFrom(netip.IPv6Unspecified(), 128) }

// welcomeProxied admits a connection from a trusted proxy as one of the client that its PROXY
// header names. It waits for the header on another goroutine than the accept loop.
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
	errKnocked  = errors.New("closed without having sent anything")
)

// readProxyHeader reads a PROXY protocol header, version 1 or 2, and returns the connection
// with the client's address, and its source. A connection without a header is an error: all
// its clients would share the proxy's address.
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

// listened is a connection that records whether its peer has sent anything (heard) and has
// closed it (over).
type listened struct {
	net.Conn
	heard, over bool
}

// Read returns a header of version 1 as a whole, in however many segments it arrives: the
// library refuses one that does not come in one read.
func (l *listened) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	for !l.heard && err == nil && n > 0 && p[0] == 'P' && n < min(len(p), maxHeaderLine) && bytes.IndexByte(p[:n], '\n') < 0 {
		var more int
		more, err = l.Conn.Read(p[n:])
		n += more
	}
	var timeout net.Error
	if !l.heard {
		oneFamily(p[:n])
	}
	l.heard = l.heard || n > 0
	l.over = err != nil && (!errors.As(err, &timeout) || !timeout.Timeout())
	return n, err
}

// oneFamily turns a header of version 1 that says TCP4 but has an IPv6 address into one that
// says TCP6, for which the library accepts both families.
func oneFamily(p []byte) {
	const family = len("PROXY TCP")
	line, _, _ := bytes.Cut(p[:min(len(p), maxHeaderLine)], []byte("\n"))
	if bytes.HasPrefix(line, []byte("PROXY TCP4 ")) && bytes.IndexByte(line, ':') >= 0 {
		p[family] = '6'
	}
}

// tcpOf returns the TCP connection that nc is or, behind a proxy, wraps.
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
