package memory

import "math/bits"

// bitWriter appends bits to bytes, the highest first.
type bitWriter struct {
	out  []byte //ledger:counted what is encoded has at most a few KiB
	free int    // bits of the last byte
}

func (w *bitWriter) write(v uint64, n int) {
	for n > 0 {
		if w.free == 0 {
			w.out, w.free = append(w.out, 0), 8
		}
		take := min(n, w.free)
		part := byte(v>>(n-take)) & (1<<take - 1) //nolint:gosec // eight bits at most are wanted
		w.out[len(w.out)-1] |= part << (w.free - take)
		w.free -= take
		n -= take
	}
}

// rice writes a number with Golomb's code for the parameter 2^k (R. F. Rice, 1979): the quotient as so
// many ones and a zero, then the rest in k bits.
func (w *bitWriter) rice(v uint64, k int) {
	for range v >> k {
		w.write(1, 1)
	}
	w.write(0, 1)
	w.write(v, k)
}

// bitReader reads what a bitWriter has written. Beyond the end it reads zeros, and sets bad.
type bitReader struct {
	in  []byte
	at  int // bits
	bad bool
}

func (r *bitReader) read(n int) (v uint64) {
	for range n {
		if r.at >= 8*len(r.in) {
			r.bad = true
			return 0
		}
		v = v<<1 | uint64(r.in[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return v
}

func (r *bitReader) rice(k int) uint64 {
	var q uint64
	for r.read(1) == 1 {
		q++
	}
	return q<<k | r.read(k)
}

// riceFor returns the parameter for n numbers, sorted and each once, of which the last is largest.
func riceFor(n int, largest uint32) int {
	if n == 0 {
		return 0
	}
	mean := uint64(largest) / uint64(max(n, 1))
	return min(max(bits.Len64(mean)-1, 0), 20)
}

// writeSet writes sorted distinct numbers, and after each number what beside writes for it.
func (w *bitWriter) writeSet(numbers []uint32, k int, beside func(i int)) {
	next := uint32(0)
	for i, n := range numbers {
		w.rice(uint64(n-next), k)
		next = n + 1
		if beside != nil {
			beside(i)
		}
	}
}

// readSet calls f with each of n numbers as writeSet has written them; it reports whether all are there
// and none is too large.
func (r *bitReader) readSet(n, k int, f func(number uint32)) bool {
	next := uint64(0)
	for range n {
		number := next + r.rice(k)
		if r.bad || number >= maxPostNumber {
			return false
		}
		next = number + 1
		f(uint32(number))
	}
	return true
}
