package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// connect makes the connection of a reader and waits for its first screen,
// which is timed from due.
func (l *loader) connect(ctx context.Context, reader int, a activity, due time.Time) (*session, error) {
	nc, err := l.dialer.dial(ctx, reader)
	if err != nil {
		return nil, err
	}
	s := &session{
		activity: a, script: scriptOf(a, reader, &l.set), expect: []byte(l.set.Expect),
		tally: &l.tally, nc: nc, closed: make(chan struct{}), over: make(chan struct{}),
	}
	// Whatever a server does not do: the end of ctx ends it.
	stop := context.AfterFunc(ctx, s.leave)
	if err := l.enter(ctx, s, due); err != nil {
		stop()
		s.leave()
		return nil, err
	}
	return s, nil
}

// enter logs a reader in and opens its session. Since x/crypto/ssh waits for ever,
// the connection has a deadline for the login, and one for what leads to a shell.
func (l *loader) enter(ctx context.Context, s *session, due time.Time) error {
	var deadline time.Time
	hurry := func() {
		deadline = time.Now().Add(l.set.Patience)
		_ = s.nc.SetDeadline(deadline) // it has one
	}
	failed := func(what string, err error) error {
		if !time.Now().Before(deadline) {
			err = fmt.Errorf("no answer in %v", l.set.Patience)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	hurry()
	conn, chans, requests, err := ssh.NewClientConn(s.nc, l.dialer.to.String(), &ssh.ClientConfig{
		User: l.set.User,
		// A server that asks for keys (identify) lets those in who have none, without a question.
		Auth: []ssh.AuthMethod{ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return make([]string, len(questions)), nil
		})},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // nothing secret is sent
	})
	if err != nil {
		return failed("logging in", err)
	}
	hurry()
	channel, channelRequests, err := conn.OpenChannel("session", nil)
	if err != nil {
		return failed("opening a session", err)
	}
	s.channel = channel
	go s.answer(chans, requests, channelRequests)
	if l.follows(s.activity) {
		s.check = newWitness(&l.set)
	}
	first := s.ask(key{kind: arrive}, due, true)
	go s.receive()
	if err := s.open(&l.set); err != nil {
		return failed("asking for a shell", err)
	}
	_ = s.nc.SetDeadline(time.Time{})
	if err := s.await(ctx, first, l.set.Patience); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened = true
	return s.err // it may be over already
}

// follows reports whether one more session gets a witness. Those that press no
// keys show nothing to a witness, and get one only if all are idle.
func (l *loader) follows(a activity) bool {
	return (a != idle || l.allIdle) && l.witnesses.Add(-1) >= 0
}

// answer refuses all that a server asks of a client, until the connection is
// over: whoever does not answer holds the connection up.
func (s *session) answer(chans <-chan ssh.NewChannel, requests, ofChannel <-chan *ssh.Request) {
	for chans != nil || requests != nil || ofChannel != nil {
		select {
		case c, ok := <-chans:
			if !ok {
				chans = nil
				continue
			}
			_ = c.Reject(ssh.Prohibited, "this is a reader")
		case r, ok := <-requests:
			if !ok {
				requests = nil
				continue
			}
			_ = r.Reply(false, nil)
		case r, ok := <-ofChannel:
			if !ok {
				ofChannel = nil
				close(s.closed)
				continue
			}
			if r.Type == "exit-status" && len(r.Payload) == 4 { // RFC 4254 §6.10
				s.status = binary.BigEndian.Uint32(r.Payload)
			}
			_ = r.Reply(false, nil)
		}
	}
}
