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
}

// some yields contents by their names.
func some(texts ...string) iter.Seq2[push.Content, error] {
	return func(yield func(push.Content, error) bool) {
		for i := 0; i < len(texts); i += 2 {
			if !yield(push.Content{Name: texts[i], Reader: strings.NewReader(texts[i+1])}, nil) {
				return
			}
		}
	}
}

func objects(t *testing.T, s push.Shared) {
	if _, err := s.Get(t.Context(), "none"); err == nil {
		t.Error("an object is there that nobody has put")
	}
	names := []string{"a1", "short", "b2", "", "c3", strings.Repeat("0123456789abcdef", 16<<10), "d4", strings.Repeat("x", 256<<10+1), "e5", strings.Repeat("large ", 200_000)}
	for range 2 { // what is there is left
		if err := s.Put(t.Context(), some(names...)); err != nil {
			t.Fatal(err)
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

// Memory is a Shared in memory, whose servers can be parted from it.
type Memory struct {
	mu      sync.Mutex
	head    string
	objects map[string][]byte
	notes   map[string]note
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
}

// Link is a server's way to a Memory.
type Link struct {
	*Memory
	// Fail, if set, is called before each step, "head", "move", "put", "get", "note" and "moved", which is
	// after the move; its error is that of the step.
	Fail func(step string) error
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
		if err == nil {
			err = l.step("put")
		}
		if err != nil {
			return err
		}
		text, err := io.ReadAll(content)
		if err != nil {
			return err
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
		return nil, fmt.Errorf("there is no object %s", name)
	}
	return bytes.NewReader(text), nil
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
