package main

import (
	"io"
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
