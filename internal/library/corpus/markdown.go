package corpus

import "fmt"

// frontMatter writes what a post says of itself: what all have, and what few.
func (w *writer) frontMatter(i int) {
	year, month, day := date(i)
	w.add("---\ntitle: ", capital(w.phrase(4+w.random.IntN(6))), "\n")
	w.out = fmt.Appendf(w.out, "date: %d-%02d-%02dT%02d:%02d:00Z\n", year, month, day, i%24, i%60)
	w.add("categories: [", capital(w.corpus.words[300+w.zipf(0, 12)]), "]\ntags: [")
	for n := range 1 + w.random.IntN(4) {
		if n > 0 {
			w.add(", ")
		}
		w.add(w.corpus.words[400+w.zipf(0, 300)])
	}
	w.add("]\n")
	if w.random.IntN(10) < 7 {
		w.add("summary: ", capital(w.phrase(12+w.random.IntN(12))), ".\n")
	}
	if w.random.IntN(20) == 0 {
		w.add("authors: [", capital(w.corpus.words[500+w.random.IntN(9)]), "]\n")
	}
	if w.random.IntN(20) == 0 {
		w.out = fmt.Appendf(w.out, "lastmod: %d-%02d-%02d\n", year+1, month, day)
	}
	if w.random.IntN(50) == 0 {
		w.add("series: ", capital(w.phrase(2)), "\n")
	}
	if w.random.IntN(50) == 0 {
		w.out = fmt.Appendf(w.out, "aliases: [/old/%d/]\n", i)
	}
	w.add("---\n\n")
}

// body writes blocks until the post is size bytes long.
func (w *writer) body(size int) {
	w.paragraph()
	for len(w.out) < size {
		switch n := w.random.IntN(20); {
		case n < 4:
			w.add("## ", capital(w.phrase(2+w.random.IntN(5))), "\n\n")
		case n < 6:
			w.list()
		case n < 8:
			w.code()
		case n == 8:
			w.table()
		case n == 9:
			w.add("> ", capital(w.phrase(15)), ".\n\n")
		default:
			w.paragraph()
		}
	}
}

// paragraph writes some sentences in lines of about 80 bytes.
func (w *writer) paragraph() {
	column := len(w.out)
	for range 2 + w.random.IntN(5) {
		words := 6 + w.random.IntN(18)
		for n := range words {
			text := w.word()
			if n == 0 {
				text = capital(text)
			}
			w.add(w.marked(text))
			switch {
			case n == words-1:
				w.add(".")
			case w.random.IntN(12) == 0:
				w.add(",")
			}
			if len(w.out)-column > 76 {
				w.add("\n")
				column = len(w.out)
			} else {
				w.add(" ")
			}
		}
	}
	w.out[len(w.out)-1] = '\n'
	w.add("\n")
}

// marked adds what few words carry.
func (w *writer) marked(text string) string {
	switch w.random.IntN(90) {
	case 0:
		return "*" + text + "*"
	case 1:
		return "**" + text + "**"
	case 2, 3:
		return "`" + text + "`"
	case 4:
		return "[" + text + "](https://example.org/" + w.word() + "/" + w.word() + ")"
	default:
		return text
	}
}

func (w *writer) list() {
	for range 2 + w.random.IntN(6) {
		w.add("- ", capital(w.phrase(4+w.random.IntN(12))), ".\n")
	}
	w.add("\n")
}

func (w *writer) code() {
	w.add("```go\n")
	for range 3 + w.random.IntN(12) {
		w.add("\t", w.word(), ".", capital(w.word()), "(", w.word(), ", ", w.word(), ")\n")
	}
	w.add("```\n\n")
}

func (w *writer) table() {
	w.add("| ", w.word(), " | ", w.word(), " |\n| --- | --- |\n")
	for range 2 + w.random.IntN(5) {
		w.add("| ", w.phrase(2), " | ", w.word(), " |\n")
	}
	w.add("\n")
}
