// Command firstframe measures what remembering readers adds to the first frame: from the client's request for a
// shell to the last row of the list, over SSH, with the real server.
//
//	go build -o sshblog ./cmd/sshblog && cd bench && go run ./firstframe [-keys 100] [-rounds 10] ../sshblog POSTS
//
// It starts two servers on 127.0.0.1 over one folder of posts: one that remembers, one with remember-readers: off. Each
// key reads a post first, so that the first knows it. Then it comes again and again, in turns as one that is
// known, with --private, and to the other server. Logging in is not counted.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
)

func main() {
	keys := flag.Int("keys", 100, "readers")
	rounds := flag.Int("rounds", 10, "how often each comes in each of the ways")
	flag.Parse()
	if flag.NArg() != 2 || *keys < 1 || *keys > maxKeys || *rounds < 1 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: firstframe [-keys number] [-rounds number] sshblog posts")
		os.Exit(2) //nolint:forbidigo // this is main
	}
	if err := measure(flag.Arg(0), flag.Arg(1), *keys, *rounds); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "firstframe: "+err.Error())
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// maxKeys is how many readers there are at most, each of an address of its own.
const maxKeys = 250

// patience is how long anything may take.
const patience = 20 * time.Second

// way is one way to come.
type way struct {
	name    string
	command string // "" asks for a shell
	addr    string
	took    []time.Duration
	known   int // frames that have greeted the reader
}

func measure(program, posts string, n, rounds int) (err error) {
	dir, err := os.MkdirTemp("", "firstframe-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	remembers, err := serve(ctx, program, posts, dir, "remembers")
	if err != nil {
		return err
	}
	defer remembers.stop()
	off, err := serve(ctx, program, posts, dir, "off", "--remember-readers", "off", "--identify", "on")
	if err != nil {
		return err
	}
	defer off.stop()
	readers := make([]ssh.Signer, n)
	for i := range readers {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return err
		}
		if readers[i], err = ssh.NewSignerFromKey(private); err != nil {
			return err
		}
		for _, addr := range []string{remembers.addr, off.addr} {
			if _, _, err := visit(addr, i, readers[i], "", true); err != nil {
				return err
			}
		}
	}
	ways := []*way{{name: "known", addr: remembers.addr}, {name: "--private", addr: remembers.addr, command: "--private"}, {name: "remember-readers: off", addr: off.addr}}
	for range rounds {
		for _, i := range rand.Perm(n) { //nolint:gosec // an order
			for _, k := range rand.Perm(len(ways)) { //nolint:gosec // the same
				took, known, err := visit(ways[k].addr, i, readers[i], ways[k].command, false)
				if err != nil {
					return err
				}
				ways[k].took = append(ways[k].took, took)
				if known {
					ways[k].known++
				}
			}
		}
	}
	for _, w := range ways {
		slices.Sort(w.took)
		at := func(part float64) string {
			return fmt.Sprintf("%.2f ms", float64(w.took[min(int(part*float64(len(w.took))), len(w.took)-1)].Microseconds())/1000)
		}
		_, _ = fmt.Fprintf(os.Stdout, "%-22s %5d first frames: median %s, 90%% %s, 99%% %s; %d greet the reader\n", w.name, len(w.took), at(0.5), at(0.9), at(0.99), w.known)
	}
	return nil
}

// server is a process.
type server struct {
	addr string
	stop func()
}

var listening = regexp.MustCompile(`addr(?:ess)?="?(127\.0\.0\.1:\d+)`)

// serve starts a server.
func serve(ctx context.Context, program, posts, dir, name string, more ...string) (s server, err error) {
	state := filepath.Join(dir, name)
	if err := os.Mkdir(state, 0o700); err != nil {
		return s, err
	}
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--posts", posts, "--hostkeys", filepath.Join(dir, name+"-keys"), "--state", state, "--exempt", "127.0.0.0/8"}, more...)
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // whoever runs this names it
	log, err := cmd.StderrPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	s.stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it is over either way
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if found := listening.FindSubmatch(lines.Bytes()); found != nil {
			s.addr = string(found[1])
			go func() { // it must not wait for its log's reader
				for lines.Scan() {
				}
			}()
			return s, nil
		}
	}
	s.stop()
	return s, fmt.Errorf("%s does not say where it listens", program)
}

// visit returns how long the first frame takes, and whether it says when the reader was here last. With reads, a post is opened and left.
func visit(addr string, i int, key ssh.Signer, command string, reads bool) (took time.Duration, known bool, err error) {
	// Of one address not everybody is remembered.
	dialer := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(i))}} //nolint:gosec // below maxKeys
	nc, err := dialer.Dial("tcp", addr)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(patience)) // it has one
	conn, chans, requests, err := ssh.NewClientConn(nc, addr, &ssh.ClientConfig{
		User: "reader", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // nothing secret is sent
	})
	if err != nil {
		return 0, false, err
	}
	client := ssh.NewClient(conn, chans, requests)
	defer func() { _ = client.Close() }()
	session, err := client.NewSession()
	if err != nil {
		return 0, false, err
	}
	in, err := session.StdinPipe()
	if err != nil {
		return 0, false, err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return 0, false, err
	}
	if err := session.RequestPty("xterm-256color", 24, 80, ssh.TerminalModes{}); err != nil {
		return 0, false, err
	}
	var first, seen []byte
	sees := func(text string) error {
		var some [32 << 10]byte
		for !bytes.Contains(seen, []byte(text)) {
			n, err := out.Read(some[:])
			if seen = append(seen, some[:n]...); err != nil && n == 0 {
				return fmt.Errorf("%q is not shown: %w", text, err)
			}
		}
		first, seen = seen, nil
		return nil
	}
	began := time.Now()
	if command == "" {
		err = session.Shell()
	} else {
		err = session.Start(command)
	}
	if err == nil {
		err = sees("PAGE")
	}
	if took = time.Since(began); err != nil || !reads {
		return took, bytes.Contains(first, []byte("your last visit")), err
	}
	if _, err := in.Write([]byte("\r")); err != nil {
		return 0, false, err
	}
	if err := sees("%"); err != nil {
		return 0, false, err
	}
	if _, err := in.Write([]byte("qq")); err != nil {
		return 0, false, err
	}
	_ = session.Wait() // it leaves
	return took, false, nil
}
