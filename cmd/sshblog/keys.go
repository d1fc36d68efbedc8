package main

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/sshblog/sshblog/internal/sshd"
)

func keysCommand() *cobra.Command {
	var port uint16
	var s *settings
	var all *pflag.FlagSet
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Print what readers can know the server by",
		Long: `keys prints the host keys' fingerprints, their lines for known_hosts, and their
SSHFP records for DNS (RFC 4255, with SHA-256), for the name and the port that
readers connect to: the setting host, else this machine's name. It finds the
keys where "sshblog serve" does, by flag, environment or file, and never makes
one.`,
		Example: `# for a server that readers reach as "ssh blog.example.com"
sshblog keys --host blog.example.com`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := complete(all, os.Environ()); err != nil {
				return err
			}
			name, at, err := reachedAt(s.Host, port, s.Listen[0])
			if err != nil {
				return err
			}
			keys, err := sshd.LoadHostKeys(s.HostKeys, sshd.RequireHostKeys)
			if err != nil {
				return fmt.Errorf("setting hostkeys: %w", err)
			}
			return printKeys(cmd.OutOrStdout(), name, at, keys)
		},
	}
	s, all = withSettings(cmd, "config", "hostkeys", "host") // where the keys and the readers are
	cmd.Flags().Uint16Var(&port, "port", 0, "`port` that readers connect to (default: that of host, else 22; without host that of listen)")
	return cmd
}

// reachedAt returns the name and the port that readers connect to, from the
// settings host and listen, and from a port that wins over both.
func reachedAt(host string, port uint16, listen string) (string, uint16, error) {
	host, number := hostAndPort(host) // as for links to posts
	if host == "" {
		name, err := os.Hostname()
		if err != nil {
			return "", 0, fmt.Errorf("this machine does not tell its name (%w): give it with --host", err)
		}
		host = name
		if _, number, err = net.SplitHostPort(listen); err != nil {
			return "", 0, fmt.Errorf("setting listen: %w", err)
		}
	}
	host = strings.TrimSuffix(host, ".")
	if _, err := netip.ParseAddr(host); err != nil && !isHostName(host) {
		return "", 0, fmt.Errorf("host %q is no host name: want one such as blog.example.com, in the form that DNS has it", host)
	}
	if port != 0 {
		return host, port, nil
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("port %q is none that readers can connect to: give it with --port", number)
	}
	return host, uint16(n), nil
}

// isHostName reports whether a name can stand in known_hosts and in DNS
// without being taken for something else (RFC 1123 §2.1, and the underscore
// that some have).
func isHostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.ContainsFunc(label, func(r rune) bool {
				return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
			}) {
			return false
		}
	}
	return true
}

// printKeys writes the three forms in which a key is published.
func printKeys(w io.Writer, host string, port uint16, keys []sshd.HostKey) error {
	var b strings.Builder
	fmt.Fprintln(&b, "# Fingerprints, as ssh shows them to who connects for the first time")
	for _, k := range keys {
		public := k.Signer.PublicKey()
		fmt.Fprintf(&b, "%d %s %s (%s)\n", bits(public), k.Fingerprint(), filepath.Base(k.Path), family(public))
	}
	fmt.Fprintln(&b, "\n# Lines for known_hosts")
	address := net.JoinHostPort(host, strconv.Itoa(int(port)))
	for _, k := range keys {
		fmt.Fprintln(&b, knownhosts.Line([]string{knownhosts.Normalize(address)}, k.Signer.PublicKey()))
	}
	if _, err := netip.ParseAddr(host); err != nil { // an address has no records of its own
		fmt.Fprintln(&b, "\n# SSHFP records, for a zone that is signed with DNSSEC")
		for _, k := range keys {
			if record, ok := sshfp(host, k.Signer.PublicKey()); ok {
				fmt.Fprintln(&b, record)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sshfp returns a key's record for DNS (RFC 4255 §3.1): the number of its
// algorithm, 2 for SHA-256 (RFC 6594 §4.1), and the digest. Algorithms are 1
// for RSA (RFC 4255), 3 for ECDSA (RFC 6594), 4 for Ed25519 (RFC 7479). The
// older SHA-1 is left out: a client that knows both must ignore it.
//
// A name with a dot ends in one: a zone file would add its own name otherwise.
func sshfp(host string, key ssh.PublicKey) (record string, ok bool) {
	algorithm := map[string]int{"RSA": 1, "ECDSA": 3, "ED25519": 4}[family(key)]
	if strings.Contains(host, ".") {
		host += "."
	}
	return fmt.Sprintf("%s IN SSHFP %d 2 %x", host, algorithm, sha256.Sum256(key.Marshal())), algorithm != 0
}

// family is the kind of a key as ssh-keygen names it.
func family(key ssh.PublicKey) string {
	switch key.Type() {
	case ssh.KeyAlgoED25519:
		return "ED25519"
	case ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521:
		return "ECDSA"
	case ssh.KeyAlgoRSA:
		return "RSA"
	}
	return key.Type()
}

// bits is the length of a key as ssh-keygen counts it.
func bits(key ssh.PublicKey) int {
	if k, ok := key.(ssh.CryptoPublicKey); ok {
		switch k := k.CryptoPublicKey().(type) {
		case *rsa.PublicKey:
			return k.N.BitLen()
		case *ecdsa.PublicKey:
			return k.Curve.Params().BitSize
		}
	}
	return 256 // Ed25519
}
