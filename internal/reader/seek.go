package reader

import (
	"context"
	"iter"
	"sort"
	"strings"
	"unicode"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/render"
)

// betweenYields is about how many words are looked at until another session may go first.
const betweenYields = 256

// mostLooked is how many words are looked at for the passages of one page at most, in about a fifth of a second: no
// text that people write needs a tenth. Passages that were not found by then are looked for only where they were.
const mostLooked = 16 << 20

// walk counts the words that are looked at for passages.
type walk struct {
	yield  func() bool // lets others go first, and reports whether to go on; nil does nothing
	looked int
	since  int // the last yield
	ended  bool
}

// walkIn returns one that ends with the context.
func walkIn(ctx context.Context, turn *ledger.Turn) *walk {
	return &walk{yield: func() bool {
		turn.Yield()
		return ctx.Err() == nil
	}}
}

// on counts words that are looked at next, and reports whether to look at them.
func (w *walk) on(words int) bool {
	w.looked += words
	if w.since += words; w.since >= betweenYields {
		w.since = 0
		w.ended = w.ended || w.yield != nil && !w.yield()
	}
	return !w.ended
}

// over reports whether no more is looked for.
func (w *walk) over() bool { return w.ended || w.looked >= mostLooked }

// wording is the words of a page's text as numbers, among those that are wanted in it. It is made once for all
// passages of a page, and dropped when they are found.
type wording struct {
	page *render.Page
	text *pageText

	plainly bool             // only plain words count
	known   map[string]int32 //ledger:counted by seekBytes: the wanted words as they stand, and plain
	plain   []int32          //ledger:counted by seekBytes: of a word's number, that of the plain one; 0 is any other word

	// Of each word of the text where it starts and its number, or ^ that of its plain form if it is wanted only so.
	starts, words []int32 //ledger:counted by seekBytes
	// How often the text has a word, and a plain word, by their numbers.
	exact, plains []int32
	// Of how many more a plain word is wanted than were found.
	lack []int32
}

func wordingOf(page *render.Page, text *pageText) *wording {
	return &wording{page: page, text: text, known: make(map[string]int32), plain: make([]int32, 1)}
}

// seekBytes is about how much memory it takes to find passages of so many bytes in a text, with the text, in bytes.
func seekBytes(text *pageText, wanted int) int64 {
	const wordOfText, wordWanted = 2 * 4 * 3 / 2, 128 // slices have grown by half, and most words have two bytes or more
	return int64(text.size() + len(text.text)/2*wordOfText + wanted/2*wordWanted)
}

// want adds the words of a text to those that are wanted. All are added before the text is cut.
func (t *wording) want(text string) {
	for start, end := range wordsFrom(text, 0) {
		word := text[start:end]
		plain := plainWord(word)
		n := t.add(plain)
		if !t.plainly && plain != word {
			t.plain[t.add(word)] = n
		}
	}
}

// add returns the number of a word.
func (t *wording) add(word string) int32 {
	n, ok := t.known[word]
	if !ok {
		n = int32(len(t.plain)) //nolint:gosec // at most the bytes of what is wanted
		t.known[word] = n
		t.plain = append(t.plain, n)
	}
	return n
}

// cut cuts the text into words.
func (t *wording) cut(w *walk) {
	t.exact, t.plains, t.lack = make([]int32, len(t.plain)), make([]int32, len(t.plain)), make([]int32, len(t.plain)) // as in seekBytes
	for start, end := range wordsFrom(t.text.text, 0) {
		if !w.on(1) {
			return
		}
		n := t.numberOf(t.text.text[start:end])
		t.starts, t.words = append(t.starts, int32(start)), append(t.words, n) //nolint:gosec // a page has less than 2^31 bytes
		if n >= 0 {
			t.exact[n]++
		}
		t.plains[t.plainOf(n)]++
	}
}

// numberOf returns the number of a word, or ^ that of its plain form if only that is known.
func (t *wording) numberOf(word string) int32 {
	if !t.plainly {
		if n, ok := t.known[word]; ok {
			return n
		}
	}
	n := t.known[plainWord(word)]
	if n != 0 && !t.plainly {
		n = ^n
	}
	return n
}

// plainOf returns the number of a word's plain form.
func (t *wording) plainOf(n int32) int32 {
	if n < 0 {
		n = ^n
	}
	return t.plain[n]
}

// numbers returns the numbers of wanted words.
func (t *wording) numbers(text string) (words []int32) {
	for start, end := range wordsFrom(text, 0) {
		words = append(words, t.numberOf(text[start:end]))
	}
	return words
}

// span returns the part of the text from one word up to another.
func (t *wording) span(from, to int) library.Span {
	return library.Span{Start: int(t.starts[from]), End: wordAt(t.text.text, int(t.starts[to-1]))}
}

// wordIn returns the word with a number in a block of the page, or the last of the text.
func (t *wording) wordIn(block, number int) int {
	start, _ := t.text.blockStart(t.page, block)
	at := sort.Search(len(t.starts), func(i int) bool { return int(t.starts[i]) >= start })
	return min(at+min(max(number, 0), len(t.words)), len(t.words)-1)
}

// follow yields the words of the text with which a sequence of words starts. Its time grows with the text and
// not with the sequence.
func (t *wording) follow(w *walk, words []int32) iter.Seq[int] {
	return func(yield func(start int) bool) {
		for _, n := range words {
			if t.exact[n] == 0 {
				return
			}
		}
		if len(words) == 0 {
			return
		}
		// How many words before each are the same as at the beginning.
		border := make([]int, len(words))
		same := 0
		for i := 1; i < len(words); i++ {
			for same > 0 && words[i] != words[same] {
				same = border[same-1]
			}
			if words[i] == words[same] {
				same++
			}
			border[i] = same
		}
		same = 0
		for i, n := range t.words {
			if w.over() || !w.on(1) {
				return
			}
			for same > 0 && n != words[same] {
				same = border[same-1]
			}
			if n == words[same] {
				same++
			}
			if same == len(words) {
				if !yield(i + 1 - same) {
					return
				}
				same = border[same-1]
			}
		}
	}
}

// least is the smallest part of a passage's words, in percent, by which it is still found, and leastWords is
// how many it must have for that.
const least, leastWords = 60, 4

// alike returns the part of the text that has most of the words, in their order.
func (t *wording) alike(w *walk, words []int32) (at library.Span, how Found) {
	n := len(words)
	if n < leastWords {
		return at, Lost
	}
	clear(t.lack)
	there := 0
	wanted := make([]int32, n) //ledger:counted as the words, which are one passage's
	for i, word := range words {
		wanted[i] = t.plainOf(word)
		if t.lack[wanted[i]]++; t.lack[wanted[i]] <= t.plains[wanted[i]] {
			there++
		}
	}
	if there*100 < least*n { // the whole text has too few of them
		return at, Lost
	}
	// The stretch of as many words that has most of them.
	here, most, from := 0, 0, 0
	for i, word := range t.words {
		if w.over() || !w.on(1) {
			return at, Unsought
		}
		word = t.plainOf(word)
		if t.lack[word]--; t.lack[word] >= 0 {
			here++
		}
		if i >= n {
			gone := t.plainOf(t.words[i-n])
			if t.lack[gone]++; t.lack[gone] > 0 {
				here--
			}
		}
		if here > most {
			most, from = here, max(i+1-n-n/2, 0) // and half as many words before it
		}
	}
	if most*100 < least*n {
		return at, Lost
	}
	return t.inOrder(w, from, wanted)
}

// common is a common subsequence of words: how long it is, its first word and its last.
type common struct{ words, first, last int32 }

// longer returns the longer one, or the one that is closer together.
func (c common) longer(than common) common {
	if than.words > c.words || than.words == c.words && than.last-than.first < c.last-c.first {
		return than
	}
	return c
}

// inOrder returns the part of a stretch of the text, twice as long as the wanted words, from the first to the
// last word of the longest common subsequence with them.
func (t *wording) inOrder(w *walk, from int, wanted []int32) (at library.Span, how Found) {
	stretch := t.words[from:min(from+2*len(wanted)+1, len(t.words))]
	// That of the wanted words so far with those of the stretch up to each.
	longest := make([]common, len(stretch)+1) // 24 KB at most
	for _, want := range wanted {
		if w.over() || !w.on(len(stretch)) {
			return at, Unsought
		}
		before := longest[0] // with one wanted word less, and one less of the stretch
		for i, word := range stretch {
			here := longest[i+1].longer(longest[i])
			if want == t.plainOf(word) {
				with := common{before.words + 1, before.first, int32(i)}
				if before.words == 0 {
					with.first = with.last
				}
				here = here.longer(with)
			}
			before, longest[i+1] = longest[i+1], here
		}
	}
	best := longest[len(stretch)]
	if int(best.words)*100 < least*len(wanted) {
		return at, Lost
	}
	return t.span(from+int(best.first), from+int(best.last)+1), Alike
}

// plainWord returns a word without punctuation around it, in lower case: these are what an author corrects
// most.
func plainWord(word string) string {
	if inner := strings.TrimFunc(word, unicode.IsPunct); inner != "" {
		word = inner
	}
	return strings.ToLower(word)
}
