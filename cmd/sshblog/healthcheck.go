package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/crypto/ssh"
)

func healthcheckCommand() *cobra.Command {
	var s *settings
	var all *pflag.FlagSet
	var address string
	timeout := 5 * time.Second
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Check that a server completes an SSH handshake",
		Long: `healthcheck connects as a reader does, logs in and opens a session. It exits
with 0 if that works. Without --address it asks the server of this host that flags,
environment and file describe, as "sshblog serve" reads them, at all its addresses. Where proxy-from covers
the connection, it begins with the PROXY header that health checks have (LOCAL).`,
		Args: noWords,
		RunE: func(*cobra.Command, []string) error {
			if err := complete(all, os.Environ()); err != nil {
				return err
			}
			if address != "" {
				return healthcheck([]string{address}, s.SSH.Proxies, timeout)
			}
			until := time.Now().Add(timeout)
			for _, address := range s.Listen {
				if err := healthcheck(localAddresses(address), s.SSH.Proxies, time.Until(until)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	s, all = withSettings(cmd, "config", "listen", "proxy-from") // how the server is reached
	cmd.Flags().StringVar(&address, "address", "", "`address` of the server (default: all that the setting listen has)")
	cmd.Flags().Var(check(&timeout, duration), "timeout", "how `long` all of it may take")
	return cmd
}

// localAddresses are the addresses at which a server that listens at address may be reached from its own host.
func localAddresses(address string) []string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host != "" && (ip == nil || !ip.IsUnspecified()) {
		return []string{address}
	}
	return []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}
}

// healthcheck logs in to the server at one of the addresses and opens a session channel, within a time. If the
// connection comes from a proxy's address it sends a PROXY header first.
//
// A server that closes the connection without an answer may trust proxies that are not in proxies, as when its
// settings are flags: it is asked once more, with the header.
func healthcheck(addresses []string, proxies []netip.Prefix, timeout time.Duration) error {
	until := time.Now().Add(timeout)
	silent, err := ask(addresses, proxies, until)
	if silent && len(proxies) == 0 {
		anyone := []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
		if _, again := ask(addresses, anyone, until); again == nil {
			return nil
		}
	}
	return err
}

// ask logs in to the server. The server is silent if it has said nothing at all.
func ask(addresses []string, proxies []netip.Prefix, until time.Time) (silent bool, err error) {
	conn, err := dialFirst(addresses, until)
	if err != nil {
		return false, fmt.Errorf("no server: %w", err)
	}
	address := conn.RemoteAddr().String()
	defer func() { err = errors.Join(err, ignoreClosed(conn.Close())) }()
	if err := conn.SetDeadline(until); err != nil {
		return false, err
	}
	if fromOneOf(proxies, conn.LocalAddr()) {
		header := proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
		if _, err := header.WriteTo(conn); err != nil {
			return false, fmt.Errorf("no PROXY header to %s: %w", address, err)
		}
	}
	heard := &firstWord{Conn: conn}
	c, chans, reqs, err := ssh.NewClientConn(heard, address, &ssh.ClientConfig{
		User: guestName,
		// The question is whether a server answers, not which: no secret is sent.
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // see above
	})
	if err != nil {
		return heard.nothing, fmt.Errorf("no SSH handshake with %s: %w", address, err)
	}
	client := ssh.NewClient(c, chans, reqs)
	session, err := client.NewSession()
	if err != nil {
		return false, fmt.Errorf("no session on %s: %w", address, err)
	}
	_ = session.Close()
	return false, ignoreClosed(client.Close())
}

// dialFirst connects to the first address that takes a connection. The error is that
// of the first.
func dialFirst(addresses []string, until time.Time) (conn net.Conn, err error) {
	dialer := net.Dialer{Deadline: until}
	for _, address := range addresses {
		c, failed := dialer.Dial("tcp", address)
		if failed == nil {
			return c, nil
		}
		if err == nil {
			err = failed
		}
	}
	return nil, err
}

// fromOneOf reports whether a connection's own end is in one of the ranges.
func fromOneOf(ranges []netip.Prefix, local net.Addr) bool {
	addr, err := netip.ParseAddrPort(local.String())
	return err == nil && slices.ContainsFunc(ranges, func(r netip.Prefix) bool {
		return r.Contains(addr.Addr().Unmap().WithZone(""))
	})
}

// firstWord is a connection that records whether its peer has closed it without sending anything.
type firstWord struct {
	net.Conn
	asked, nothing bool
}

func (f *firstWord) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if !f.asked {
		f.asked, f.nothing = true, n == 0 && err != nil && !os.IsTimeout(err)
	}
	return n, err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
