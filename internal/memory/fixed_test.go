package memory

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// nothing is an account that has nothing.
type nothing struct{}

func (nothing) Take(int64) bool { return false }
func (nothing) Give(int64)      {}

func heap() int64 {
	runtime.GC()
	runtime.GC() // of what has a finalizer
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int64(now.HeapAlloc)
}

// What no account pays for takes no more than it is said to: posts' numbers, clients who try what is for all, what is to be
// forgotten once the store works, and a file of what could not be written before, each at its limit.
func TestFixed(t *testing.T) {
	const numbers = 20_000
	path := filepath.Join(t.TempDir(), "aside")
	m := idle(t, Options{})
	var states []setAside
	for i := range maxAside / 2200 {
		k := kept{highlights: []highlight{{id: uint64(i), event: eventOf(m.now(), true), passage: passage{address: "a", text: strings.Repeat("x", MaxText)}}}}
		states = append(states, setAside{keys: []keyID{{byte(i), byte(i >> 8)}}, kept: &k})
	}
	file, room := m.encodeAside(states)
	if room != len(states) || len(file) < maxAside*9/10 {
		t.Fatalf("%d of %d, %d bytes", room, len(states), len(file))
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	before := heap()
	m = idle(t, Options{Aside: path, Waiting: nothing{}})
	for i := range numbers {
		m.posts.number(fmt.Sprint(i))
	}
	all := &marks{}
	for i := range uint32(numbers) {
		all.places = append(all.places, spot{post: i})
	}
	value, _ := m.posts.record([]*marks{all}, 1)
	if err := m.posts.read(Record{Value: value, Revision: 1}, 0); err != nil {
		t.Fatal(err)
	}
	for i := range maxSources {
		m.joining.newcomer(fmt.Sprintf("2001:db8:%x:%x::/64", i, i), time.Now())
	}
	for i := range maxUnforgotten {
		u := unforgotten{state: newState(keyID{byte(i), byte(i >> 8)}), id: keyID{byte(i), byte(i >> 8)}.String()}
		for k := range maxForgotten {
			u.keys = append(u.keys, keyID{byte(k)})
			u.marker.setKey(keyID{byte(k)}, 1, true)
		}
		u.state.set(u.marker)
		m.again.add(u)
	}
	m.takeUpAside()
	m.aside.mu.Lock()
	waits := len(m.aside.file.states)
	m.aside.mu.Unlock()
	took := heap() - before
	t.Logf("%d bytes", took)
	if took > Fixed || waits != room {
		t.Errorf("it takes %d bytes, of %d; %d states of %d wait", took, Fixed, waits, room)
	}
	m.again.mu.Lock()
	m.again.forget = nil // the store is not asked at the end
	m.again.mu.Unlock()
}
