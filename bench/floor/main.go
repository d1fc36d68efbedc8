// Command floor is the least that a server can do which is read with ssh: it
// holds a channel, writes one screen of text, and answers each key with a small
// write. What it costs is the price of x/crypto/ssh itself, which nobody who
// stands on that can go below.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:2222", "`address` to serve at")
	flag.Parse()
	_, _ = fmt.Fprintln(os.Stderr, "floor:", serve(*listen))
	os.Exit(1) //nolint:forbidigo // this is main
}

// serve serves until something fails.
func serve(addr string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return err
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go hold(conn, config)
	}
}

// hold serves a connection.
func hold(nc net.Conn, config *ssh.ServerConfig) {
	conn, channels, requests, err := ssh.NewServerConn(nc, config)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go take(channel, requests)
	}
}

// take takes a channel's requests, and answers its keys once there is a shell.
func take(channel ssh.Channel, requests <-chan *ssh.Request) {
	rows := 24
	for r := range requests {
		_ = r.Reply(true, nil)
		switch r.Type {
		case "pty-req":
			rows = height(r.Payload, rows)
		case "shell":
			go answer(channel, screen(rows))
		}
	}
}

// height reads the rows of a terminal (RFC 4254 §6.2).
func height(payload []byte, otherwise int) int {
	var pty struct {
		Term          string
		Columns, Rows uint32
		Rest          []byte `ssh:"rest"`
	}
	if ssh.Unmarshal(payload, &pty) != nil || pty.Rows == 0 || pty.Rows > 200 {
		return otherwise
	}
	return int(pty.Rows)
}

// screen is a screen of text, of as many bytes as a list of posts takes. What
// the load generator looks for in a list and in a post stands in it.
func screen(rows int) string {
	lines := []string{"FLOOR. It begins here."}
	for len(lines) < rows {
		lines = append(lines, strings.Repeat("lorem ipsum ", 6))
	}
	return "\x1b[2J\x1b[H" + strings.Join(lines, "\r\n")
}

// answer writes the screen, and for each key a number into its last row: about
// as many bytes as a shell's echo.
func answer(channel ssh.Channel, text string) {
	defer func() { _ = channel.Close() }()
	if _, err := io.WriteString(channel, text); err != nil {
		return
	}
	buf := make([]byte, 256)
	for keys := uint32(0); ; {
		n, err := channel.Read(buf)
		if err != nil || buf[n-1] == 0x03 {
			return
		}
		keys += uint32(n) //nolint:gosec // at most 256
		if _, err := fmt.Fprintf(channel, "\r%08x", keys); err != nil {
			return
		}
	}
}
