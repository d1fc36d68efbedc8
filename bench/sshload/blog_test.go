package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// blog is the least that looks like one: a list and long posts, repainted with
// every key. Its faults are what a load generator has to notice.
type blog struct {
	t      *testing.T
	addr   string
	config *ssh.ServerConfig
	fault  fault

	mu       sync.Mutex
	conns    []net.Conn
	sources  map[string]int
	readers  []ssh.Channel
	arrivals int
	pressed  int
	places   map[string]int // where readers are in the post, by their keys
}

// delay is by how much slow and tardy blogs are late: more than the patience of the test with
// a tardy one, which is long enough for a login on a busy machine.
const delay = 2500 * time.Millisecond

// fault is what is wrong with a blog.
type fault int

const (
	healthy   fault = iota
	mute            // no key is answered
	stuck           // every key is answered by the same screen
	foreign         // the first screen is another program's
	rude            // sessions end with the third key
	refusing        // there is no shell
	silent          // the handshake never ends
	deaf            // no session is opened, nor refused
	shy             // whether there is a shell is not said
	full            // keys are not read
	slow            // the screen comes well after the first byte of an answer
	tardy           // the first key is answered late, the others at once
	sick            // sessions end with an exit status
	remembers       // none: readers are known by their keys, and continue where they were
	forgets         // they do not continue there
)

func serve(t *testing.T, f fault) *blog {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b := &blog{t: t, fault: f, config: &ssh.ServerConfig{NoClientAuth: f != remembers}, sources: make(map[string]int), places: make(map[string]int)}
	b.config.PublicKeyCallback = func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		return &ssh.Permissions{Extensions: map[string]string{"key": ssh.FingerprintSHA256(key)}}, nil
	}
	b.config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = listener.Addr().String()
	t.Cleanup(func() {
		_ = listener.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.conns {
			_ = c.Close()
		}
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.conns = append(b.conns, conn)
			b.sources[conn.RemoteAddr().(*net.TCPAddr).IP.String()]++
			b.arrivals++
			b.mu.Unlock()
			if b.fault != silent {
				go b.handle(conn)
			}
		}
	}()
	return b
}

func (b *blog) handle(nc net.Conn) {
	conn, channels, requests, err := ssh.NewServerConn(nc, b.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if b.fault == deaf {
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				if r.Type == "exec" {
					_ = r.Reply(true, nil)
					go b.answer(channel)
					continue
				}
				ok := r.Type != "shell" || b.fault != refusing
				if r.Type != "shell" || b.fault != shy {
					_ = r.Reply(ok, nil)
				}
				if r.Type == "shell" && ok {
					who := ""
					if conn.Permissions != nil {
						who = conn.Permissions.Extensions["key"]
					}
					go b.read(channel, who)
				}
			}
		}()
	}
}

// answer answers a command: with nothing if the blog is mute, and with an exit status if it is sick.
func (b *blog) answer(channel ssh.Channel) {
	status := []byte{0, 0, 0, 0}
	switch b.fault {
	case mute:
	case sick:
		_, _ = io.WriteString(channel.Stderr(), "sshblog: not today")
		status[3] = 1
	default:
		_, _ = io.WriteString(channel, "2026-01-02\tone\tOne\n")
	}
	_, _ = channel.SendRequest("exit-status", false, status)
	_ = channel.Close()
}

// read is one reader's session.
func (b *blog) read(channel ssh.Channel, who string) {
	defer func() { _ = channel.Close() }()
	b.mu.Lock()
	b.readers = append(b.readers, channel)
	b.mu.Unlock()
	if b.fault == foreign {
		_, _ = io.WriteString(channel, "login: ")
	} else {
		b.paint(channel, "list", 0)
	}
	place, at, count := "list", 0, 0
	buf := make([]byte, 1024)
	for b.fault != full || b.never() {
		n, err := channel.Read(buf)
		if err != nil {
			return
		}
		for _, key := range buf[:n] {
			count++
			if key == 0x03 {
				if b.fault == sick {
					_, _ = channel.SendRequest("exit-status", false, []byte{0, 0, 0, 3})
				}
				return
			}
			place, at = follow(place, at, key)
			if b.fault == remembers && key == 'C' {
				place, at = "post", b.placeOf(who)
			}
		}
		b.mu.Lock()
		if place == "post" {
			b.places[who] = at
		}
		b.pressed += n
		b.mu.Unlock()
		switch {
		case b.fault == slow:
			_, _ = io.WriteString(channel, "\a")
			time.Sleep(delay)
			b.paint(channel, place, at)
		case b.fault == tardy && count == 1:
			time.Sleep(delay)
			b.paint(channel, place, at)
		case b.fault == mute:
		case b.fault == rude && count >= 3:
			_, _ = io.WriteString(channel.Stderr(), "no more reading today\r\n")
			return
		case b.fault == stuck:
			b.paint(channel, "list", 0)
		default:
			b.paint(channel, place, at)
		}
	}
}

func (b *blog) placeOf(who string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.places[who]
}

// cut ends all connections.
func (b *blog) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		_ = c.Close()
	}
}

// follow is what a key does.
func follow(place string, at int, key byte) (string, int) {
	switch key {
	case '\r':
		return "post", 0
	case 0x7f, 0x1b:
		return "list", 0
	case '/':
		return "search", 0
	case 'k', 'b', 'h':
		return place, at - 1
	default:
		return place, at + 1
	}
}

func (b *blog) paint(w io.Writer, place string, at int) {
	head := "PAGE 1"
	if place != "list" {
		head = "a " + place
	}
	_, _ = io.WriteString(w, "\x1b[2J\x1b[H"+head+fmt.Sprintf("\r\nline %d of a %s\r\n", at, place))
	if b.fault == remembers || b.fault == forgets {
		_, _ = fmt.Fprintf(w, "paragraph %d\r\nparagraph %d\r\n", at, at+1)
	}
}

// tell writes to all readers, as a reload does.
func (b *blog) tell(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.readers {
		// In two pieces, as a network may bring it.
		_, _ = io.WriteString(r, "\r\n"+text[:len(text)/2])
		_, _ = io.WriteString(r, text[len(text)/2:])
	}
}

// never waits until the test is over.
func (b *blog) never() bool {
	<-b.t.Context().Done()
	return false
}

// seen returns how many connections there were and from how many addresses.
func (b *blog) seen() (connections, addresses int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.arrivals, len(b.sources)
}

// busy reports whether all six of a load have come.
func (b *blog) busy() bool {
	connections, _ := b.seen()
	return connections == 6
}

// keys returns how many keys have been read.
func (b *blog) keys() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pressed
}

// told reports whether an error or a text says something.
func told(text, want string) bool { return strings.Contains(text, want) }
