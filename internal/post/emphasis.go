package post

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// delimiters is a run of '*', '_' or '~' in an inliner's output.
type delimiters struct {
	mark     byte
	from, to int // what is left of it, in the output
	opens    bool
	closes   bool
}

// delimiters copies a run and notes whether it can open or close emphasis, by
// the flanking rules of CommonMark §6.2. Within a word '_' does neither, and a
// single '~' means "about".
func (p *inliner) delimiters(b byte) {
	n := runLength(p.rest())
	if name := dunder(p.rest()); name > 0 && n == 2 {
		p.emit(name)
		return
	}
	before, _ := utf8.DecodeLastRuneInString(p.in[:p.at])
	after, _ := utf8.DecodeRuneInString(p.in[p.at+n:])
	left := !isBreak(after) && (!isMarkPunct(after) || isBreak(before) || isMarkPunct(before))
	right := !isBreak(before) && (!isMarkPunct(before) || isBreak(after) || isMarkPunct(after))
	d := delimiters{mark: b, from: len(p.out), to: len(p.out) + n, opens: left, closes: right}
	if b == '_' {
		d.opens = left && (!right || isMarkPunct(before))
		d.closes = right && (!left || isMarkPunct(after))
	}
	p.emit(n)
	if (d.opens || d.closes) && (b != '~' || n == 2) {
		p.runs = append(p.runs, d)
	}
}

// dunder returns the length of a name such as __init__ that s starts with, or
// 0. Markdown would make it bold, but people who write it mean the name.
func dunder(s string) int {
	if !strings.HasPrefix(s, "__") {
		return 0
	}
	end := strings.Index(s[2:], "__")
	if end <= 0 || strings.ContainsFunc(s[2:2+end], func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) {
		return 0
	}
	return end + len("____")
}

// emphasis removes the runs that belong together. Which kind of emphasis they
// make does not matter here.
func (p *inliner) emphasis() {
	var open []delimiters
	for _, d := range p.runs {
		for d.closes && d.from < d.to {
			i := lastOpen(open, d.mark)
			if i < 0 {
				break
			}
			o := &open[i]
			n := min(o.to-o.from, d.to-d.from)
			clear(p.out[o.to-n : o.to])
			clear(p.out[d.from : d.from+n])
			o.to -= n
			d.from += n
			open = open[:i+1] // what opened inside and is still open never closes
			if o.from == o.to {
				open = open[:i]
			}
		}
		if d.opens && d.from < d.to {
			open = append(open, d)
		}
	}
}

func lastOpen(open []delimiters, mark byte) int {
	for i, d := range slices.Backward(open) {
		if d.mark == mark {
			return i
		}
	}
	return -1
}
