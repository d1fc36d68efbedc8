//go:build unix

package supervise

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestMain makes this test binary double as a successor.
func TestMain(m *testing.M) {
	if role := os.Getenv("SUCCESSOR"); role != "" {
		os.Exit(succeed(role)) //nolint:forbidigo // it is another process
	}
	m.Run()
}

// succeed is a process that takes another's place. Its status says what went wrong.
func succeed(role string) int {
	sockets, before, err := Inherit()
	if err != nil || before == nil || os.Getenv(countVariable) != "" || os.Getenv(linkVariable) != "" {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	if again, p, err := Inherit(); len(again) != 0 || p != nil || err != nil {
		return 4
	}
	switch role {
	case "fails":
		return 5
	case "says why":
		before.Fail(errors.New("the setting is wrong" + strings.Repeat("é", maxReason)))
		return 5
	case "hangs":
		time.Sleep(time.Minute)
	}
	if before.Ready() != nil {
		return 6
	}
	done := make(chan struct{})
	go func() {
		before.Follow(func() {})
		close(done)
	}()
	for {
		conn, err := sockets[0].Accept()
		if err != nil {
			return 7
		}
		_, _ = fmt.Fprintf(conn, "%d %s %d %+v\n", len(sockets), sockets[0].Name, len(before.all), before.Share())
		_ = conn.Close()
		if role == "once" {
			return 0
		}
		select {
		case <-done:
			return 0
		default:
		}
	}
}

// begin starts this binary as a successor with two sockets.
func begin(t *testing.T, role string, before *Predecessors) (s *Successor, address string) {
	t.Helper()
	t.Setenv("SUCCESSOR", role)
	var sockets []Socket
	for _, name := range []string{"first", "second"} {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		sockets = append(sockets, Socket{l, name})
	}
	s, err := Start(os.Args[0], os.Args, sockets, before, Share{Bytes: 10, Sessions: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s, sockets[0].Addr().String()
}

// says returns what a successor tells who connects.
func says(t *testing.T, address string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	p := make([]byte, 100)
	n, _ := conn.Read(p)
	return string(p[:n])
}

func TestSuccessor(t *testing.T) {
	s, address := begin(t, "serves", nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	if got := says(t, address); got != "2 first 1 {Bytes:10 Sessions:5}\n" {
		t.Errorf("at first: %q", got)
	}
	if err := s.Keep(Share{Bytes: 3, Sessions: 1}); err != nil {
		t.Fatal(err)
	}
	for want := "2 first 1 {Bytes:3 Sessions:1}\n"; says(t, address) != want && ctx.Err() == nil; {
	}
	// Another process takes over from it: it has the connection, too.
	s.Kill()
	if err := s.Keep(Share{}); err == nil {
		t.Error("nobody misses it")
	}
}

func TestSuccessorThatFails(t *testing.T) {
	s, _ := begin(t, "fails", nil)
	if err := s.AwaitReady(t.Context()); err == nil || !strings.HasSuffix(err.Error(), " has ended: exit status 5; its lines in the log say why") {
		t.Error(err)
	}
	s, _ = begin(t, "says why", nil)
	if err := s.AwaitReady(t.Context()); err == nil || !strings.Contains(err.Error(), " has ended: exit status 5: the setting is wrongéé") || len(err.Error()) > maxReason+100 || !utf8.ValidString(err.Error()) || strings.Contains(err.Error(), "\uFFFD") {
		t.Error(err)
	}
	s, _ = begin(t, "hangs", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AwaitReady(ctx); err == nil || !strings.HasSuffix(err.Error(), " is not ready in time") {
		t.Error(err)
	}
	if _, err := Start("/there/is/none", os.Args, nil, nil, Share{}); err == nil || !strings.HasPrefix(err.Error(), "start /there/is/none: ") {
		t.Error(err)
	}
}

// A process knows of those before the one that has started it.
func TestConnectionsArePassedOn(t *testing.T) {
	var all []*predecessor
	var ends []net.Conn
	for range 2 {
		ours, theirs, err := pair()
		if err != nil {
			t.Fatal(err)
		}
		file := os.NewFile(uintptr(theirs), "theirs")
		conn, err := net.FileConn(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &predecessor{conn: conn.(*net.UnixConn), share: Share{Bytes: 100, Sessions: 50}})
		ends = append(ends, ours)
	}
	s, address := begin(t, "serves", &Predecessors{all: all})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	if got := says(t, address); got != "2 first 3 {Bytes:210 Sessions:105}\n" {
		t.Errorf("%q", got)
	}
	for _, one := range all {
		_ = one.conn.Close() // as a process that has ended
	}
	_ = ends[0].Close()
	for want := "2 first 2 {Bytes:110 Sessions:55}\n"; says(t, address) != want && ctx.Err() == nil; {
	}
	if err := ctx.Err(); err != nil {
		t.Error("that one has ended is not noticed")
	}
	if _, err := Start(os.Args[0], os.Args, nil, &Predecessors{all: make([]*predecessor, maxPredecessors)}, Share{}); err == nil {
		t.Error("there may be any number")
	}
}

// Where the program is gone, the error says what to do.
func TestNoProgram(t *testing.T) {
	_, err := Start("/nowhere/sshblog", []string{"sshblog"}, nil, nil, Share{})
	const want = "start /nowhere/sshblog: no such file or directory: put a program there that this user may run, and ask again"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}
