// Package corpus writes folders of posts for benchmarks: as many as wanted,
// always the same, and as long, as varied and as marked up as those of real
// blogs. A post depends on its number alone, so the first thousand of a folder
// of ten thousand are those of a folder of one thousand.
//
// The words mean nothing. How often they come, how many different ones a post
// has, and how fast a folder's vocabulary grows follow what real posts show:
// Zipf's law, a few words that a post is about, and a few that stand in no
// other post.
package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// MeanSize is about how many bytes a post has on average, which is what
// collections of technical articles have.
const MeanSize = 8700

// Bounds of a post, in bytes; the median is near 6,800.
const (
	minSize = 800
	maxSize = 120_000
)

// vocabulary is how many words the posts share.
const vocabulary = 60_000

// Corpus makes posts. It may be used by any number of goroutines.
type Corpus struct{ words []string }

// New prepares a corpus.
func New() *Corpus {
	c := &Corpus{words: make([]string, vocabulary)}
	taken := make(map[string]bool, vocabulary)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it must be the same every time
	for i := range c.words {
		for c.words[i] == "" || taken[c.words[i]] {
			c.words[i] = invent(random, i)
		}
		taken[c.words[i]] = true
	}
	return c
}

// invent makes a word. The frequent ones are short, as in any language.
func invent(random *rand.Rand, rank int) string {
	const onsets, vowels, ends = "bcdfghjklmnprstvwz", "aeiou", "nrstlmdk"
	syllables := 1
	if rank > 50 {
		syllables = 2 + random.IntN(2+rank/20_000)
	}
	var b strings.Builder
	for range syllables {
		b.WriteByte(onsets[random.IntN(len(onsets))])
		b.WriteByte(vowels[random.IntN(len(vowels))])
		if random.IntN(3) == 0 {
			b.WriteByte(ends[random.IntN(len(ends))])
		}
	}
	return b.String()
}

// Word returns the word of the given rank, from 0: rank 0 stands in nearly
// every post, rank 1000 in some of a hundred.
func (c *Corpus) Word(rank int) string { return c.words[rank] }

// Write writes the first n posts into folders by year and month, and returns
// how many bytes they are.
func (c *Corpus) Write(dir string, n int) (int64, error) {
	var total int64
	made := make(map[string]bool)
	for i := range n {
		path, text := c.Post(i)
		file := filepath.Join(dir, filepath.FromSlash(path))
		if folder := filepath.Dir(file); !made[folder] {
			if err := os.MkdirAll(folder, 0o750); err != nil {
				return total, err
			}
			made[folder] = true
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return total, err
		}
		total += int64(len(text))
	}
	return total, nil
}

// Path returns where post i lies, slash-separated.
func (c *Corpus) Path(i int) string {
	year, month, _ := date(i)
	return fmt.Sprintf("%d/%02d/%s-%05d.md", year, month, c.words[200+i%5000], i)
}

// date spreads the posts over 25 years.
func date(i int) (year, month, day int) {
	return 2001 + i%25, 1 + i/25%12, 1 + i/300%28
}

// Post returns the text of post i, counted from 0, and where it lies.
func (c *Corpus) Post(i int) (path string, text []byte) {
	w := &writer{corpus: c, random: rand.New(rand.NewPCG(uint64(i), 3))} //nolint:gosec // it must be the same every time
	for range 30 {
		w.about = append(w.about, w.zipf(100, 20_000))
	}
	w.frontMatter(i)
	// A log-normal length, whose mean is exp(mu + sigma²/2).
	const sigma = 0.7
	size := math.Exp(math.Log(MeanSize) - sigma*sigma/2 + sigma*w.random.NormFloat64())
	w.body(int(min(max(size, minSize), maxSize)))
	return c.Path(i), w.out
}

// writer writes one post.
type writer struct {
	corpus *Corpus
	random *rand.Rand
	about  []int // ranks of the words that the post is about
	out    []byte
}

// zipf returns a rank in [from, to), the lower the likelier: a rank's frequency
// is about inverse to it.
func (w *writer) zipf(from, to int) int {
	low, high := math.Log(float64(from+1)), math.Log(float64(to+1))
	return min(int(math.Exp(low+w.random.Float64()*(high-low)))-1, to-1)
}

// word returns the next word of a sentence.
func (w *writer) word() string {
	switch n := w.random.IntN(1000); {
	case n < 6:
		return strconv.Itoa(w.random.IntN(10_000))
	case n < 10: // an identifier, a hash
		return strconv.FormatUint(w.random.Uint64()>>24, 36)
	case n < 430:
		return w.corpus.words[w.about[w.random.IntN(len(w.about))]]
	default:
		return w.corpus.words[w.zipf(0, vocabulary)]
	}
}

// phrase returns n words.
func (w *writer) phrase(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = w.word()
	}
	return strings.Join(words, " ")
}

func (w *writer) add(text ...string) {
	for _, s := range text {
		w.out = append(w.out, s...)
	}
}

// capital writes a word as a sentence starts.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
