package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Share is the memory, in bytes, that a process which has a successor may still take.
type Share struct {
	Bytes    int64 `json:"bytes"`    // all of it
	Sessions int64 `json:"sessions"` // of that, by its sessions' accounts
}

func (s Share) plus(other Share) Share {
	return Share{s.Bytes + other.Bytes, s.Sessions + other.Sessions}
}

// first is the first message of a predecessor: its share, and those of the processes before
// it that still have readers, in the order of their connections.
type first struct {
	Share

	Before []Share `json:"before"`
}

// ready is a message of a successor: that it is ready, or why it will not be, and later that it was told to
// stop.
type ready struct {
	Ready    bool   `json:"ready"`
	Error    string `json:"error,omitempty"`
	Stopping bool   `json:"stopping,omitempty"`
}

// maxReason is the most of a reason that is passed on, in bytes.
const maxReason = 2 << 10

// firstPatience is how long a successor waits for the first message. It is there already.
const firstPatience = 10 * time.Second

// maxPredecessors is how many processes may serve readers besides the one that lets them in.
const maxPredecessors = 16

// Predecessors are the processes whose place this one takes: the one that has started it, and those before that
// one which still have readers. Each has a connection, which is passed on from successor to successor, and over
// which it reports its share. While two processes have the same connection, either may get a message; the next
// one says the same or less.
type Predecessors struct {
	mu  sync.Mutex
	all []*predecessor //ledger:counted maxPredecessors at most; the latest first
}

type predecessor struct {
	conn     *net.UnixConn
	messages *json.Decoder
	share    Share
}

// newPredecessors returns those whose connections are files with numbers, joined by commas.
func newPredecessors(numbers string) (*Predecessors, error) {
	p := &Predecessors{}
	if err := p.open(numbers); err != nil {
		for _, one := range p.all {
			_ = one.conn.Close()
		}
		return nil, fmt.Errorf("%s=%q, which only an upgrade sets: %w", linkVariable, numbers, err)
	}
	return p, nil
}

// open opens the connections and reads the first message.
func (p *Predecessors) open(numbers string) error {
	for number := range strings.SplitSeq(numbers, ",") {
		fd, err := strconv.ParseUint(number, 10, 16)
		if err != nil || fd < firstFile || len(p.all) == maxPredecessors {
			return errors.New("these are no connections")
		}
		file := os.NewFile(uintptr(fd), "predecessor")
		conn, err := net.FileConn(file)
		_ = file.Close() // the connection has its own
		if err != nil {
			return err
		}
		unix, ok := conn.(*net.UnixConn)
		if !ok {
			_ = conn.Close()
			return errors.New("these are other connections")
		}
		p.all = append(p.all, &predecessor{conn: unix, messages: json.NewDecoder(unix)})
	}
	var said first
	latest := p.all[0]
	_ = latest.conn.SetReadDeadline(time.Now().Add(firstPatience))
	if err := latest.messages.Decode(&said); err != nil {
		return fmt.Errorf("the process says nothing: %w", err)
	}
	_ = latest.conn.SetReadDeadline(time.Time{})
	if len(said.Before) != len(p.all)-1 {
		return fmt.Errorf("the process speaks of %d others", len(said.Before))
	}
	for i, one := range p.all {
		one.share = append([]Share{said.Share}, said.Before...)[i]
	}
	return nil
}

// Share returns what they may still take together.
func (p *Predecessors) Share() (sum Share) {
	if p == nil {
		return sum
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.all {
		sum = sum.plus(one.share)
	}
	return sum
}

// Ready reports to the predecessor that this process serves. The predecessor then stops accepting connections.
func (p *Predecessors) Ready() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return json.NewEncoder(p.all[0].conn).Encode(ready{Ready: true})
}

// Fail reports to the predecessor why this process does not take its place. It is for processes that end before
// they are ready; without a predecessor or a reason it does nothing.
func (p *Predecessors) Fail(why error) {
	if p == nil || why == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == 0 {
		return
	}
	text := why.Error()
	text = strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
	_ = json.NewEncoder(p.all[0].conn).Encode(ready{Error: text}) // the log has it, too
}

// Stopping reports, to all of them, that this process was told to stop, and has no successor.
func (p *Predecessors) Stopping() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.all {
		_ = one.conn.SetWriteDeadline(time.Now().Add(notifyTimeout)) // it reads this after our end
		_ = json.NewEncoder(one.conn).Encode(ready{Stopping: true})  // it may have ended
	}
}

// Follow calls changed whenever their share has shrunk, until all have ended.
func (p *Predecessors) Follow(changed func()) {
	var following sync.WaitGroup
	p.mu.Lock()
	for _, one := range p.all {
		following.Go(func() { p.follow(one, changed) }) //nolint:forbidigo // maxPredecessors at most
	}
	p.mu.Unlock()
	following.Wait()
}

func (p *Predecessors) follow(one *predecessor, changed func()) {
	for {
		var share Share
		err := one.messages.Decode(&share)
		if _, torn := errors.AsType[*json.SyntaxError](err); torn {
			one.messages = json.NewDecoder(one.conn)
			continue
		}
		p.mu.Lock()
		if one.share = share; err != nil { // it has ended
			one.share = Share{}
			p.all = slices.DeleteFunc(p.all, func(p *predecessor) bool { return p == one })
			_ = one.conn.Close()
		}
		p.mu.Unlock()
		changed()
		if err != nil {
			return
		}
	}
}

// each calls pass with the connection of each that has not ended, and returns their shares.
func (p *Predecessors) each(pass func(*net.UnixConn) error) (shares []Share, err error) {
	if p == nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) >= maxPredecessors {
		return nil, fmt.Errorf("%d processes before this one still serve readers; wait, or stop the oldest", len(p.all))
	}
	for _, one := range p.all {
		if err := pass(one.conn); err != nil {
			return nil, err
		}
		shares = append(shares, one.share)
	}
	return shares, nil
}

// Successor is a process that has been started to take the place of this one.
type Successor struct {
	PID int

	conn  net.Conn
	says  *json.Decoder // what it says there
	ended chan struct{} // closed once it has
	state string        // how it has
	well  bool          // its status was 0
}

// AwaitReady waits until the successor is ready. The error says how it has ended instead, or
// that it was not ready before the context ended.
func (s *Successor) AwaitReady(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetReadDeadline(time.Now()) }) //nolint:forbidigo // one of an upgrade
	defer stop()
	var answer ready
	err := s.says.Decode(&answer)
	switch {
	case err == nil && answer.Ready:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("process %d is not ready in time", s.PID)
	}
	why := "; its lines in the log say why"
	if err == nil && answer.Error != "" {
		why = ": " + answer.Error
	}
	select {
	case <-s.ended:
		return fmt.Errorf("process %d has ended: %s%s", s.PID, s.state, why)
	case <-ctx.Done():
		return fmt.Errorf("process %d has closed its connection", s.PID)
	}
}

// Ended is closed once the successor has ended, which it does in order if another has taken its
// place.
func (s *Successor) Ended() <-chan struct{} { return s.ended }

// Failed returns how a successor has ended if that was not in order.
func (s *Successor) Failed() error {
	if s.well {
		return nil
	}
	return fmt.Errorf("the successor, process %d, has ended: %s", s.PID, s.state)
}

// Stopped reports, once Keep has failed, whether the last process that had the connection was told
// to stop.
func (s *Successor) Stopped() bool {
	var last ready
	_ = s.conn.SetReadDeadline(time.Now().Add(firstPatience)) // all ends but ours are closed
	for err := error(nil); err == nil && !last.Stopping; {
		err = s.says.Decode(&last)
	}
	return last.Stopping
}

// Keep sends the successor, or the process that has taken its place since, this process's share.
func (s *Successor) Keep(share Share) error { return json.NewEncoder(s.conn).Encode(share) }
