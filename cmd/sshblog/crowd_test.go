package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// situation is where a session of a crowd is, and how it gets there. What there is to
// see has to come as a whole: of a line that changes only what differs is sent.
type situation struct {
	name          string
	width, height int
	command       string // "" is a shell
	steps         []step
	// deaf tells that the client then takes no more, has much drawn, and goes on
	// pressing keys.
	deaf bool
	// taken is how many KiB a session may then have taken beside sshd.SessionCost: what
	// was measured, in the comment, and about a tenth or a step more.
	taken float64
}

type step struct {
	keys string
	sees string // "" waits for nothing
}

// marker is where the posts of a crowd begin and what their titles have.
const marker = "begins here"

// situations are those in which a session holds most of each thing.
func situations() []situation {
	const find, pages, help = "/e\r", "\x1b[6~", "\x1bOP"
	first := step{"", marker}
	follow := strings.Repeat("\t\r", 2000)
	var hops []step
	for range 12 {
		hops = append(hops, step{"\x1b[H\t\r", marker})
	}
	return []situation{
		{"the list", 80, 24, "", []step{{"", "PAGE 1"}}, false, 0},
		{"an article in 200x50", 200, 50, "read middling", []step{first}, false, 16},                  // 0
		{"an article in the largest window", 500, 200, "read middling", []step{first}, false, 48},     // 32
		{"help over an article", 500, 200, "read middling", []step{first, {"?", "Menus"}}, false, 48}, // 32
		{"a search with results", 500, 200, "", []step{
			{"", "PAGE 1"}, {"/word", "RESULT 1"}, {strings.Repeat(pages, 40) + help, "Menus"},
		}, false, 64}, // 48
		{"a history within a post", 200, 50, "read middling", []step{first, {follow, ""}, {"?", "a page down"}}, false, 80}, // 63
		{"a history over posts", 200, 50, "read there", append([]step{first}, hops...), false, 16},                          // 0
		{"matches, a history and a menu", 500, 200, "read greedy", []step{
			first, {find, "/5000+"}, {follow, ""}, {"y?", "Menus"},
		}, false, 540}, // 490
		{"a client that takes nothing, with a history", 500, 70, "read middling", []step{
			first, {follow, ""}, {"?", "a page down"}, {"?", "Section"},
		}, true, 144}, // 128
		{"a client that takes nothing, with matches", 500, 200, "read middling", []step{first, {find, "/5000+"}}, true, 550}, // 502
	}
}

// crowdMain is a process of clients, so that what they hold is not counted as the
// server's. Its arguments are the server's address, how many clients there are, and
// the name of their situation. One comes after the other; when all are there it says
// so, and it leaves when its input ends.
func crowdMain() {
	addr, name := os.Args[1], os.Args[3]
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	var wg sync.WaitGroup
	for _, s := range situations() {
		if s.name != name {
			continue
		}
		for i := range n {
			goOn, err := s.begin(addr)
			if err != nil {
				_, _ = fmt.Fprintf(os.Stdout, "client %d: %v\n", i, err)
				return
			}
			wg.Go(goOn)
		}
	}
	wg.Wait()
	_, _ = fmt.Fprintln(os.Stdout, "all are there")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// begin opens a session and brings it into its situation. What it does then does not
// keep the next from coming.
func (s *situation) begin(addr string) (goOn func(), err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	if s.deaf {
		if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			return nil, err
		}
	}
	ears := &ears{Conn: conn, deaf: make(chan struct{})}
	c, chans, requests, err := ssh.NewClientConn(ears, addr, &ssh.ClientConfig{User: "reader", HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		return nil, err
	}
	session, err := ssh.NewClient(c, chans, requests).NewSession()
	if err != nil {
		return nil, err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return nil, err
	}
	in, err := session.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := session.RequestPty("xterm-256color", s.height, s.width, nil); err != nil {
		return nil, err
	}
	if s.command == "" {
		err = session.Shell()
	} else {
		err = session.Start(s.command)
	}
	if err != nil {
		return nil, err
	}
	shown := make(chan string)
	go func() {
		defer close(shown)
		buf := make([]byte, 32<<10)
		for {
			n, err := out.Read(buf)
			if err != nil {
				return
			}
			shown <- string(buf[:n])
		}
	}()
	for _, step := range s.steps {
		if _, err := io.WriteString(in, step.keys); err != nil {
			return nil, err
		}
		if err := awaitText(shown, step.sees); err != nil {
			return nil, err
		}
	}
	if !s.deaf {
		return func() {
			go func() {
				for range shown {
				}
			}()
		}, nil
	}
	close(ears.deaf)
	return func() {
		for i := range 40 { // to the end and back, in bursts that take the large buffer
			_, _ = io.WriteString(in, strings.Repeat([]string{"G", "g"}[i%2], 600))
			time.Sleep(40 * time.Millisecond) // so that each is a frame
		}
		for range 1000 {
			_, _ = io.WriteString(in, "j")
		}
	}, nil
}

// awaitText waits until a text has been shown.
func awaitText(shown <-chan string, text string) error {
	timeout := time.After(patience)
	seen := ""
	for !strings.Contains(seen, text) {
		select {
		case more, ok := <-shown:
			if !ok {
				return fmt.Errorf("the session has ended, and %q was not shown: %q", text, seen)
			}
			seen += more
		case <-timeout:
			return fmt.Errorf("%q was not shown: %q", text, seen)
		}
	}
	return nil
}

// ears are a connection whose client may stop to take what comes.
type ears struct {
	net.Conn
	deaf chan struct{}
}

func (e *ears) Read(p []byte) (int, error) {
	select {
	case <-e.deaf:
		select {} // until the process ends
	default:
		return e.Conn.Read(p)
	}
}
