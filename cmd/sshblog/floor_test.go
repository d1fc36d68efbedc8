package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
)

// floorMain is the least that an SSH server can do: it holds a channel and
// answers every byte with a line. What it costs is the price of SSH itself,
// against which the blog is measured.
func floorMain() {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		panic(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_, _ = fmt.Fprintf(os.Stdout, "Serving nothing. Read it with: ssh -p %s localhost\n", port)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go floorServe(conn, config)
	}
}

func floorServe(conn net.Conn, config *ssh.ServerConfig) {
	_, chans, reqs, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(reqs)
	for newChannel := range chans {
		channel, requests, err := newChannel.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(true, nil)
				if r.Type == "shell" {
					go floorEcho(channel)
				}
			}
		}()
	}
}

func floorEcho(channel ssh.Channel) {
	_, _ = channel.Write([]byte("PAGE 1\r\n"))
	buf := make([]byte, 256)
	for {
		if _, err := channel.Read(buf); err != nil {
			return
		}
		if _, err := channel.Write([]byte("a line\r\n")); err != nil {
			return
		}
	}
}
