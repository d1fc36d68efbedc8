package search

import (
	"cmp"
	"math"
	"slices"
)

// The ranking is Okapi BM25 (Robertson and Zaragoza, The Probabilistic Relevance
// Framework: BM25 and Beyond, 2009, §3.2) of how often a word stands in the text,
// and a bonus for the other fields, in which once is enough: each in units of the
// word's inverse document frequency.
const (
	bm25K1 = 1.2
	bm25B  = 0.75

	titleBonus   = 2.5
	tagBonus     = 1.5
	headingBonus = 0.8

	// A word that only begins like the one typed, and one that a misspelt one
	// was taken for, count less than the word itself.
	prefixWeight   = 0.7
	misspeltWeight = 0.5

	// maxMisspelt is how many words of a query may be misspelt: each is compared
	// with all words of all titles. maxFixed is how many words they may be taken
	// for, each of which is looked for in every text that is shown.
	maxMisspelt = 4
	maxFixed    = 16
)

// Hit is a document that was found.
type Hit[K comparable] struct {
	Key      K
	Score    float32
	have     int
	standing standing
}

// Found is what a search found.
type Found[K comparable] struct {
	// Hits are the best documents, the best first.
	Hits []Hit[K]
	// Total is the number of documents found.
	Total int
	// Partial tells that no document has all the words: these have the most.
	Partial bool
	// Terms are what to mark in their texts.
	Terms Terms
}

// expansion is what stands for one word of a query: terms of each segment, by
// their numbers there, and what they are worth.
type expansion struct {
	terms [][]weighted // by segment
	idf   float32
}

type weighted struct {
	from, to int // terms
	weight   float32
}

// Search finds the documents that have all the words of a query, or if there is
// none those that have the most of them, and returns at most n of these: first
// those whose title the query is, then those that have it in their title as it
// stands, then the others. accept, if not nil, reports whether a document counts
// at all, and title returns its title.
func (x *Index[K]) Search(q Query, accept func(K) bool, title func(K) string, n int) Found[K] {
	found := Found[K]{Terms: q.Terms()}
	if q.IsZero() || x.docs == 0 {
		return found
	}
	expansions := make([]expansion, len(q.words))
	misspelt := 0
	for i, w := range q.words {
		e, docs := x.expand(w)
		if docs == 0 && misspelt < maxMisspelt {
			misspelt++
			docs = x.correct(w, &e, &found.Terms)
		}
		e.idf = rarity(x.docs, docs)
		expansions[i] = e
	}
	t := top[K]{limit: n, totals: make([]int, len(q.words)+1)}
	average := max(float32(x.words)/float32(x.docs), 1)
	named := titles[K]{query: q, title: title}
	var board scores
	for i := range x.parts {
		p := &x.parts[i]
		board.reset(len(p.keys))
		for w := range expansions {
			score(p, i, w, &expansions[w], average, &board)
		}
		for doc, have := range board.have {
			if have > 0 && int(have) >= t.most && !p.isDead(doc) && (accept == nil || accept(p.keys[doc])) {
				hit := Hit[K]{Key: p.keys[doc], Score: board.total[doc], have: int(have)}
				if int(board.titled[doc]) == len(q.words) {
					hit.standing = named.standing(hit.Key, p.titles[doc])
				}
				t.add(hit)
			}
		}
	}
	found.Hits, found.Total = t.sorted(), t.totals[t.most]
	found.Partial = t.most > 0 && t.most < len(q.words)
	return found
}

// expand finds what stands for a word: itself, and what begins with it if it may
// go on. docs is how many documents have the commonest of these terms.
func (x *Index[K]) expand(w wanted) (e expansion, docs int) {
	e.terms = make([][]weighted, len(x.parts))
	for i := range x.parts {
		s := x.parts[i].segment
		exact, next := s.lookup(w.text, false)
		most := 0
		if exact < next {
			e.terms[i] = append(e.terms[i], weighted{exact, next, 1})
			most = int(s.counts[exact])
		}
		if w.open {
			// The word itself is the first of those that begin with it.
			if _, to := s.lookup(w.text, true); to > next {
				e.terms[i] = append(e.terms[i], weighted{next, to, prefixWeight})
				most = max(most, int(slices.Max(s.counts[next:to])))
			}
		}
		docs += most
	}
	return e, docs
}

// rarity is the inverse document frequency of a word that have of all documents
// have. The +1 keeps one that is in nearly all of them from counting against
// them.
func rarity(all, have int) float32 {
	rare := (float64(all-have) + 0.5) / (float64(have) + 0.5)
	return float32(math.Log(1 + max(rare, 0)))
}

// correct takes a word that no document has for a misspelling of one in a title,
// and returns how many documents have that.
func (x *Index[K]) correct(w wanted, e *expansion, terms *Terms) int {
	allowed := mistakes(w.text)
	if allowed == 0 {
		return 0
	}
	// Only the nearest words, all of them equally near.
	nearest, docs := allowed, 0
	var fixed []string
	var d distances
	for i := range x.parts {
		s := x.parts[i].segment
		for _, t := range s.inTitles {
			far := d.between(w.text, s.term(int(t)), nearest, w.open)
			if far > nearest {
				continue
			}
			if far < nearest {
				nearest, docs, fixed = far, 0, nil
				clear(e.terms)
			}
			e.terms[i] = append(e.terms[i], weighted{int(t), int(t) + 1, misspeltWeight})
			docs += int(s.counts[t])
			if name := s.term(int(t)); len(terms.fixed)+len(fixed) < maxFixed && !slices.Contains(fixed, name) {
				fixed = append(fixed, name)
			}
		}
	}
	terms.fixed = append(terms.fixed, fixed...)
	return docs
}

// scores are those of one segment's documents.
type scores struct {
	total, word []float32
	have        []uint8 // of the words, how many
	titled      []uint8 // and how many from the first on are in the title
}

func (s *scores) reset(n int) {
	if cap(s.total) < n {
		s.total, s.word = make([]float32, maxSegment), make([]float32, maxSegment)
		s.have, s.titled = make([]uint8, maxSegment), make([]uint8, maxSegment)
	}
	s.total, s.word, s.have, s.titled = s.total[:n], s.word[:n], s.have[:n], s.titled[:n]
	clear(s.total)
	clear(s.have)
	clear(s.titled)
}

// score adds what one word of the query, the one at i, is worth to each document.
// Of several terms that stand for it the best counts.
func score[K comparable](p *part[K], segment, i int, e *expansion, average float32, s *scores) {
	if len(e.terms[segment]) == 0 {
		return
	}
	clear(s.word)
	for _, w := range e.terms[segment] {
		for term := w.from; term < w.to; term++ {
			p.each(term, func(doc int, posting byte) {
				value := worth(posting, float32(p.lengths[doc])/average) * w.weight
				s.word[doc] = max(s.word[doc], value)
				if posting&inTitle != 0 && int(s.titled[doc]) == i {
					s.titled[doc]++
				}
			})
		}
	}
	for doc, value := range s.word {
		if value > 0 {
			s.total[doc] += value * e.idf
			s.have[doc]++
		}
	}
}

// worth is what a posting is worth, without the word's rarity, in a text that is
// length times as long as the average.
func worth(posting byte, length float32) float32 {
	often := float32(posting & maxOften)
	value := often * (bm25K1 + 1) / (often + bm25K1*(1-bm25B+bm25B*length))
	if posting&inTitle != 0 {
		value += titleBonus
	}
	if posting&inTag != 0 {
		value += tagBonus
	}
	if posting&inHeading != 0 {
		value += headingBonus
	}
	return value
}

// top keeps the best hits: those with the most words, of these the ones that
// stand best in their titles, and of these the highest scores.
type top[K comparable] struct {
	hits   []Hit[K]
	limit  int
	most   int   // words that a document has
	totals []int // documents, by the number of words that they have
}

func (t *top[K]) add(h Hit[K]) {
	t.totals[h.have]++
	if h.have > t.most {
		t.most, t.hits = h.have, t.hits[:0]
	}
	t.hits = append(t.hits, h)
	// Now and then is enough, and cheaper than a heap.
	if len(t.hits) >= 4*max(t.limit, 16) {
		t.hits = t.sorted()
	}
}

// sorted returns the hits that are wanted.
func (t *top[K]) sorted() []Hit[K] {
	slices.SortStableFunc(t.hits, func(a, b Hit[K]) int {
		return cmp.Or(cmp.Compare(b.standing, a.standing), cmp.Compare(b.Score, a.Score))
	})
	return t.hits[:min(t.limit, len(t.hits))]
}
