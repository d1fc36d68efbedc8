package ledger

import (
	"slices"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	const text = `package p
import ("slices"; "strings"; tea "charm.land/bubbletea/v2")
const room, more = 8, 2
func f(n int, b []int) {
	go f(1, b)
	go f(2, b) //ledger:counted
	go f(3, b) //ledger:counted by the caller
	_ = make([]byte, room*(more+1))
	_ = make([]byte, n)
	_ = make([]byte, 0, n)
	_ = make([]byte, n) //ledger:counted by f's caller
	_ = make([]int, n)
	_ = make(chan int, n)
	_ = make(map[int]int, min(n, room))
	_ = make([]int, max(n, room))
	_ = make([]int, len(b)*room+more)
	_ = make([]int, len(b)*len(b))
	_ = func() { go f(4, b) }
	f(5, b) //ledger:counted for nothing
	_ = strings.Repeat("a", n) + strings.Repeat("a", room)
	b = slices.Grow(b, n)
	(&strings.Builder{}).Grow(n)
	var do tea.Cmd
	_ = do()
	_ = tea.Cmd(nil)
}
type kept struct {
	list []int
	deep []int
	known []int //ledger:counted room at most
	table map[int]int
	text strings.Builder
	local, set []int
}
func (k *kept) grow(n int) {
	k.list = append(k.list, n)
	k.deep = append(append(k.deep[:0], n), n)
	k.known = append(k.known, n)
	k.table[n] = n
	k.text.WriteString("n")
	list := append(k.local, n)
	k.set = append([]int(nil), list...)
}`
	found, err := inspect(map[string]string{"p.go": text}, exportsOf(t, []string{"internal/sshd", "internal/reader"}), false)
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, f := range found {
		position, _, _ := strings.Cut(f, ": ")
		at = append(at, position)
	}
	want := []string{
		"p.go:10", "p.go:12", "p.go:13", "p.go:15", "p.go:17", "p.go:18", "p.go:19", "p.go:20", "p.go:21", "p.go:22", "p.go:24",
		"p.go:28", "p.go:29", "p.go:31", "p.go:32", "p.go:5", "p.go:6", "p.go:9",
	}
	if !slices.Equal(at, want) {
		t.Errorf("%q, want %q", at, want)
	}
}
