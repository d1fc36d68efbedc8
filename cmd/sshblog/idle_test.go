package main

import (
	"io"
	"math"
	"runtime"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// BenchmarkIdleSessions tells what a session costs that only stands there, by
// the side of the floor: a server that holds the channel and no more.
//
//	go test -run '^$' -bench IdleSessions -benchtime 1x ./cmd/sshblog
func BenchmarkIdleSessions(b *testing.B) {
	const sessions = 1000
	cost := func(s *server) (memory float64, cpu float64) {
		before := memoryOf(b, s.cmd.Process.Pid)
		var clients []*ssh.Client
		for range sessions {
			clients = append(clients, hold(b, s.port))
		}
		spent := cpuOf(b, s.cmd.Process.Pid)
		const watch = 5 * time.Second
		time.Sleep(watch) // the measure itself: what idling for so long costs
		cpu = float64(cpuOf(b, s.cmd.Process.Pid)-spent) / float64(watch)
		memory = float64(memoryOf(b, s.cmd.Process.Pid)-before) / sessions
		for _, c := range clients {
			_ = c.Close()
		}
		return memory, cpu
	}
	for b.Loop() {
		blog, blogCPU := cost(serveBlog(b, 41, "--exempt", "127.0.0.0/8"))
		floor, _ := cost(serveFloor(b))
		b.ReportMetric(blog/1024, "KiB/session")
		b.ReportMetric(floor/1024, "KiB/session-floor")
		b.ReportMetric(blog/floor, "memory/floor")
		b.ReportMetric(blogCPU*100, "%core-idle")
	}
}

// standing is what a process holds at rest; memory in bytes.
type standing struct{ goroutines, heap, stacks float64 }

func standingNow() standing {
	// What is kept for reuse goes with the second collection, and each halves the
	// stacks that have become too large.
	for range 5 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return standing{float64(runtime.NumGoroutine()), float64(m.HeapAlloc), float64(m.StackInuse)}
}

// since tells what each of n has added. Should goroutines of another test have
// ended meanwhile, they are fewer than half of n, and so are rounded away.
func (s standing) since(before standing, n float64) standing {
	return standing{
		goroutines: math.Round((s.goroutines - before.goroutines) / n),
		heap:       (s.heap - before.heap) / n,
		stacks:     (s.stacks - before.stacks) / n,
	}
}

// A reader at rest is the goroutine that waits for a key, and little more than a
// frame in memory.
func TestBudgetOfAReaderAtRest(t *testing.T) {
	if underRace {
		t.Skip("the race detector holds memory of its own")
	}
	const (
		readers        = 200
		wantGoroutines = 1
		maxHeap        = 6100 // 5571, of which the test's copy of the frame is 1792
	)
	s := newTestBlog(t)
	s.openSession(t, 80, 24) // the first makes what all share
	before := standingNow()
	for range readers {
		s.openSession(t, 80, 24)
	}
	got := standingNow().since(before, readers)
	t.Logf("%.0f goroutines and %.0f bytes a reader", got.goroutines, got.heap)
	if got.goroutines != wantGoroutines {
		t.Errorf("a reader at rest has %.0f goroutines, want %d", got.goroutines, wantGoroutines)
	}
	if got.heap > maxHeap {
		t.Errorf("a reader at rest holds %.0f bytes, at most %d are in the budget", got.heap, maxHeap)
	}
}

// The same with SSH and its client, which stand in one process here.
func TestBudgetOfASessionAtRest(t *testing.T) {
	if underRace {
		t.Skip("the race detector holds memory of its own")
	}
	const (
		sessions       = 100
		wantGoroutines = 17
		maxMemory      = 176 << 10 // 94 KiB of heap and 62 of stacks
	)
	s := serveInside(t, 3)
	come := func() *visitor {
		v := s.visit()
		v.sees("PAGE 1 / 1")
		return v
	}
	visitors := []*visitor{come()} // the first makes what all share
	before := standingNow()
	for range sessions {
		visitors = append(visitors, come())
	}
	got := standingNow().since(before, sessions)
	t.Logf("%.0f goroutines, %.0f bytes and %.0f of stacks a session", got.goroutines, got.heap, got.stacks)
	if got.goroutines != wantGoroutines {
		t.Errorf("a session at rest has %.0f goroutines with its client's, want %d", got.goroutines, wantGoroutines)
	}
	if got.heap+got.stacks > maxMemory {
		t.Errorf("a session at rest holds %.0f bytes and %.0f of stacks with its client's, at most %d are in the budget", got.heap, got.stacks, maxMemory)
	}
	for _, v := range visitors {
		v.leave()
	}
}

// serveFloor starts the floor.
func serveFloor(tb testing.TB) *server {
	tb.Helper()
	s := &server{t: tb}
	s.start("floor")
	return s
}

// hold opens a session with a terminal and waits for the first frame.
func hold(tb testing.TB, port string) *ssh.Client {
	tb.Helper()
	client, err := ssh.Dial("tcp", "127.0.0.1:"+port, &ssh.ClientConfig{User: "reader", HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		tb.Fatal(err)
	}
	session, err := client.NewSession()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := session.RequestPty("xterm-256color", 24, 80, nil); err != nil {
		tb.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		tb.Fatal(err)
	}
	buf := make([]byte, 4<<10)
	if _, err := out.Read(buf); err != nil {
		tb.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return client
}
