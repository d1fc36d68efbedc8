// Package terminal runs a Bubble Tea model on a byte stream, such as an SSH
// channel, at a fraction of what a tea.Program costs.
//
// A tea.Program redraws on a ticker through two buffers of cells. A Host does
// nothing until something happens: it decodes the input that has arrived,
// updates the model, asks it for a frame once, and writes the lines that
// differ from the frame on the screen. An idle session costs no CPU, and a
// frame is held as the text of its lines.
//
// The model stays an ordinary tea.Model and also runs on the stock program.
// A Host differs in what it refuses: frames always cover the whole screen,
// and nothing can be executed or suspended on behalf of a remote client. Of
// Bubble Tea's messages to its program it knows those to quit, to do several
// things, and to copy to the clipboard; what colours the terminal has it asks
// by itself, in the Write with the first frame.
//
// The package knows nothing of SSH and of what the model shows.
package terminal

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/ledger"
)

var (
	// ErrInputClosed is returned by Err when the client closed its side: the
	// window is gone, the connection broke, or its standard input ended.
	ErrInputClosed = errors.New("terminal: input closed")
	// ErrInputBudget is returned by Err when the client sent more input than
	// Options allow.
	ErrInputBudget = errors.New("terminal: too much input")
	// ErrMemory is returned by Err when the Account has no memory left for what
	// the session shows.
	ErrMemory = errors.New("terminal: no memory left for the session")
)

// PanicError is returned by Err when the model or one of its commands
// panicked. The screen has been restored.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("terminal: panic: %v", e.Value) }

// Options describe the client's terminal.
type Options struct {
	// Input carries what the client types. Reading ends with any error.
	Input io.Reader
	// Output receives whole frames, one Write for each, or several if MaxWrite
	// says so.
	Output io.Writer
	// MaxWrite is how many bytes of a Write reach the client as a whole or not at
	// all; 0 sets no bound. Longer frames are divided so that a client whose
	// connection is lost in one is not left with autowrap off.
	MaxWrite int
	// Width and Height of the window in cells.
	Width, Height int
	// Environ is the client's environment as "KEY=value", TERM among it.
	Environ []string
	// Budget bounds the input; the zero value sets no bound.
	Budget Budget
	// Account is what memory, goroutines and turns are taken from; nil sets no
	// bound.
	Account *ledger.Account
}

// Host runs one model for one client. Its methods may be called from any
// goroutine.
//
// There is no event loop to feed through channels: whoever brings a message
// (the input reader, a finished task, a resize) takes the lock and updates
// the model itself. That saves a goroutine and a switch between key and
// paint, and a slow client holds back its own input and nothing else.
//
// Whatever the model does, it does in a turn of the Account, so that many slow
// sessions cannot keep the processors from the others. A turn is taken last and
// nothing is waited for in it: bytes are written after it has ended.
type Host struct {
	in       io.Reader
	out      io.Writer
	maxWrite int
	features features
	budget   Budget
	account  *ledger.Account

	// size holds the latest window as width<<32|height until it is applied. Resize must never wait for a client
	// that does not read.
	size atomic.Uint64

	// ending reports that the session is over though the lock could not be taken yet: input is not acted on any
	// more.
	ending atomic.Bool

	mu      sync.Mutex // guards what follows
	turn    ledger.Turn
	model   tea.Model
	input   decoder
	answers answers
	screen  screen
	profile colorprofile.Profile
	stale   bool // the model has changed since its last frame, or there is something to copy
	started bool
	stopped bool
	err     error
	// farewell is written below what was on the screen before the session.
	farewell string
	done     chan struct{}

	performing int // tasks
	// For one of those to end.
	waiting []Task     //ledger:counted at most maxWaiting
	room    *sync.Cond // fewer tasks wait
	held    int64      // bytes taken from the account for what is shown
}

// noSize means that no new window size is pending.
const noSize = ^uint64(0)

// New returns a Host that will show model once it runs.
func New(model tea.Model, o Options) *Host {
	h := &Host{
		in:       o.Input,
		out:      o.Output,
		maxWrite: o.MaxWrite,
		features: featuresOf(lookup(o.Environ, "TERM")),
		budget:   o.Budget,
		account:  o.Account,
		model:    model,
		profile:  colorprofile.Env(o.Environ),
		done:     make(chan struct{}),
	}
	h.room = sync.NewCond(&h.mu)
	h.features.ascii = ASCIIOnly(o.Environ)
	h.screen.features = h.features
	h.size.Store(noSize)
	h.screen.resize(max(o.Width, 0), max(o.Height, 0))
	return h
}

// Start paints the first frame and begins to read. The session is over when Done is
// closed: the model has quit, the client has gone, or Stop was called.
//
// A read that is blocked when the session is over ends with the Input only:
// close it.
func (h *Host) Start() {
	var first tea.Cmd
	h.locked(func() { first = h.start() })
	h.locked(func() { h.perform(first) })
	if !h.account.Go(h.read) {
		h.end(ErrTasks, "")
	}
}

// Done is closed when the session is over and the screen has been restored.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err returns why the session is over; nil if the model has quit or Stop was called.
func (h *Host) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Send delivers a message to the model. It waits while a frame is written.
func (h *Host) Send(msg tea.Msg) {
	h.locked(func() { h.update(msg) })
}

// Resize sets the size of the window in cells. It never waits: sizes
// that come while a frame is written are replaced by the latest.
func (h *Host) Resize(width, height int) {
	h.size.Store(uint64(max(width, 0))<<32 | uint64(max(height, 0))&0xffffffff)
	h.takeSize()
}

// Stop ends the session: it restores the screen and writes farewell below what was
// there before.
func (h *Host) Stop(farewell string) { h.end(nil, farewell) }

// end ends the session from outside. It waits for neither a turn nor the input
// that has arrived.
func (h *Host) end(err error, farewell string) {
	h.ending.Store(true)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.stopped {
		h.stop(err, farewell)
		h.write(nil)
	}
}

// locked runs f, which changes the model, in a turn and paints what has changed.
// A panic in f ends this session and no other: Go has no handler of last resort.
func (h *Host) locked(f func()) {
	func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.stopped {
			h.write(h.act(f))
		}
	}()
	h.takeSize()
}

// takeSize gives the model the latest size, unless someone holds the lock;
// they do it then, since everyone who unlocks looks here afterwards.
func (h *Host) takeSize() {
	for h.size.Load() != noSize && h.mu.TryLock() {
		func() {
			defer h.mu.Unlock()
			size := h.size.Swap(noSize)
			if size == noSize || h.stopped {
				return
			}
			h.screen.resize(int(size>>32), int(size&0xffffffff))
			if h.started {
				h.write(h.act(func() {
					h.update(tea.WindowSizeMsg{Width: h.screen.width, Height: h.screen.height})
				}))
			}
		}()
	}
}

// act runs f in a turn and returns what to write for it. The lock is held.
func (h *Host) act(f func()) (out []byte) {
	h.account.Begin(&h.turn)
	defer h.turn.End()
	defer h.catch()
	f()
	return h.paint()
}

// catch recovers a panic and ends the session. The lock is held.
func (h *Host) catch() {
	if v := recover(); v != nil {
		h.stop(&PanicError{Value: v, Stack: debug.Stack()}, "")
	}
}

// start tells the model about its terminal, and returns its first command. The queries that this sends to the
// terminal go out with the first frame: nothing waits for the replies.
func (h *Host) start() tea.Cmd {
	h.started = true
	first := h.model.Init()
	h.update(tea.ColorProfileMsg{Profile: h.profile})
	h.update(tea.WindowSizeMsg{Width: h.screen.width, Height: h.screen.height})
	// A terminal that has true colour by its name is not asked: kitty logs the query as an error.
	h.screen.ask(h.profile != colorprofile.TrueColor)
	return first
}

// stop ends the session once; write then restores the screen. The lock is held.
func (h *Host) stop(err error, farewell string) {
	if h.stopped {
		return
	}
	h.stopped, h.err, h.farewell = true, err, farewell
	h.waiting = nil
	h.room.Broadcast()
}

// update gives the model one message. The lock is held.
func (h *Host) update(msg tea.Msg) {
	if msg == nil || h.stopped {
		return
	}
	msg = h.intercept(msg)
	if msg == nil {
		return
	}
	h.stale = true
	var cmd tea.Cmd
	h.model, cmd = h.model.Update(msg)
	h.perform(cmd)
}

// paint returns the bytes that update the screen to the latest frame. They are valid until the next call. The
// lock is held.
func (h *Host) paint() []byte {
	if h.stopped {
		return nil
	}
	if !h.stale && h.screen.valid {
		return nil
	}
	h.stale = false
	view := h.model.View()
	if !h.hold(len(view.Content)) {
		h.stop(ErrMemory, "")
		return nil
	}
	h.answers.expect(h.screen.unasked)
	return h.screen.draw(view)
}

// Memory for what is shown. A session holds each frame three times at most: as the
// model made it, as the lines of the screen, and as the bytes under way.
const (
	frameCopies = 3
	frameStep   = 16 << 10 // bytes that are taken and given back at once
	freeFrames  = 64 << 10 // bytes that every session has, without taking them
)

// hold takes memory for a frame of n bytes, or gives back what is no longer needed.
func (h *Host) hold(n int) bool {
	need := max(int64(n)*frameCopies-freeFrames, 0)
	need = (need + frameStep - 1) / frameStep * frameStep
	switch {
	case need > h.held:
		if !h.account.TakeExtra(need - h.held) {
			return false
		}
	case need < h.held-frameStep:
		h.account.Give(h.held - need)
	default:
		return true
	}
	h.held = need
	return true
}

// write writes a frame, and restores the screen if the session is over by now.
// The lock is held.
func (h *Host) write(out []byte) {
	if len(out) > 0 && !h.stopped {
		if err := writeParts(h.out, out, h.maxWrite); err != nil {
			h.screen.cut = true
			h.stop(fmt.Errorf("terminal: write: %w", err), "")
		}
	}
	if h.stopped {
		defer close(h.done)
		if h.started {
			// The client may be gone already.
			_, _ = h.out.Write(h.screen.restore(h.farewell))
		}
	}
}
