package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
)

func healthcheckCommand() *cobra.Command {
	address := "127.0.0.1:2222"
	timeout := 5 * time.Second
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Tell whether a server answers with a whole SSH handshake",
		Long: `healthcheck connects as a reader does, logs in and opens a session. It exits
with 0 if that works. Without --address it asks the server that SSHBLOG_LISTEN
describes, on this host.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if listen := os.Getenv(envName("listen")); listen != "" && !cmd.Flags().Changed("address") {
				address = localAddress(listen)
			}
			return healthcheck(address, timeout)
		},
	}
	cmd.Flags().StringVar(&address, "address", address, "`address` of the server")
	cmd.Flags().DurationVar(&timeout, "timeout", timeout, "how `long` all of it may take")
	return cmd
}

// localAddress is where a server that listens at address is reached from its
// own host.
func localAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// healthcheck logs in to the server at address and opens a session channel.
func healthcheck(address string, timeout time.Duration) (err error) {
	conn, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return fmt.Errorf("no server: %w", err)
	}
	defer func() { err = errors.Join(err, ignoreClosed(conn.Close())) }()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	c, chans, reqs, err := ssh.NewClientConn(conn, address, &ssh.ClientConfig{
		User: "healthcheck",
		// The question is whether someone answers, not who: no secret is told.
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // see above
	})
	if err != nil {
		return fmt.Errorf("no SSH handshake with %s: %w", address, err)
	}
	client := ssh.NewClient(c, chans, reqs)
	session, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("no session on %s: %w", address, err)
	}
	_ = session.Close()
	return ignoreClosed(client.Close())
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
