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
// and nothing can be executed or suspended on behalf of a remote client.
//
// The package knows nothing of SSH and of what the model shows.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

var (
	// ErrInputClosed is returned by Run when the client closed its side: the
	// window is gone, the connection broke, or its standard input ended.
	ErrInputClosed = errors.New("terminal: input closed")
	// ErrInputBudget is returned by Run when the client sent more input than
	// Options allow.
	ErrInputBudget = errors.New("terminal: too much input")
)

// PanicError is returned by Run when the model or one of its commands
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
	// Output receives whole frames, one Write for each.
	Output io.Writer
	// Width and Height of the window in cells.
	Width, Height int
	// Environ is the client's environment as "KEY=value", TERM among it.
	Environ []string
	// Budget bounds the input; the zero value sets no bound.
	Budget Budget
	// AskColours has the terminal asked for its background and for true colour
	// right behind the first frame, in the same Write. The answers come as a
	// tea.BackgroundColorMsg and a tea.ColorProfileMsg, as if the model had asked;
	// but a command of the model's costs a goroutine and a packet of its own.
	AskColours bool
}

// Host runs one model for one client. Its methods may be called from any
// goroutine.
//
// There is no event loop to feed through channels: whoever brings a message
// (the input reader, a finished command, a resize) takes the lock and updates
// the model itself. That saves a goroutine and a switch between key and
// paint, and a slow client holds back its own input and nothing else.
type Host struct {
	in       io.Reader
	out      io.Writer
	environ  []string
	features features
	budget   Budget
	colours  bool // to be asked for

	// size holds the latest window as width<<32|height until it is taken.
	// Whoever resizes must never wait for a client that does not read.
	size atomic.Uint64

	mu      sync.Mutex // guards what follows
	model   tea.Model
	input   decoder
	screen  screen
	profile colorprofile.Profile
	stale   bool // the model has changed since its last frame
	onMouse func(tea.MouseMsg) tea.Cmd
	started bool
	stopped bool
	err     error
	done    chan struct{}
}

// noSize marks that no new window size waits to be taken.
const noSize = ^uint64(0)

// New returns a Host that will show model once it runs.
func New(model tea.Model, o Options) *Host {
	h := &Host{
		in:       o.Input,
		out:      o.Output,
		environ:  o.Environ,
		features: featuresOf(lookup(o.Environ, "TERM")),
		budget:   o.Budget,
		colours:  o.AskColours,
		model:    model,
		profile:  colorprofile.Env(o.Environ),
		done:     make(chan struct{}),
	}
	h.screen.features = h.features
	h.size.Store(noSize)
	h.screen.resize(max(o.Width, 0), max(o.Height, 0))
	return h
}

// Run shows the model until it quits, the client goes, or ctx ends, and
// restores the screen. It returns nil when the model quit or Stop was called.
func (h *Host) Run(ctx context.Context) error {
	h.Start()
	select {
	case <-h.Done():
	case <-ctx.Done():
		h.locked(func() { h.stop(context.Cause(ctx), "") })
	}
	return h.Err()
}

// Start paints the first frame and begins to read. Whoever has more to wait
// for than a context calls this instead of Run, and waits for Done.
//
// A read that is blocked when the session is over ends with the Input only:
// close it.
func (h *Host) Start() {
	h.locked(h.start)
	go h.read()
}

// Done is closed when the session is over and the screen has been restored.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err tells why the session is over; see Run.
func (h *Host) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Send delivers a message to the model. It waits while a frame is written.
func (h *Host) Send(msg tea.Msg) {
	h.locked(func() {
		h.update(msg)
		h.paint()
	})
}

// Resize tells the new size of the window in cells. It never waits: sizes
// that come while a frame is written are replaced by the latest.
func (h *Host) Resize(width, height int) {
	h.size.Store(uint64(max(width, 0))<<32 | uint64(max(height, 0))&0xffffffff)
	h.takeSize()
}

// Stop restores the screen, writes farewell below what was there before, and
// lets Run return nil.
func (h *Host) Stop(farewell string) {
	h.locked(func() { h.stop(nil, farewell) })
}

// locked runs f while holding the model. A panic in f ends this session and
// no other: Go has no handler of last resort.
func (h *Host) locked(f func()) {
	func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		defer h.catch()
		if !h.stopped {
			f()
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
			defer h.catch()
			size := h.size.Swap(noSize)
			if size == noSize || h.stopped {
				return
			}
			h.screen.resize(int(size>>32), int(size&0xffffffff))
			if h.started {
				h.update(tea.WindowSizeMsg{Width: h.screen.width, Height: h.screen.height})
				h.paint()
			}
		}()
	}
}

// catch turns a panic into the end of the session. The lock is held.
func (h *Host) catch() {
	if v := recover(); v != nil {
		h.stop(&PanicError{Value: v, Stack: debug.Stack()}, "")
	}
}

// start tells the model about its terminal and paints the first frame. The
// questions that Init asks of the terminal follow the frame: nothing waits
// for their answers.
func (h *Host) start() {
	h.started = true
	first := h.model.Init()
	h.update(tea.EnvMsg(h.environ))
	h.update(tea.ColorProfileMsg{Profile: h.profile})
	h.update(tea.WindowSizeMsg{Width: h.screen.width, Height: h.screen.height})
	h.screen.ask(h.colours)
	h.paint()
	h.perform(first)
}

// stop ends the session once. The lock is held.
func (h *Host) stop(err error, farewell string) {
	if h.stopped {
		return
	}
	h.stopped, h.err = true, err
	defer close(h.done)
	if h.started {
		// The client may be gone already; there is nobody to tell.
		_, _ = h.out.Write(h.screen.restore(farewell))
	}
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
	if mouse, ok := msg.(tea.MouseMsg); ok && h.onMouse != nil {
		h.perform(h.onMouse(mouse))
	}
	h.stale = true
	var cmd tea.Cmd
	h.model, cmd = h.model.Update(msg)
	h.perform(cmd)
}

// paint writes what has changed since the last frame. The lock is held.
func (h *Host) paint() {
	if h.stopped {
		return
	}
	var out []byte
	if h.stale || !h.screen.valid {
		h.stale = false
		view := h.model.View()
		h.onMouse = view.OnMouse
		out = h.screen.draw(view)
	} else { // there may be something to ask the terminal
		out = h.screen.questions(nil)
	}
	if len(out) == 0 {
		return
	}
	if _, err := h.out.Write(out); err != nil {
		h.stop(fmt.Errorf("terminal: write: %w", err), "")
	}
}
