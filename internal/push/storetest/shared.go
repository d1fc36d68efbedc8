package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sshblog/sshblog/internal/push"
)

// RunShared tests a Shared; open returns an empty one.
func RunShared(t *testing.T, open func(testing.TB) push.Shared) {
	t.Run("objects", func(t *testing.T) { objects(t, open(t)) })
	t.Run("head", func(t *testing.T) { heads(t, open(t)) })
	t.Run("notes", func(t *testing.T) { notes(t, open(t)) })
	t.Run("losses", func(t *testing.T) { losses(t, open(t)) })
}

// some yields contents by their names, and calls sent with those that are opened.
func some(sent func(name string), texts ...string) iter.Seq2[push.Content, error] {
	return func(yield func(push.Content, error) bool) {
		for i := 0; i < len(texts); i += 2 {
			text := texts[i+1]
			open := func() (io.ReadCloser, error) {
				sent(texts[i])
				return io.NopCloser(strings.NewReader(text)), nil
			}
			if !yield(push.Content{Name: texts[i], Size: int64(len(text)), Open: open}, nil) {
				return
			}
		}
	}
}

func objects(t *testing.T, s push.Shared) {
	if _, err := s.Get(t.Context(), "none"); !errors.Is(err, push.ErrLost) {
		t.Errorf("an object that nobody has put is %v", err)
	}
	names := []string{"a1", "short", "b2", "", "c3", strings.Repeat("0123456789abcdef", 16<<10), "d4", strings.Repeat("x", 256<<10+1), "e5", strings.Repeat("large ", 200_000)}
	for _, most := range []int{len(names) / 2, 0} { // what is there is left, and does not travel
		var sent []string
		if err := s.Put(t.Context(), some(func(name string) { sent = append(sent, name) }, names...)); err != nil {
			t.Fatal(err)
		}
		if len(sent) != most {
			t.Errorf("%q were sent, and should have been %d", sent, most)
		}
	}
	all := slices.Clone(names)
	for i := range 100 { // of many it is asked at once what is there
		all = append(all, fmt.Sprintf("f%d", i), "text")
	}
	for _, most := range []int{100, 0} {
		sent := 0
		if err := s.Put(t.Context(), some(func(string) { sent++ }, all...)); err != nil || sent != most {
			t.Errorf("of 100 that are not there %d were sent, and should have been %d, %v", sent, most, err)
		}
	}
	for pair := range slices.Chunk(names, 2) {
		name, text := pair[0], pair[1]
		r, err := s.Get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); string(got) != text || err != nil {
			t.Errorf("of %s come %d bytes of %d, %v", name, len(got), len(text), err)
		}
	}
	failing := func(yield func(push.Content, error) bool) { yield(push.Content{}, io.ErrNoProgress) }
	if err := s.Put(t.Context(), failing); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("an object that cannot be read is %v", err)
	}
}

func heads(t *testing.T, s push.Shared) {
	is := func(want string) {
		t.Helper()
		if head, err := s.Head(t.Context()); head != want || err != nil {
			t.Errorf("the newest version is %q, not %q, %v", head, want, err)
		}
	}
	is("")
	if err := s.Move(t.Context(), "a", "b"); !errors.Is(err, push.ErrBehind) {
		t.Errorf("a version was replaced that there is not: %v", err)
	}
	if err := s.Move(t.Context(), "", "a"); err != nil {
		t.Fatal(err)
	}
	is("a")
	if err := s.Move(t.Context(), "", "b"); !errors.Is(err, push.ErrBehind) {
		t.Errorf("the first version came twice: %v", err)
	}
	if err := s.Move(t.Context(), "", "a"); err != nil { // whose answer was lost tries again
		t.Errorf("a version cannot become what it is: %v", err)
	}
	// Of many who replace the same version one does.
	var mu sync.Mutex
	var wg sync.WaitGroup
	var won []string
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("b%d", i)
			err := s.Move(t.Context(), "a", name)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, name)
			} else if !errors.Is(err, push.ErrBehind) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("of eight who replace one version these did: %q", won)
	}
	is(won[0])
}

func notes(t *testing.T, s push.Shared) {
	if _, _, ok, err := s.Noted(t.Context(), "a1"); ok || err != nil {
		t.Errorf("somebody has pushed what nobody did, %v", err)
	}
	for range 2 {
		if err := s.Note(t.Context(), "a1", "b2", signed("")); err != nil {
			t.Fatal(err)
		}
	}
	after, by, ok, err := s.Noted(t.Context(), "a1")
	if !ok || err != nil || after != "b2" || by.Author != "anna" || !by.When.Equal(signed("").When) {
		t.Errorf("it was pushed after %q by %v, %t, %v", after, by, ok, err)
	}
}

func losses(t *testing.T, s push.Shared) {
	now, lost, err := s.Lost(t.Context(), "")
	if !lost || err != nil {
		t.Errorf("who knows nothing hears that nothing was lost, %v", err)
	}
	for i := range 3 {
		if now, lost, err = s.Lost(t.Context(), now); lost || err != nil {
			t.Errorf("with %d objects something was lost, %v", i, err)
		}
		if err := s.Put(t.Context(), some(func(string) {}, fmt.Sprint("a", i), "text")); err != nil {
			t.Fatal(err)
		}
	}
}

// Memory is a Shared in memory, whose servers can be parted from it.
type Memory struct {
	mu      sync.Mutex
	head    string
	objects map[string][]byte
	notes   map[string]note
	losses  int
}

type note struct {
	after string
	by    push.Signature
}

// NewMemory returns an empty one.
func NewMemory() *Memory {
	return &Memory{objects: make(map[string][]byte), notes: make(map[string]note)}
}

// Clear forgets all.
func (m *Memory) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.head, m.objects, m.notes = "", make(map[string][]byte), make(map[string]note)
	m.losses++
}

// Lose forgets all but the newest version.
func (m *Memory) Lose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects, m.notes = make(map[string][]byte), make(map[string]note)
	m.losses++
}

// Link is a server's way to a Memory.
type Link struct {
	*Memory
	// Fail, if set, is called before each step, "head", "move", "put", "get", "note" and "moved", which is
	// after the move; its error is that of the step.
	Fail func(step string) error
	// Told, if set, is called with what the server tells the others.
	Told func(lacks bool)
}

func (l *Link) step(name string) error {
	if l.Fail == nil {
		return nil
	}
	return l.Fail(name)
}

// Head implements [push.Shared], as all here.
func (l *Link) Head(context.Context) (string, error) {
	if err := l.step("head"); err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head, nil
}

// Move replaces the newest version.
func (l *Link) Move(_ context.Context, from, to string) error {
	if err := l.step("move"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.head != from && l.head != to {
		return push.ErrBehind
	}
	l.head = to
	return l.step("moved")
}

// Put keeps objects.
func (l *Link) Put(_ context.Context, objects iter.Seq2[push.Content, error]) error {
	for content, err := range objects {
		if err != nil {
			return err
		}
		l.mu.Lock()
		_, there := l.objects[content.Name]
		l.mu.Unlock()
		if there {
			continue
		}
		if err := l.step("put"); err != nil {
			return err
		}
		from, err := content.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(from)
		if err := errors.Join(err, from.Close()); err != nil {
			return err
		}
		if int64(len(text)) != content.Size {
			return fmt.Errorf("object %s has %d bytes, and says %d", content.Name, len(text), content.Size)
		}
		l.mu.Lock()
		l.objects[content.Name] = text
		l.mu.Unlock()
	}
	return nil
}

// Get returns an object.
func (l *Link) Get(_ context.Context, name string) (io.Reader, error) {
	if err := l.step("get"); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	text, ok := l.objects[name]
	if !ok {
		return nil, fmt.Errorf("object %s: %w", name, push.ErrLost)
	}
	return bytes.NewReader(text), nil
}

// Lost reports whether objects were lost.
func (l *Link) Lost(_ context.Context, since string) (now string, lost bool, err error) {
	if err := l.step("lost"); err != nil {
		return "", false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now = fmt.Sprint(l.losses)
	return now, now != since, nil
}

// Tell tells the others.
func (l *Link) Tell(lacks bool) {
	if l.Told != nil {
		l.Told(lacks)
	}
}

// Note keeps who pushed.
func (l *Link) Note(_ context.Context, version, after string, by push.Signature) error {
	if err := l.step("note"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes[version] = note{after, by}
	return nil
}

// Noted tells who pushed.
func (l *Link) Noted(_ context.Context, version string) (after string, by push.Signature, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.notes[version]
	return n.after, n.by, ok, nil
}

// Spoil replaces a text in all objects.
func (m *Memory) Spoil(text, other string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, content := range m.objects {
		m.objects[name] = bytes.ReplaceAll(content, []byte(text), []byte(other))
	}
}
