package search

import "unicode/utf8"

// mistakes returns how many mistakes in a word are forgiven: none in a short
// one, which is soon another word.
func mistakes(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	default:
		return 2
	}
}

// distances computes how far words are from each other, in the same memory.
type distances struct {
	rows [3][]int
	a, b []rune
}

// between returns how many letters have to be changed, left out, put in or
// swapped with their neighbours to turn typed into word, or into the beginning
// of it if open is set. If that is more than limit, it returns some number above
// limit.
//
// The algorithm is the optimal string alignment distance, a form of the
// Damerau-Levenshtein distance in which no letter is changed twice.
func (d *distances) between(typed, word string, limit int, open bool) int {
	d.a, d.b = appendRunes(d.a[:0], typed), appendRunes(d.b[:0], word)
	a, b := d.a, d.b
	if len(a)-len(b) > limit || !open && len(b)-len(a) > limit {
		return limit + 1
	}
	if open && len(b) > len(a)+limit {
		b = b[:len(a)+limit] // nothing after that can help
	}
	for i := range d.rows {
		d.rows[i] = grow(d.rows[i], len(b)+1)
	}
	two, one, row := d.rows[0], d.rows[1], d.rows[2]
	for j := range one {
		one[j] = j
	}
	for i := range a {
		row[0] = i + 1
		least := row[0]
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(one[j]+cost, one[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], two[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > limit {
			return limit + 1
		}
		two, one, row = one, row, two
	}
	if !open {
		return one[len(b)]
	}
	best := one[0]
	for _, v := range one[:len(b)+1] {
		best = min(best, v)
	}
	return best
}

func appendRunes(runes []rune, text string) []rune {
	for _, r := range text {
		runes = append(runes, r)
	}
	return runes
}

func grow(row []int, n int) []int {
	if cap(row) < n {
		return make([]int, n, 2*n)
	}
	return row[:n]
}
