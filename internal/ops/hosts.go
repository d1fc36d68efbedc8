package ops

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// byHost answers requests for the allowed and for private hosts, and others with 421. This
// prevents DNS rebinding: a web page whose name resolves to the listener's address could make
// a browser request it and read the answer. The browser then sends the page's name as Host.
func byHost(names []string, next http.Handler) http.Handler {
	allowed := make(map[string]bool, len(names))
	for _, name := range names {
		allowed[canonical(name)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostOf(r.Host); !privateName(host) && !allowed[host] {
			refuse(w, r, http.StatusMisdirectedRequest, "this host name is not answered here: use an IP address, or allow the name with the setting ops-hosts")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf returns the host of a Host header, without its port.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		header = host
	} else if inside, ok := strings.CutPrefix(header, "["); ok { // IPv6 without a port
		header = strings.TrimSuffix(inside, "]")
	}
	return canonical(header)
}

// canonical is how names are compared: without case, and without the dot that
// ends a name in DNS.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// privateName reports whether nobody can have a host's name point to an address
// in public DNS.
//
// Addresses are no names. A name without a dot (localhost, a container's or a
// Kubernetes service's) would be a top-level domain. Of names with dots, those
// are let in that probes and scrapers use most and that are never delegated:
// Kubernetes's own, and those under .localhost (RFC 6761 §6.3) and .internal,
// which ICANN has reserved for private networks. Not so .local, which anyone on
// the network answers for by multicast DNS (RFC 6762), beyond Kubernetes's.
//
// No Host at all is HTTP/1.0, which load balancers' checks speak and no browser.
func privateName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return true
	}
	for _, suffix := range [...]string{".svc", ".svc.cluster.local", ".internal", ".localhost"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}
