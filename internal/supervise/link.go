package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Share is the memory, in bytes, that a predecessor may still take.
type Share struct {
	Bytes    int64 `json:"bytes"`    // all of it
	Sessions int64 `json:"sessions"` // of that, by its sessions' accounts
}

// ready is what a successor says.
type ready struct {
	Ready bool `json:"ready"`
}

// firstShare is how long a successor waits for its first share. It is there already.
const firstShare = 10 * time.Second

// Predecessor is the process that has started this one to take its place.
type Predecessor struct {
	// First is the share that it had at the start.
	First Share

	conn   net.Conn
	shares *json.Decoder
}

// newPredecessor reads the first share from the file with a number.
func newPredecessor(number string) (*Predecessor, error) {
	fd, err := strconv.ParseUint(number, 10, 16)
	if err != nil || fd < firstFile {
		return nil, fmt.Errorf("%s=%q is no number of a connection; only an upgrade sets it", linkVariable, number)
	}
	file := os.NewFile(uintptr(fd), "predecessor")
	conn, err := net.FileConn(file)
	_ = file.Close() // the connection has its own
	if err != nil {
		return nil, fmt.Errorf("%s=%d: %w", linkVariable, fd, err)
	}
	p := &Predecessor{conn: conn, shares: json.NewDecoder(conn)}
	_ = conn.SetReadDeadline(time.Now().Add(firstShare))
	if err := p.shares.Decode(&p.First); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("the server before this one says nothing: %w", err)
	}
	_ = conn.SetReadDeadline(time.Time{})
	return p, nil
}

// Ready says that this process serves: the predecessor accepts no connections any more.
func (p *Predecessor) Ready() error { return json.NewEncoder(p.conn).Encode(ready{true}) }

// Follow calls use with each further share, until the predecessor has ended; then with none.
func (p *Predecessor) Follow(use func(Share)) {
	defer func() { _ = p.conn.Close() }()
	for {
		var share Share
		if p.shares.Decode(&share) != nil {
			use(Share{})
			return
		}
		use(share)
	}
}

// Successor is a process that has been started to take the place of this one.
type Successor struct {
	PID int

	conn  net.Conn
	ended chan struct{} // closed once it has
	state string        // how it has
}

// AwaitReady waits until the successor is ready. The error says how it has ended instead, or
// that it was not ready before the context ended.
func (s *Successor) AwaitReady(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetReadDeadline(time.Now()) }) //nolint:forbidigo // one of an upgrade
	defer stop()
	var answer ready
	err := json.NewDecoder(s.conn).Decode(&answer)
	switch {
	case err == nil && answer.Ready:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("process %d is not ready in time", s.PID)
	}
	select {
	case <-s.ended:
		return fmt.Errorf("process %d has ended: %s; its lines in the log say why", s.PID, s.state)
	case <-ctx.Done():
		return errors.New("its connection is gone")
	}
}

// Keep tells the successor what this process may still take.
func (s *Successor) Keep(share Share) error { return json.NewEncoder(s.conn).Encode(share) }
