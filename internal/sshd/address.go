package sshd

import (
	"net"
	"net/netip"
)

// sourceOf returns the source that the per-source limits count an address for: the IPv4
// address itself, or its IPv6 /64, which a provider gives to one subscriber as a whole. An
// IPv4 address mapped into IPv6 is the IPv4 address. Addresses that are not IP share one
// source, the zero prefix.
func sourceOf(addr net.Addr) netip.Prefix {
	ip := ipOf(addr)
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	source, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return source
}

// ipOf returns addr's IP address, unmapped and without a zone; the zero Addr
// if it has none.
func ipOf(addr net.Addr) netip.Addr {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

// within reports whether ip lies in one of the ranges.
func within(ip netip.Addr, ranges []netip.Prefix) bool {
	for _, r := range ranges {
		if r.Contains(ip) {
			return true
		}
	}
	return false
}

// remoteName returns addr as it is logged: address and port or, truncated, its network (/24
// or /48).
func remoteName(addr net.Addr, truncate bool) string {
	if addr == nil {
		return ""
	}
	ip := ipOf(addr)
	if !truncate || !ip.IsValid() {
		return clean(addr.String(), maxLogged)
	}
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	network, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}
