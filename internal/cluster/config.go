package cluster

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Config says where NATS is, and how a server is known there.
type Config struct {
	// URLs are the addresses of its servers: nats://HOST:PORT, or tls:// where TLS is a must.
	URLs []string
	// Name begins the names of all that is kept there, so that several blogs may share a NATS cluster.
	// Empty is "sshblog".
	Name string
	// Credentials is a file with the server's identity: NATS' own format (.creds), the seed of an nkey, or
	// USER:PASSWORD. "" is none.
	Credentials string
	// CA is a file with the certificates (PEM) that vouch for NATS; "" is the system's.
	CA string
	// Certificate and Key are files (PEM) with what the server shows to NATS, both or none.
	Certificate, Key string
	// Logger gets the connections, and what is wrong with streams.
	Logger *slog.Logger
}

func (c Config) orDefault() Config {
	if c.Name == "" {
		c.Name = "sshblog"
	}
	c.Logger = discard(c.Logger)
	return c
}

func (c Config) servers() string { return strings.Join(c.URLs, ",") }

// ParseURL reads an address of NATS. The error says what is expected.
func ParseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return "", errors.New("want addresses of NATS, as in nats://nats-1.example.com:4222")
	case u.Scheme != "nats" && u.Scheme != "tls":
		return "", errors.New("want an address that begins with nats:// or tls://, as in nats://nats-1.example.com:4222")
	case u.User != nil:
		return "", errors.New("an address has no password, which other users of the machine could see: put it into a file, and name that as cluster-credentials")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("want nothing behind the port, as in nats://nats-1.example.com:4222")
	}
	port := u.Port()
	if port == "" {
		port = "4222"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errors.New("the port must be a number from 1 to 65535, as in nats://nats-1.example.com:4222")
	}
	return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), port), nil
}

// ParseName reads the name that begins those of streams and subjects.
func ParseName(text string) (string, error) {
	if text == "" || len(text) > 40 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", errors.New("want 1 to 40 characters of a-z, 0-9 and -, as in my-blog")
	}
	return text, nil
}

// Check returns what is wrong with the files, as Open does, without connecting.
func (c Config) Check() error {
	_, err := c.orDefault().options()
	return err
}

// How the connection is watched and renewed. A NATS server that vanishes is noticed within
// pingInterval*(maxPings+1), and then tried often enough that a server is up to date a second after the network
// is back: TCP by itself would retry ever more rarely.
const (
	connectTime   = 800 * time.Millisecond
	reconnectWait = 100 * time.Millisecond
	jitter        = 50 * time.Millisecond
	pingInterval  = time.Second
	maxPings      = 3
	writeTime     = 2 * time.Second
)

// options are those of the client.
func (c Config) options() ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name(c.Name), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(jitter, jitter),
		nats.Timeout(connectTime), nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(maxPings), nats.IgnoreAuthErrorAbort(),
		nats.FlusherTimeout(writeTime), // of a write to a server that takes nothing any more: everything waits for it
		nats.ReconnectBufSize(-1),      // nothing is queued: callers know what is still worth sending
		nats.CustomInboxPrefix(c.inbox()),
	}
	login, err := c.login()
	if err != nil {
		return nil, err
	}
	secure, err := c.tls()
	if err != nil {
		return nil, err
	}
	if secure != nil {
		options = append(options, nats.Secure(secure))
	}
	return append(options, login...), nil
}

// inbox is the prefix of the subjects of replies. With a permission for these alone, no other user of the
// account can read them.
func (c Config) inbox() string { return "_INBOX_" + c.Name }

// login returns the server's identity. The file is read again for each connection.
func (c Config) login() ([]nats.Option, error) {
	if c.Credentials == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Credentials)
	if err != nil {
		return nil, fmt.Errorf("setting cluster-credentials: %w", err)
	}
	text = bytes.TrimSpace(text)
	switch {
	case bytes.Contains(text, []byte("BEGIN NATS USER JWT")):
		return []nats.Option{nats.UserCredentials(c.Credentials)}, nil
	case bytes.HasPrefix(text, []byte("SU")) && !bytes.ContainsAny(text, " :\n"):
		option, err := nats.NkeyOptionFromSeed(c.Credentials)
		if err != nil {
			return nil, fmt.Errorf("setting cluster-credentials: %s has no seed of an nkey: make one with nk -gen user", c.Credentials)
		}
		return []nats.Option{option}, nil
	case bytes.Count(text, []byte("\n")) == 0 && bytes.Contains(text, []byte(":")):
		return []nats.Option{nats.UserInfoHandler(func() (user, password string) {
			text, err := os.ReadFile(c.Credentials)
			if err != nil {
				return "", "" // which NATS refuses
			}
			user, password, _ = strings.Cut(strings.TrimSpace(string(text)), ":")
			return user, password
		})}, nil
	}
	return nil, fmt.Errorf("setting cluster-credentials: want credentials of NATS (.creds), the seed of an nkey, or USER:PASSWORD in one line, and %s is none of these", c.Credentials)
}

// tls is how the servers of NATS are known, or nil where nothing is set: then addresses decide.
func (c Config) tls() (*tls.Config, error) {
	if (c.Certificate == "") != (c.Key == "") {
		return nil, errors.New("setting cluster-certificate: a certificate needs its key, and a key its certificate; set cluster-key, too")
	}
	if c.CA == "" && c.Certificate == "" {
		return nil, nil //nolint:nilnil // documented
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("setting cluster-ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("setting cluster-ca: %s has no certificate in PEM", c.CA)
		}
	}
	if c.Certificate != "" {
		if _, err := tls.LoadX509KeyPair(c.Certificate, c.Key); err != nil {
			return nil, fmt.Errorf("setting cluster-certificate: %w", err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { // one that was renewed, too
			pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
			return &pair, err
		}
	}
	return config, nil
}
