package ledger

import (
	"fmt"
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

// Of fields that grow there are many ways.
func TestInspectGrowth(t *testing.T) {
	const text = `package p
import ("bytes"; "container/heap"; "container/list"; "fmt"; "io"; "iter"; "maps"; "slices"; "strconv"; "strings"; "sync")
type kept struct {
	inserted []int // grows
	sequence []int // grows
	joined []int // grows
	pushed list.List // grows
	text string // grows
	sum string // grows
	stored sync.Map // grows
	once sync.Map // grows
	copied bytes.Buffer // grows
	read bytes.Buffer // grows
	printed *strings.Builder // grows
	merged map[int]int // grows
	array [4][]int // grows
	deep [][]int // grows
	target *[]int // grows
	local []int // grows
	cut []int // grows
	word string // grows
	alias []int // grows
	copy []int // grows
	digits []byte // grows
	heap heap.Interface // grows
	known list.List //ledger:counted four at most
	fewer []int
	anew []int
	other []int
	written bytes.Buffer
	gone list.List
	seen sync.Map
	number int
}
type embeds struct {
	list.List // grows
}
func (k *kept) grow(n int, r io.Reader, in []int, seq iter.Seq[int]) {
	k.inserted = slices.Insert(k.inserted, 0, n)
	k.sequence = slices.AppendSeq(k.sequence, seq)
	k.joined = slices.Concat(in, k.joined)
	k.pushed.PushBack(n)
	k.text += strings.Clone(k.text)
	k.sum = "a" + k.sum
	k.stored.Store(n, n)
	k.once.LoadOrStore(n, n)
	_, _ = io.Copy(&k.copied, r)
	_, _ = k.read.ReadFrom(r)
	fmt.Fprintln(k.printed, n)
	maps.Copy(k.merged, map[int]int{n: n})
	k.array[0] = append(k.array[0], n)
	k.deep[n][0:1][0]++
	k.deep[n] = append(k.deep[n], n)
	*k.target = append(*k.target, n)
	l := k.local
	l = append(l, in...)
	k.local = l
	c := append(k.cut, n)
	k.cut = c[1:]
	w := k.word
	w += "a"
	k.word = w
	p := &k.alias
	*p = append(*p, n)
	*k = kept{copy: append(k.copy, n)}
	k.digits = strconv.AppendInt(k.digits, 1, 10)
	heap.Push(k.heap, n)
	k.known.PushFront(n)
}
func (e *embeds) grow() { e.PushBack(1) }
func (k *kept) stay(n int, seq iter.Seq[int]) {
	k.fewer = slices.DeleteFunc(k.fewer, func(n int) bool { return n > 0 })
	k.anew = slices.Collect(seq)
	k.other = append(slices.Clone(k.anew), n)
	l := k.fewer
	k.fewer = l[1:]
	_ = append(k.other, n)
	_ = k.written.String() + fmt.Sprint(k.written.Len())
	k.gone.Remove(k.gone.Front())
	k.seen.Delete(n)
	k.number += n
}
func pulls(seq iter.Seq[int], both iter.Seq2[int, int]) {
	_, _ = iter.Pull(seq) // grows
	_, _ = iter.Pull2(both) // grows
	_, _ = iter.Pull(seq) //ledger:counted to its end
}`
	found, err := inspect(map[string]string{"p.go": text}, exportsOf(t, []string{"internal/library/search", "internal/sshd", "internal/reader"}), false)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for line := range strings.Lines(text) {
		at++
		position := fmt.Sprintf("p.go:%d: ", at)
		says := slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, position) })
		if says != strings.Contains(line, "// grows") {
			t.Errorf("line %d is found: %t: %s", at, says, line)
		}
	}
}
