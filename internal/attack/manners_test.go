//go:build linux

package attack

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

func (c *churn) quit(nc net.Conn) error {
	client, channel, err := c.sit(nc)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(channel, "\x03"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, channel)
	return errors.Join(err, client.Close())
}

func (c *churn) closeChannel(nc net.Conn) error {
	client, channel, err := c.sit(nc)
	if err != nil {
		return err
	}
	if err := channel.Close(); err != nil {
		return err
	}
	// When this is answered the program has heard of that.
	_, _, err = client.SendRequest("keepalive@openssh.com", true, nil)
	return errors.Join(err, client.Close())
}

func (c *churn) closeOneOfTwo(nc net.Conn) error {
	client, channel, err := c.sit(nc)
	if err != nil {
		return err
	}
	other, err := c.open(client)
	if err != nil {
		return err
	}
	return errors.Join(other.Close(), channel.CloseWrite(), client.Close())
}

func (c *churn) endInput(nc net.Conn) error {
	client, channel, err := c.sit(nc)
	if err != nil {
		return err
	}
	if err := channel.CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, channel)
	return errors.Join(err, client.Close())
}

func (c *churn) closeConn(nc net.Conn) error {
	if _, _, err := c.sit(nc); err != nil {
		return err
	}
	return nc.Close()
}

func (c *churn) reset(nc net.Conn) error {
	if _, _, err := c.sit(nc); err != nil {
		return err
	}
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return nc.Close()
}

func (c *churn) halfClose(nc net.Conn) error {
	if _, _, err := c.sit(nc); err != nil {
		return err
	}
	c.afterwards(func() { _ = nc.Close() })
	if tcp, ok := nc.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

func (c *churn) command(nc net.Conn) error {
	client, err := c.p.login(nc)
	if err != nil {
		return err
	}
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	err = session.Run("no-such-command")
	if errors.As(err, new(*ssh.ExitError)) {
		err = nil
	}
	return errors.Join(err, client.Close())
}

// freeze stops to answer, with the connection open.
func (c *churn) freeze(nc net.Conn) error {
	still := &earplugs{Conn: nc, out: make(chan struct{})}
	if _, _, err := c.sit(still); err != nil {
		return err
	}
	still.in.Store(true)
	c.afterwards(func() { close(still.out); _ = nc.Close() })
	return nil
}

// neverRead has one post after another told, in lines, and takes nothing of it.
func (c *churn) neverRead(nc net.Conn) error {
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	deaf := &earplugs{Conn: nc, out: make(chan struct{})}
	client, err := c.p.login(deaf)
	if err != nil {
		return err
	}
	channel, requests, err := client.OpenChannel("session", nil)
	if err != nil {
		return err
	}
	go ssh.DiscardRequests(requests)
	if _, err := channel.SendRequest("exec", true, ssh.Marshal(text{"plain"})); err != nil {
		return err
	}
	deaf.in.Store(true)
	go func() {
		_, _ = io.WriteString(channel, strings.Repeat("1\n\n", 1000))
	}()
	c.afterwards(func() { close(deaf.out); _ = nc.Close() })
	return nil
}

func (c *churn) silent(nc net.Conn) error {
	c.afterwards(func() { _ = nc.Close() })
	return nil
}

// midLogin leaves when it has seen the host key.
func (c *churn) midLogin(nc net.Conn) error {
	_, _, _, err := ssh.NewClientConn(nc, "", &ssh.ClientConfig{
		HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return nc.Close() },
	})
	return err
}

func (c *churn) garbage(nc net.Conn) error {
	_, err := io.WriteString(nc, "GET / HTTP/1.1\r\nHost: blog\r\n\r\n")
	return errors.Join(err, nc.Close())
}

// afterwards does something when the program must have ended the connection
// long since: the silent then free what they hold on this side.
func (c *churn) afterwards(f func()) {
	time.AfterFunc(8*time.Second, f)
}
