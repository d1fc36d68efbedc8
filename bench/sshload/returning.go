package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/x/vt"
	"golang.org/x/crypto/ssh"
)

// returnReport is what became of readers who come back, each with a key of its own, when they are cut off.
type returnReport struct {
	Readers  int64  `json:"readers"`
	Settled  int64  `json:"settled"`           // are at their places
	CutOff   int64  `json:"cut_off"`           // how often one was
	Back     int64  `json:"back"`              // and came back to its line
	Older    int64  `json:"back_behind"`       // of those, to one where it was in the seconds before
	Lost     int64  `json:"lost_places"`       // or elsewhere
	Away     int64  `json:"not_back"`          // or not at all
	Refused  int64  `json:"refused_connects"`  // connects that have failed
	Moved    int64  `json:"moves"`             // lines that readers have gone on or back
	Returned spread `json:"cut_off_to_place"`  // until it saw the line again
	Problem  string `json:"problem,omitempty"` // the last
}

// returning are such readers.
type returning struct {
	*loader
	settled, cut, back, older, lost, away, refused, moved atomic.Int64

	returned histogram
	problem  atomic.Pointer[string]
	ready    sync.WaitGroup
}

// runReturning has readers go to places in posts and stay there for the duration, which begins when all have been there
// for as long as settle; with move they go on and back a line from time to time. Those who are cut off come back.
func (l *loader) runReturning(ctx context.Context, stdout, stderr io.Writer) error {
	r := &returning{loader: l}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	turns := make(chan struct{}, l.set.Parallel)
	var all sync.WaitGroup
	r.ready.Add(l.set.Sessions)
	for i := range l.set.Sessions {
		all.Go(func() { r.reader(ctx, i, turns) })
	}
	r.ready.Wait()
	_ = wait(ctx, time.Now().Add(l.set.Settle)) // the end of ctx ends the rest, too
	_, _ = fmt.Fprintf(stderr, "all are at their places\n")
	all.Go(func() { r.tellNews(ctx, stderr) })
	_ = wait(ctx, time.Now().Add(l.set.Duration))
	cancel()
	all.Wait()
	report := r.report()
	e := json.NewEncoder(stdout)
	e.SetIndent("", "  ")
	if err := e.Encode(report); err != nil {
		return err
	}
	if report.Settled < report.Readers || report.Lost+report.Away > 0 {
		return errors.New("not every reader is at its place")
	}
	return nil
}

// report is what has become of them by now.
func (r *returning) report() returnReport {
	report := returnReport{
		Readers: int64(r.set.Sessions), Settled: r.settled.Load(), CutOff: r.cut.Load(), Back: r.back.Load(), Older: r.older.Load(), Lost: r.lost.Load(),
		Away: r.away.Load(), Refused: r.refused.Load(), Moved: r.moved.Load(), Returned: r.returned.spread(),
	}
	if text := r.problem.Load(); text != nil {
		report.Problem = *text
	}
	return report
}

func (r *returning) tell(err error) {
	text := err.Error()
	r.problem.Store(&text)
}

// signerOf makes a reader's key, the same one each time from the same seed.
func signerOf(seed string, n int) (ssh.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if seed != "" {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", seed, n))
		key = ed25519.NewKeyFromSeed(sum[:])
	}
	return ssh.NewSignerFromKey(key)
}

// reader goes to its place, and back to it whenever it is cut off.
func (r *returning) reader(ctx context.Context, n int, turns chan struct{}) {
	signer, err := signerOf(r.set.Seed, n)
	turns <- struct{}{}
	var v *visit
	if err == nil {
		v, err = r.visit(ctx, n, signer)
	}
	place := ""
	if err == nil {
		place, err = v.settle(ctx, n, &r.set)
	}
	<-turns
	if err != nil {
		r.tell(fmt.Errorf("reader %d does not come to its place: %w", n, err))
		r.ready.Done()
		return
	}
	r.settled.Add(1)
	r.ready.Done()
	been := newTrail(place)
	for {
		var next <-chan time.Time
		if r.set.Move > 0 {
			next = time.After(r.set.Move)
		}
		select {
		case <-ctx.Done():
			v.leave()
			return
		case <-next:
			v.move(ctx, been)
			r.moved.Add(1)
			continue
		case <-v.over:
		}
		r.cut.Add(1)
		since := time.Now()
		if v, err = r.comeBack(ctx, n, signer); err != nil {
			if ctx.Err() == nil {
				r.away.Add(1)
				r.tell(fmt.Errorf("reader %d does not come back: %w", n, err))
			}
			return
		}
		older := false
		is, err := v.resume(ctx, func(line string) (it bool) { it, older = been.is(line, since); return it }, r.set.Patience)
		if err != nil {
			r.lost.Add(1)
			r.tell(fmt.Errorf("reader %d was at %q, and is at %q: %w", n, been.at(), is, err))
			been = newTrail(is)
			continue
		}
		if been = newTrail(is); older {
			r.older.Add(1)
		}
		r.back.Add(1)
		r.returned.add(time.Since(since))
	}
}

// comeBack connects again, and tries for as long as patience.
func (r *returning) comeBack(ctx context.Context, n int, signer ssh.Signer) (v *visit, err error) {
	for until := time.Now().Add(r.set.Patience); time.Now().Before(until); {
		if v, err = r.visit(ctx, n, signer); err == nil {
			return v, nil
		}
		r.refused.Add(1)
		r.tell(err)
		if wait(ctx, time.Now().Add(time.Second)) != nil { // as somebody who connects again by hand
			break
		}
	}
	return nil, err
}

// visit is a session on an emulator.
type visit struct {
	client *ssh.Client
	in     io.Writer
	over   chan struct{}

	mu     sync.Mutex
	screen *vt.Emulator
	full   bool // the session has had the screen to itself
}

// visit connects, and waits for the list.
func (r *returning) visit(ctx context.Context, n int, signer ssh.Signer) (*visit, error) {
	nc, err := r.dialer.dial(ctx, n)
	if err != nil {
		return nil, err
	}
	_ = nc.SetDeadline(time.Now().Add(r.set.Patience)) // it has one
	conn, chans, requests, err := ssh.NewClientConn(nc, r.dialer.to.String(), &ssh.ClientConfig{
		User: r.set.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // nothing secret is sent
	})
	if err != nil {
		_ = nc.Close() // nothing was sent
		return nil, fmt.Errorf("logging in: %w", err)
	}
	v := &visit{client: ssh.NewClient(conn, chans, requests), over: make(chan struct{}), screen: vt.NewEmulator(r.set.Size.Width, r.set.Size.Height)}
	go func() { _, _ = io.Copy(io.Discard, v.screen) }() // its answers; the server waits for none
	if err := v.open(&r.set); err != nil {
		v.leave()
		return nil, err
	}
	_ = nc.SetDeadline(time.Time{})
	if err := v.until(ctx, r.set.Patience, func(text string) bool { return strings.Contains(text, r.set.Expect) }); err != nil {
		v.leave()
		return nil, fmt.Errorf("waiting for the list: %w", err)
	}
	return v, nil
}

func (v *visit) open(s *settings) error {
	session, err := v.client.NewSession()
	if err != nil {
		return fmt.Errorf("opening a session: %w", err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return err
	}
	if v.in, err = session.StdinPipe(); err != nil {
		return err
	}
	if err := errors.Join(session.RequestPty(s.Term, s.Size.Height, s.Size.Width, nil), session.Shell()); err != nil {
		return fmt.Errorf("asking for a shell: %w", err)
	}
	go func() {
		defer close(v.over)
		defer v.leave()
		buf := make([]byte, 16<<10)
		for {
			n, err := out.Read(buf)
			v.mu.Lock()
			_, _ = v.screen.Write(buf[:n])
			v.full = v.full || v.screen.IsAltScreen()
			v.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return nil
}

// leave ends the connection.
func (v *visit) leave() {
	_ = v.client.Close() // what is said is said
	if c, ok := v.screen.InputPipe().(io.Closer); ok {
		_ = c.Close()
	}
}

func (v *visit) text() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.screen.String()
}

// until waits until the screen is so.
func (v *visit) until(ctx context.Context, patience time.Duration, so func(text string) bool) error {
	const look = 20 * time.Millisecond
	for until := time.Now().Add(patience); !so(v.text()); {
		if time.Now().After(until) {
			return fmt.Errorf("not in %v", patience)
		}
		if err := wait(ctx, time.Now().Add(look)); err != nil {
			return err
		}
	}
	return nil
}

// press sends a key, and waits until the screen is another.
func (v *visit) press(ctx context.Context, s *settings, key string) error {
	before := v.text()
	if _, err := io.WriteString(v.in, key); err != nil {
		return err
	}
	return v.until(ctx, s.Patience, func(text string) bool { return text != before })
}

// settle goes to a place in a post, which differs from reader to reader, and returns the line there.
func (v *visit) settle(ctx context.Context, n int, s *settings) (string, error) {
	keys := strings.Repeat("j", n%s.Posts) + "\r" + strings.Repeat(" ", 1+n/s.Posts%4) + strings.Repeat("j", n%7)
	for _, key := range keys {
		if err := v.press(ctx, s, string(key)); err != nil {
			return "", fmt.Errorf("after %q: %w", key, err)
		}
	}
	_ = wait(ctx, time.Now().Add(min(s.Settle, time.Second))) // the screen comes to rest
	line := place(v.text())
	if line == "" {
		return "", errors.New("there is no text to come back to")
	}
	return line, nil
}

// resume goes on with the post read last, and waits until it is at a line that is right.
func (v *visit) resume(ctx context.Context, right func(line string) bool, patience time.Duration) (is string, err error) {
	again := min(patience, time.Second)
	for until := time.Now().Add(patience); time.Now().Before(until); { // the marks may come a moment after the first screen
		if _, err := io.WriteString(v.in, "C"); err != nil {
			return place(v.text()), err
		}
		if err = v.until(ctx, again, func(text string) bool { is = place(text); return right(is) }); err == nil {
			return is, nil
		}
	}
	return place(v.text()), err
}
