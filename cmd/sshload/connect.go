package main

import (
	"context"
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
	_ = nc.SetDeadline(time.Now().Add(l.set.Patience)) // it has one
	conn, chans, requests, err := ssh.NewClientConn(nc, l.dialer.to.String(), &ssh.ClientConfig{
		User:            l.set.User,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // nothing secret is sent
	})
	if err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("logging in: %w", err)
	}
	s := &session{
		activity: a, script: scriptOf(a, reader, &l.set), expect: []byte(l.set.Expect),
		tally: &l.tally, conn: conn, over: make(chan struct{}),
	}
	_ = nc.SetDeadline(time.Time{})
	channel, channelRequests, err := conn.OpenChannel("session", nil)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("opening a session: %w", err)
	}
	s.channel = channel
	go answer(chans, requests, channelRequests)
	if l.witnesses.Add(-1) >= 0 {
		s.check = newWitness(&l.set)
	}
	if err := s.open(ctx, &l.set, due); err != nil {
		s.leave()
		return nil, err
	}
	return s, nil
}

// answer refuses all that a server asks of a client, until the connection is
// over: whoever does not answer holds the connection up.
func answer(chans <-chan ssh.NewChannel, requests, ofChannel <-chan *ssh.Request) {
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
				continue
			}
			_ = r.Reply(false, nil)
		}
	}
}
