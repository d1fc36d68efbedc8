package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// commandReport is what was measured of clients that each run one command and leave.
type commandReport struct {
	Command  string `json:"command"`
	Sent     int    `json:"sent"`
	Failed   int64  `json:"failed"`
	Problem  string `json:"problem,omitempty"`   // the last
	Login    spread `json:"login"`               // from when the connection was due until the client is logged in
	Answered spread `json:"answered"`            // until the command has ended
	Slower   string `json:"answered_over_login"` // at the 99th percentile
}

// runCommands starts a command so many times a second, each on a connection of its own, on a
// schedule that does not wait for answers.
func (l *loader) runCommands(ctx context.Context, stdout io.Writer) error {
	var login, answered histogram
	var failed atomic.Int64
	var problem atomic.Pointer[string]
	var all sync.WaitGroup
	due, sent := time.Now(), 0
	for end := due.Add(l.set.Duration); due.Before(end) && ctx.Err() == nil; sent++ {
		time.Sleep(time.Until(due))
		n, due1 := sent, due
		all.Go(func() {
			if err := l.runCommand(ctx, n, due1, &login, &answered); err != nil {
				failed.Add(1)
				text := err.Error()
				problem.Store(&text)
			}
		})
		due = due.Add(time.Duration(float64(time.Second) / l.set.Rate))
	}
	all.Wait()
	r := commandReport{Command: l.set.Command, Sent: sent, Failed: failed.Load(), Login: login.spread(), Answered: answered.spread()}
	if text := problem.Load(); text != nil {
		r.Problem = *text
	}
	if r.Login.P99 > 0 {
		r.Slower = fmt.Sprintf("%.2f", r.Answered.P99/r.Login.P99)
	}
	e := json.NewEncoder(stdout)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	if r.Failed > 0 {
		return errors.New("not every command was answered")
	}
	return nil
}

// runCommand runs one. Its answer has to be some text, and its exit status 0.
func (l *loader) runCommand(ctx context.Context, n int, due time.Time, login, answered *histogram) error {
	nc, err := l.dialer.dial(ctx, n*l.dialer.each) // each from a source of its own
	if err != nil {
		return err
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(l.set.Patience)) // it has one
	conn, chans, requests, err := ssh.NewClientConn(nc, l.dialer.to.String(), &ssh.ClientConfig{
		User:            l.set.User,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // nothing secret is sent
	})
	if err != nil {
		return fmt.Errorf("logging in: %w", err)
	}
	login.add(time.Since(due))
	client := ssh.NewClient(conn, chans, requests)
	session, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("opening a session: %w", err)
	}
	var out, told bytes.Buffer
	session.Stdout, session.Stderr = &out, &told
	if err := session.Run(l.set.Command); err != nil {
		return fmt.Errorf("%w: %s", err, told.String())
	}
	if out.Len() == 0 {
		return errors.New("the command printed nothing")
	}
	answered.add(time.Since(due))
	return nil
}
