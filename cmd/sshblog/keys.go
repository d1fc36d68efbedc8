package main

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
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
	var host string
	var port uint16
	s := defaultSettings()
	all := pflag.NewFlagSet("keys", pflag.ContinueOnError)
	s.flags(all)
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Print what readers can know the server by",
		Long: `keys prints the host keys' fingerprints, their lines for known_hosts, and their
SSHFP records for DNS (RFC 4255, with SHA-256), for the name and the port that
readers connect to. It finds the keys where "sshblog serve" does, by flag,
environment or file, and never makes one.`,
		Example: `# for a server that readers reach as "ssh blog.example.com"
sshblog keys --host blog.example.com --port 22`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := complete(all, os.Environ()); err != nil {
				return err
			}
			name, at, err := reachedAt(host, port, s.Listen)
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
	// Of serve's settings those that say where the keys are. The others may
	// stand in the same file and environment.
	cmd.Flags().AddFlag(all.Lookup("config"))
	cmd.Flags().AddFlag(all.Lookup("hostkeys"))
	cmd.Flags().StringVar(&host, "host", "", "`name` that readers connect to (default: this machine's)")
	cmd.Flags().Uint16Var(&port, "port", 0, "`port` that readers connect to (default: the one of the setting listen)")
	return cmd
}

// reachedAt completes and checks the name and the port that readers connect
// to.
func reachedAt(host string, port uint16, listen string) (string, uint16, error) {
	if host == "" {
		name, err := os.Hostname()
		if err != nil {
			return "", 0, fmt.Errorf("this machine does not tell its name (%w): give it with --host", err)
		}
		host = name
	}
	host = strings.TrimSuffix(host, ".")
	if _, err := netip.ParseAddr(host); err != nil && !isHostName(host) {
		return "", 0, fmt.Errorf("--host %q is no host name: want one such as blog.example.com, in the form that DNS has it", host)
	}
	if port == 0 {
		_, text, err := net.SplitHostPort(listen)
		if err != nil {
			return "", 0, fmt.Errorf("setting listen: %w", err)
		}
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return "", 0, errors.New("the setting listen leaves the port open: give it with --port")
		}
		port = uint16(n)
	}
	return host, port, nil
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
