package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"strings"
	"time"
)

// resolve returns the address of a target. One that is not on this machine is
// refused unless it is the user's own: this program is made to hurt.
func resolve(ctx context.Context, target string, mine bool) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("target %q: want host:port, as in localhost:2222", target)
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("target %q: there is no port %q", target, port)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addrs) == 0 {
		return netip.AddrPort{}, fmt.Errorf("target %q: the host is unknown: %w", target, err)
	}
	addr := addrs[0].Unmap()
	for _, a := range addrs {
		if a = a.Unmap(); a.Is4() { // most servers listen on it, and sources can be chosen
			addr = a
			break
		}
	}
	if !addr.IsLoopback() && !mine {
		return netip.AddrPort{}, fmt.Errorf("target %q is not on this machine: to load a server of your own there, add --yes-this-is-mine", target)
	}
	return netip.AddrPortFrom(addr, uint16(number)), nil //nolint:gosec // a port
}

// dialer connects from addresses of a range, so that a server that limits each
// source meets as many readers as there would be.
type dialer struct {
	to      netip.AddrPort
	from    netip.Prefix // the zero value leaves the source to the system
	each    int          // connections from one address
	timeout time.Duration
}

func newDialer(to netip.AddrPort, s *settings) dialer {
	d := dialer{to: to, from: s.Sources, each: s.Each, timeout: s.Patience}
	if !to.Addr().Is4() || d.from.IsValid() && to.Addr().IsLoopback() != d.from.Addr().IsLoopback() {
		d.from = netip.Prefix{} // this range cannot reach the target
	}
	return d
}

// dial makes the connection of a reader.
func (d dialer) dial(ctx context.Context, reader int) (net.Conn, error) {
	nd := net.Dialer{Timeout: d.timeout}
	if d.from.IsValid() {
		nd.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(d.source(reader/d.each), 0))
	}
	conn, err := nd.DialContext(ctx, "tcp", d.to.String())
	if err != nil && strings.Contains(err.Error(), "cannot assign requested address") {
		return nil, fmt.Errorf("cannot connect from %v: this machine has no such address; set --source-range to one that it has, or none", nd.LocalAddr)
	}
	return conn, err
}

// source returns the nth address of the range, without its first and last,
// which name the network and all of it. The bits of n are reversed, so that
// neighbours are in networks far apart: a server has limits for networks, too.
func (d dialer) source(n int) netip.Addr {
	size := 32 - d.from.Bits()
	usable := 1<<size - 2
	host := bits.Reverse32(uint32(1+n%usable)) >> d.from.Bits() //nolint:gosec // within the range
	first := d.from.Addr().As4()
	var addr [4]byte
	binary.BigEndian.PutUint32(addr[:], binary.BigEndian.Uint32(first[:])+host)
	return netip.AddrFrom4(addr)
}
