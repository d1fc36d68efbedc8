//go:build linux

package attack

import (
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// OpenSSH's ControlMaster closes a window's channel and keeps the connection
// for the next. wish's Bubble Tea middleware reads the channel of window sizes
// without asking whether it is closed, so every window that is closed like this
// leaves a loop that spins for ever: two of them, and a machine with two cores
// serves nobody any more.
//
// Here the session ends with its channel, and uses nothing after.
func TestClosedWindows(t *testing.T) {
	const windows = 8
	p := start(t)
	p.withstands(func(s *siege) {
		for _, client := range s.clients(source) {
			s.reads(client) // it keeps the connection
			for range windows {
				closeWindow(s, client)
			}
		}
		p.logged(fullNumber*windows, "session ended", "remote=127.10.")
	})

	// Once more, with nobody else there: what is left does not even think.
	s := &siege{T: t, p: p}
	defer s.lift()
	for i := range fullNumber {
		client := s.client(source(100 + i))
		s.reads(client)
		closeWindow(s, client)
	}
	p.logged(fullNumber*(windows+1), "session ended", "remote=127.10.")
	const watch = 500 * time.Millisecond
	least := watch
	for n := 0; n < 5 && least > watch/5; n++ { // there may be something to do right after the end
		before := p.cpu()
		time.Sleep(watch) // the measure itself: one loop would use all of this time
		least = min(least, p.cpu()-before)
	}
	if least > watch/5 {
		t.Errorf("%s of CPU in each %s after the windows were closed", least, watch)
	}
}

// closeWindow opens a window and closes it as soon as there is something in it.
func closeWindow(s *siege, client *ssh.Client) {
	s.Helper()
	var channel ssh.Channel
	s.p.eventually(patience(), func() bool { // what was closed before may still count
		opened, requests, err := client.OpenChannel("session", nil)
		if err != nil {
			return false
		}
		go ssh.DiscardRequests(requests)
		channel = opened
		return true
	}, "no window can be opened")
	s.ask(channel, "pty-req", ptyRequest{Term: "xterm", Columns: 80, Rows: 24})
	s.ask(channel, "shell", nil)
	s.sees(channel, firstFrame)
	_ = channel.Close()
}
