package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// probe is a model that shows the messages it has got.
type probe struct {
	mu     sync.Mutex // the test looks while the host runs
	log    []string
	on     func(tea.Msg) tea.Cmd
	init   tea.Cmd
	width  int
	height int
	views  int
}

func (p *probe) Init() tea.Cmd { return p.init }

func (p *probe) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		p.log = append(p.log, m.String())
	case tea.WindowSizeMsg:
		p.width, p.height = m.Width, m.Height
	case string:
		p.log = append(p.log, m)
	}
	if p.on != nil {
		return p, p.on(msg)
	}
	return p, nil
}

func (p *probe) View() tea.View {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.views++
	return tea.NewView(fmt.Sprintf("%d×%d %s", p.width, p.height, strings.Join(p.log, " ")))
}

// keys returns the keys and texts that have come.
func (p *probe) keys() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

// task is a Task.
type task func() tea.Msg

func (t task) Perform() tea.Msg { return t() }

// slowly is a command for a task.
func slowly(t task) tea.Cmd { return func() tea.Msg { return t } }

// frames returns how many frames were made.
func (p *probe) frames() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.views
}

// wire is the client's end: what it types goes in, what it is sent comes out.
type wire struct {
	*io.PipeWriter
	mu  sync.Mutex
	out bytes.Buffer
}

func (w *wire) output() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.String()
}

type wireEnd struct {
	*io.PipeReader
	w *wire
}

func (e wireEnd) Write(p []byte) (int, error) {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	return e.w.out.Write(p)
}

// run starts a host for model in a synctest bubble and returns when it waits.
func run(t *testing.T, model tea.Model, budget Budget) (*Host, *wire, <-chan error) {
	t.Helper()
	r, w := io.Pipe()
	client := &wire{PipeWriter: w}
	end := wireEnd{r, client}
	h := New(model, Options{Input: end, Output: end, Width: 80, Height: 24, Environ: []string{"TERM=xterm-256color"}, Budget: budget})
	result := make(chan error, 1)
	h.Start()
	go func() { <-h.Done(); result <- h.Err() }()
	t.Cleanup(func() { h.Stop(""); _ = w.Close() })
	synctest.Wait()
	return h, client, result
}

func TestFirstFrameWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan tea.Msg)
		m := &probe{init: slowly(func() tea.Msg { return <-block })}
		_, client, _ := run(t, m, Budget{})
		if out := client.output(); !strings.Contains(out, "80×24") {
			t.Errorf("the first frame is %q", out)
		}
		if m.frames() != 1 {
			t.Errorf("%d frames were made before anything happened, want 1", m.frames())
		}
		close(block)
	})
}

// Asking the terminal something changes no frame, so none is made.
func TestQuestionsMakeNoFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		_, client, _ := run(t, m, Budget{})
		for _, question := range []string{"\x1b]11;?\x07", "\x1bP+q524742\x1b\\"} {
			if out := client.output(); strings.Count(out, question) != 1 {
				t.Errorf("%q is not asked once: %q", question, out)
			}
		}
		if m.frames() != 1 {
			t.Errorf("%d frames were made, want 1", m.frames())
		}
	})
}

func TestIdleSessionDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		_, client, _ := run(t, m, Budget{})
		before := len(client.output())
		time.Sleep(24 * time.Hour) // of the bubble's clock
		synctest.Wait()
		if m.frames() != 1 || len(client.output()) != before {
			t.Errorf("a day without input made %d frames and wrote %d bytes", m.frames()-1, len(client.output())-before)
		}
	})
}

func TestBurstIsPaintedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		_, client, _ := run(t, m, Budget{})
		_, _ = client.Write([]byte(strings.Repeat("j", smallRead)))
		synctest.Wait()
		before := m.frames()
		_, _ = client.Write([]byte(strings.Repeat("k", largeRead)))
		synctest.Wait()
		if len(m.keys()) != smallRead+largeRead || m.frames()-before > 2 {
			t.Errorf("%d keys were painted in %d frames", len(m.keys()), m.frames()-before)
		}
	})
}

func TestQuitRestoresTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{on: func(msg tea.Msg) tea.Cmd {
			if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == "q" {
				return tea.Quit
			}
			return nil
		}}
		_, client, result := run(t, m, Budget{})
		_, _ = client.Write([]byte("q"))
		if err := <-result; err != nil {
			t.Errorf("it ends with %v", err)
		}
		if out := client.output(); !strings.HasSuffix(out, "\x1b[?1049l\x1b[?25h") {
			t.Errorf("the end is %q", out)
		}
	})
}

func TestEscapeKeyAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		_, client, _ := run(t, m, Budget{})
		_, _ = client.Write([]byte("\x1b"))
		synctest.Wait()
		if len(m.keys()) != 0 {
			t.Fatalf("ESC acted at once: %v", m.keys())
		}
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		_, _ = client.Write([]byte("\x1b"))
		_, _ = client.Write([]byte("[A"))
		time.Sleep(time.Second)
		synctest.Wait()
		if got := strings.Join(m.keys(), " "); got != "esc up" {
			t.Errorf("got %q, want %q", got, "esc up")
		}
	})
}

func TestWaysToEnd(t *testing.T) {
	panicOn := func(key string) func(tea.Msg) tea.Cmd {
		return func(msg tea.Msg) tea.Cmd {
			if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == key {
				panic("out of " + key)
			}
			return nil
		}
	}
	cmdPanic := func(msg tea.Msg) tea.Cmd {
		if _, ok := msg.(tea.KeyPressMsg); ok {
			return func() tea.Msg { panic("in a command") }
		}
		return nil
	}
	taskPanic := func(msg tea.Msg) tea.Cmd {
		if _, ok := msg.(tea.KeyPressMsg); ok {
			return slowly(func() tea.Msg { panic("in a task") })
		}
		return nil
	}
	var isPanic *PanicError
	for name, c := range map[string]struct {
		model *probe
		do    func(*Host, *wire)
		check func(error) bool
	}{
		"input closed":     {&probe{}, func(_ *Host, w *wire) { _ = w.Close() }, func(err error) bool { return errors.Is(err, ErrInputClosed) }},
		"panic in Update":  {&probe{on: panicOn("x")}, func(_ *Host, w *wire) { _, _ = w.Write([]byte("x")) }, func(err error) bool { return errors.As(err, &isPanic) && isPanic.Value == "out of x" }},
		"panic in command": {&probe{on: cmdPanic}, func(_ *Host, w *wire) { _, _ = w.Write([]byte("x")) }, func(err error) bool { return errors.As(err, &isPanic) && isPanic.Value == "in a command" }},
		"panic in task":    {&probe{on: taskPanic}, func(_ *Host, w *wire) { _, _ = w.Write([]byte("x")) }, func(err error) bool { return errors.As(err, &isPanic) && isPanic.Value == "in a task" }},
		"stop":             {&probe{}, func(h *Host, _ *wire) { h.Stop("bye") }, func(err error) bool { return err == nil }},
		"too much input":   {&probe{}, func(_ *Host, w *wire) { _, _ = w.Write(bytes.Repeat([]byte("j"), 2000)) }, func(err error) bool { return errors.Is(err, ErrInputBudget) }},
		"endless paste":    {&probe{}, func(_ *Host, w *wire) { _, _ = w.Write([]byte("\x1b[200~" + strings.Repeat("j", 600))) }, func(err error) bool { return errors.Is(err, ErrInputBudget) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, client, result := run(t, c.model, Budget{Rate: 100, Burst: 1000, Paste: 500})
				go c.do(h, client)
				err := <-result
				if !c.check(err) {
					t.Errorf("it ends with %v", err)
				}
				if !strings.Contains(client.output(), "\x1b[?1049l") {
					t.Error("the screen was not restored")
				}
				_ = client.Close()
				h.Send("late")    // must not block or panic
				h.Resize(10, 10)  // nor this
				h.Stop("farther") // nor this
				if strings.Contains(client.output(), "late") {
					t.Error("a message was shown after the end")
				}
			})
		})
	}
}

func TestPanicTellsWhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{on: func(msg tea.Msg) tea.Cmd {
			if _, ok := msg.(tea.KeyPressMsg); ok {
				return burst
			}
			return nil
		}}
		_, client, result := run(t, m, Budget{})
		_, _ = client.Write([]byte("x"))
		var p *PanicError
		if err := <-result; !errors.As(err, &p) || !strings.Contains(string(p.Stack), "burst") {
			t.Errorf("the stack does not name the culprit: %v", err)
		}
		_ = client.Close()
	})
}

func burst() tea.Msg { panic("burst") }

func TestBudgetRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{}
		_, client, result := run(t, m, Budget{Rate: 100, Burst: 100})
		for range 10 {
			_, _ = client.Write(bytes.Repeat([]byte("j"), 90))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if len(m.keys()) != 900 {
			t.Errorf("%d of 900 keys came", len(m.keys()))
		}
		_ = client.Close()
		<-result
	})
}

func TestCommandsOfABatch(t *testing.T) {
	say := func(s string) tea.Cmd { return func() tea.Msg { return s } }
	synctest.Test(t, func(t *testing.T) {
		m := &probe{init: tea.Batch(say("a"), tea.Batch(say("b"), nil), say("c"), nil)}
		_, client, _ := run(t, m, Budget{})
		synctest.Wait()
		if got := strings.Join(m.keys(), " "); got != "a b c" {
			t.Errorf("got %q", got)
		}
		_ = client.Close()
	})
}

// blocked is a client that does not read what it is sent.
type blocked struct {
	first chan struct{}
	gate  chan struct{}
	once  sync.Once
}

func (b *blocked) Write(p []byte) (int, error) {
	b.once.Do(func() { close(b.first) })
	<-b.gate
	return len(p), nil
}

// A window-change must not wait for a client that does not read: on SSH it
// would hold up the whole connection, the reading among it.
func TestResizeNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		out := &blocked{first: make(chan struct{}), gate: make(chan struct{})}
		m := &probe{}
		h := New(m, Options{Input: r, Output: out, Width: 10, Height: 10, Environ: []string{"TERM=xterm"}})
		result := make(chan error, 1)
		go func() { h.Start(); <-h.Done(); result <- h.Err() }()
		<-out.first
		for i := range 1000 {
			h.Resize(10+i, 20)
		}
		close(out.gate)
		synctest.Wait()
		m.mu.Lock()
		if m.width != 1009 || m.height != 20 || m.views > 3 {
			t.Errorf("the model has %d×%d after %d frames, want the latest size only", m.width, m.height, m.views)
		}
		m.mu.Unlock()
		_ = w.Close()
		<-result
	})
}

func TestWhatIsCopiedReachesTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &probe{init: tea.SetClipboard("copied")}
		_, client, _ := run(t, m, Budget{})
		synctest.Wait()
		_, _ = client.Write([]byte("x"))
		synctest.Wait()
		out := client.output()
		if want := "\x1b]52;c;Y29waWVk\x07"; !strings.Contains(out, want) {
			t.Errorf("%q was not written: %q", want, out)
		}
		_ = client.Close()
	})
}
