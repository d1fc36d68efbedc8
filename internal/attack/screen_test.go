//go:build linux

package attack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// screen is a session on a wire, by itself on its connection.
type screen struct {
	*wire
	remote uint32 // the server's number of the channel
	grants bool   // whether what the server has written is granted to it again

	room    *sync.Cond
	window  int  // bytes that the server takes
	taken   int  // bytes that were read since some were granted again
	over    bool // nothing comes any more, or is to be written
	closed  chan struct{}
	written atomic.Int64 // bytes that the server has written
	recent  []byte       // the end of it
}

// opening is how a session is opened.
type opening struct {
	command string // instead of a shell
	// subsystem instead of either.
	subsystem string
	noTTY     bool
	dragged   bool   // not 80 columns wide, but each another number
	window    uint32 // bytes that the server may write in all, if bounded
	bounded   bool
	some      bool // every fourth is bounded
	deaf      bool // nothing is read once the program runs
}

// channelOpen is a CHANNEL_OPEN (RFC 4254 §5.1).
type channelOpen struct {
	Kind                 string `sshtype:"90"`
	Number, Window, Size uint32
}

// open opens a session on a wire and reads what comes. It returns when the
// session's program runs.
func (w *wire) open(o opening) (*screen, error) {
	columns := uint32(80)
	if o.dragged {
		columns = 30 + w.number%50
	}
	window := uint32(1 << 20)
	o.bounded = o.bounded || o.some && w.number%4 == 0
	if o.bounded {
		window = o.window
	}
	if err := w.send(ssh.Marshal(channelOpen{Kind: "session", Window: window, Size: 32 << 10})); err != nil {
		return nil, err
	}
	packet, err := w.expect(msgOpenConfirm)
	if err != nil {
		return nil, err
	}
	c := &screen{wire: w, grants: !o.bounded, room: sync.NewCond(new(sync.Mutex)), closed: make(chan struct{})}
	c.remote = binary.BigEndian.Uint32(packet[5:])
	c.window = int(binary.BigEndian.Uint32(packet[9:]))
	asked := 1
	if !o.noTTY {
		asked++
		if err := c.ask("pty-req", true, ssh.Marshal(ptyRequest{Term: "xterm-256color", Columns: columns, Rows: 24})); err != nil {
			return nil, err
		}
	}
	switch {
	case o.subsystem != "":
		err = c.ask("subsystem", true, ssh.Marshal(text{o.subsystem}))
	case o.command != "":
		err = c.ask("exec", true, ssh.Marshal(text{o.command}))
	default:
		err = c.ask("shell", true, nil)
	}
	for ; err == nil && asked > 0; asked-- {
		var packet []byte
		if packet, err = w.receive(); err == nil && packet[0] != msgChannelSuccess {
			switch packet[0] {
			case msgWindowAdjust, msgGlobalRequest:
				c.took(packet)
				asked++
			default:
				err = errors.New("the server answers a request with " + string(packet))
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if !o.deaf {
		go c.read()
	}
	return c, nil
}

func (c *screen) ask(name string, answer bool, payload []byte) error {
	return c.send(append(ssh.Marshal(struct {
		Remote uint32 `sshtype:"98"`
		Name   string
		Answer bool
	}{c.remote, name, answer}), payload...))
}

// read reads until the session ends.
func (c *screen) read() {
	defer func() {
		c.room.L.Lock()
		c.over = true
		c.room.L.Unlock()
		c.room.Broadcast()
		close(c.closed)
	}()
	for {
		packet, err := c.receive()
		if err != nil || !c.took(packet) {
			return
		}
	}
}

// took acts on a packet, and reports whether more may come.
func (c *screen) took(packet []byte) bool {
	switch packet[0] {
	case msgDisconnect, msgChannelClose:
		return false
	case msgWindowAdjust:
		c.room.L.Lock()
		c.window += int(binary.BigEndian.Uint32(packet[5:]))
		c.room.L.Unlock()
		c.room.Broadcast()
	case msgGlobalRequest: // a sign of life is asked for
		return c.send([]byte{msgRequestFailure}) == nil
	case msgChannelData:
		data := packet[9:]
		c.written.Add(int64(len(data)))
		c.room.L.Lock()
		c.recent = append(c.recent, data...)
		if len(c.recent) > 64<<10 {
			c.recent = append([]byte(nil), c.recent[len(c.recent)-32<<10:]...)
		}
		c.room.L.Unlock()
		c.room.Broadcast()
		const enough = 64 << 10 // as clients do, not for each packet
		if c.taken += len(data); c.grants && c.taken >= enough {
			granted := uint32(c.taken)
			c.taken = 0
			return c.send(ssh.Marshal(struct {
				Remote, More uint32 `sshtype:"93"`
			}{c.remote, granted})) == nil
		}
	}
	return true
}

// write sends data as the server takes it, and reports whether it did.
func (c *screen) write(data []byte) bool {
	for len(data) > 0 {
		c.room.L.Lock()
		for c.window == 0 && !c.over {
			c.room.Wait()
		}
		n := min(len(data), c.window, 32<<10)
		c.window -= n
		over := c.over
		c.room.L.Unlock()
		if over || c.send(append(ssh.Marshal(struct {
			Remote, Length uint32 `sshtype:"94"`
		}{c.remote, uint32(n)}), data[:n]...)) != nil {
			return false
		}
		data = data[n:]
	}
	return true
}

// rest has all writing end, even that which waits. What comes is still read.
func (c *screen) rest() {
	c.room.L.Lock()
	c.over = true
	c.room.L.Unlock()
	c.room.Broadcast()
	_ = c.nc.SetWriteDeadline(time.Now())
}

// awaits waits until a text was written since the last call, and reports whether
// it came.
func (c *screen) awaits(text string, limit time.Duration) bool {
	_, came := c.until(text, limit)
	return came
}

// until is awaits that also returns what was written since the last call, up to
// the text if it came.
func (c *screen) until(text string, limit time.Duration) (written string, came bool) {
	deadline := time.Now().Add(limit)
	timer := time.AfterFunc(limit, c.room.Broadcast) // never before the deadline
	defer timer.Stop()
	c.room.L.Lock()
	defer c.room.L.Unlock()
	for {
		if at := bytes.Index(c.recent, []byte(text)); at >= 0 {
			written = string(c.recent[:at+len(text)])
			c.recent = c.recent[at+len(text):]
			return written, true
		}
		if c.over || !time.Now().Before(deadline) {
			return string(c.recent), false
		}
		c.room.Wait()
	}
}
