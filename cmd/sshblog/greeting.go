package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/sshblog/sshblog/internal/sshd"
)

// announce tells that readers can come: a person on standard output and the log; or, if
// all that is written has to be JSON, standard output alone.
func (p *program) announce(stdout io.Writer, at net.Addr, posts int, door sshd.Stats, keys []sshd.HostKey) {
	prints := make([]string, 0, len(keys))
	for _, k := range keys {
		prints = append(prints, k.Fingerprint())
	}
	command := connectWith(at, p.settings.Host)
	logger := p.logger
	if p.settings.LogFormat == "json" {
		s := p.settings
		s.LogLevel = slog.LevelInfo // whatever else is logged
		logger = slog.New(newHandler(s, stdout))
	} else {
		_, _ = fmt.Fprintf(stdout, "Serving %s. Read them with: %s  (host key %s)\n", count(posts, "post"), command, strings.Join(prints, ", "))
	}
	logger.Info("serving", "version", buildVersion().Version, "address", at.String(), "connect", command, "host_keys", prints,
		"posts", posts, "max_sessions", door.MaxSessions, "max_connections", door.MaxConns)
}

// connectWith is the command that leads to the blog: at its public name if that is
// set, since what is listened at may be known to a container alone.
func connectWith(at net.Addr, public string) string {
	address := at.String()
	if public != "" {
		address = public
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, "22"
	}
	if ip := net.ParseIP(host); ip != nil && (ip.IsUnspecified() || ip.Equal(net.IPv4(127, 0, 0, 1)) && public == "") {
		host = "localhost"
	}
	if port == "22" {
		return "ssh " + host
	}
	return "ssh -p " + port + " " + host
}
