package main

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/sshd"
)

// announce says that readers can connect: in the log and, unless that is JSON, also on standard output.
func (p *program) announce(stdout io.Writer, at []net.Addr, posts int, stats sshd.Stats, keys []sshd.HostKey) {
	prints := fingerprints(sshd.HostKeysInUse(keys)) // of these, new readers are shown one
	command := connectWith(at[0], p.settings.Host)
	addresses := make([]string, len(at))
	for i, a := range at {
		addresses[i] = a.String()
	}
	ops := cmp.Or(p.settings.Ops, "off")
	if p.ops != nil {
		ops = p.ops.Addr().String()
	}
	if p.settings.LogFormat != formatJSON {
		_, _ = fmt.Fprintf(stdout, "Serving %s. Read them with: %s  (host key %s)\n", plaintext.Count(posts, "post"), command, strings.Join(prints, ", "))
	}
	p.logger.Info("serving", "version", buildVersion().Version, "address", strings.Join(addresses, ","), "connect", command, "host_keys", prints,
		"ops", ops, "posts", posts, "max_sessions", stats.MaxSessions, "max_connections", stats.MaxConns,
		"source_connections", p.settings.SSH.MaxConnsPerSource, "memory", mib(stats.MemoryBudget))
}

// connectWith returns the command that connects to the blog: at its public name if that is
// set, since the address of the listener may be known only inside a container.
func connectWith(at net.Addr, public string) string {
	host, port := hostAndPort(cmp.Or(public, at.String()))
	if ip := net.ParseIP(host); ip != nil && (ip.IsUnspecified() || ip.Equal(net.IPv4(127, 0, 0, 1)) && public == "") {
		host = "localhost"
	}
	return sshTo("ssh", host, port)
}

// hostAndPort divides an address. Without a port it is SSH's.
func hostAndPort(address string) (host, port string) {
	if host, port, err := net.SplitHostPort(address); err == nil {
		return host, port
	}
	return address, "22"
}

// sshTo returns the command that connects to a host.
func sshTo(ssh, host, port string) string {
	if port == "22" {
		return ssh + " " + host
	}
	return ssh + " -p " + port + " " + host
}
