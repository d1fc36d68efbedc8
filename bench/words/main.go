// Command words compares what a page shows of random posts, or a feed says of them, with what
// goldmark's HTML of them shows: each word of the HTML must be there, and in the same order.
//
//	cd bench && go run ./words [-n 500] [-seed 1] [-feed] FOLDER...
//
// It prints the words that are lost or out of order with their posts, and a sum. Posts with the tags of
// engines, which goldmark knows nothing of, are left out. What is compared is the text of a page
// before it is laid out, with the marks that are the program's own.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	htmlrenderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/markdown"
	"github.com/sshblog/sshblog/internal/post"
)

func main() {
	n := flag.Int("n", 500, "posts of each folder")
	seed := flag.Uint64("seed", 1, "of the choice of posts")
	ofFeed := flag.Bool("feed", false, "compare the HTML in feeds instead of pages")
	flag.Parse()
	if flag.NArg() == 0 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: words [-n posts] [-seed number] [-feed] folder...")
		os.Exit(2) //nolint:forbidigo // this is main
	}
	shown := wordsOf
	if *ofFeed {
		shown = wordsOfFeed
	}
	for _, folder := range flag.Args() {
		s, err := compare(os.Stdout, folder, *n, *seed, shown)
		if err != nil {
			_, _ = fmt.Fprintln(os.Stderr, "words: "+err.Error())
			os.Exit(1) //nolint:forbidigo // this is main
		}
		_, _ = fmt.Fprintf(os.Stdout, "%s: %d posts, %d words, %d lost, %d out of order\n", folder, s.posts, s.words, s.lost, s.moved)
	}
}

type sum struct{ posts, words, lost, moved int }

// engines are the marks of tags that goldmark shows as text.
var engines = regexp.MustCompile(`\{\{|\{%|\{:|^\[!|\n>? ?\[!|\n\*\[|\$\$`)

// compare compares at most n posts of a folder.
func compare(w io.Writer, folder string, n int, seed uint64, shown func(*post.Post) ([]string, error)) (s sum, err error) {
	lib, err := library.Open(library.Dir(folder), library.Options{})
	if err != nil {
		return s, err
	}
	posts := lib.Current().Everything()
	posts = slices.DeleteFunc(slices.Clone(posts), func(p *post.Post) bool {
		return engines.MatchString(p.Body()) || post.KindOf(p.Path) == post.MDX
	})
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(posts), func(i, j int) { posts[i], posts[j] = posts[j], posts[i] }) //nolint:gosec // a choice of posts
	for _, p := range posts[:min(n, len(posts))] {
		want, err := wordsOfHTML(p.Body())
		if err != nil {
			return s, err
		}
		got, err := shown(p)
		if err != nil {
			return s, err
		}
		lost, moved := differ(want, got)
		for _, word := range lost {
			_, _ = fmt.Fprintf(w, "%s: lost %s\n", p.Path, word)
		}
		for _, word := range moved {
			_, _ = fmt.Fprintf(w, "%s: out of order %s\n", p.Path, word)
		}
		s.posts, s.words, s.lost, s.moved = s.posts+1, s.words+len(want), s.lost+len(lost), s.moved+len(moved)
	}
	return s, nil
}

// wordsOf returns the words of a post's page.
func wordsOf(p *post.Post) ([]string, error) {
	var b strings.Builder
	b.WriteString(p.Title() + "\n") // which may stand in the text, too
	for _, text := range p.Passages(nil) {
		b.WriteString(text + "\n")
	}
	return fields(b.String()), nil
}

// wordsOfFeed returns the words of the HTML that feeds have of a post.
func wordsOfFeed(p *post.Post) ([]string, error) {
	b := markdown.Unlimited()
	b.Page = p.Variable
	text := markdown.Parse(p.Body(), b, nil).AppendHTML(nil, 16<<20, func(string, bool) string { return "" }, b)
	return wordsIn(bytes.NewReader(text))
}

// wordsOfHTML returns the words that a browser shows of a text.
func wordsOfHTML(body string) ([]string, error) {
	m := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList, emoji.Emoji),
		goldmark.WithParserOptions(parser.WithAttribute()), goldmark.WithRendererOptions(htmlrenderer.WithUnsafe()))
	var out bytes.Buffer
	if err := m.Convert([]byte(body), &out); err != nil {
		return nil, err
	}
	return wordsIn(&out)
}

// wordsIn returns the words that a browser shows of HTML.
func wordsIn(text io.Reader) ([]string, error) {
	doc, err := html.Parse(text)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && among(n.Data, unseen), isNote(n):
			return
		case n.Type == html.ElementNode && !among(n.Data, inline):
			b.WriteByte('\n')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
		if n.Type == html.ElementNode && !among(n.Data, inline) {
			b.WriteByte('\n')
		}
	}
	visit(doc)
	return fields(b.String()), nil
}

// unseen are elements whose text browsers do not show, or show where there is no program for them.
const unseen = " script style head title template noscript iframe object video audio svg select textarea math "

// inline are elements that are part of words.
const inline = " a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u var wbr "

func among(name, names string) bool { return strings.Contains(names, " "+name+" ") }

// isNote reports whether an element is the number of a footnote, or its way back.
func isNote(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "class" && (a.Val == "footnote-ref" || a.Val == "footnote-backref") || a.Key == "role" && a.Val == "doc-noteref"
	})
}

// fields returns the words of a text: runs of letters and digits, and each sign of a script that
// has no spaces, since a line break between two of them is none.
func fields(text string) []string {
	var spaced strings.Builder
	for _, r := range strings.ReplaceAll(strings.ToLower(text), "\u00ad", "") { // without hyphens that are not seen
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			spaced.WriteString(" " + string(r) + " ")
		} else {
			spaced.WriteRune(r)
		}
	}
	return strings.FieldsFunc(spaced.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// differ returns the words of want that are not in got, and those that stand elsewhere in it.
func differ(want, got []string) (lost, moved []string) {
	spare := make(map[string]int)
	for _, word := range got {
		spare[word]++
	}
	for _, word := range want {
		spare[word]--
	}
	for _, word := range missing(want, got) {
		if spare[word] < 0 {
			spare[word]++
			lost = append(lost, word)
		} else {
			moved = append(moved, word)
		}
	}
	return lost, moved
}

// window is how many words are looked at for the next that both texts have in common.
const window = 3000

// missing returns the words of want that are in no longest sequence that both have in common, in
// pieces of texts of many words.
func missing(want, got []string) (words []string) {
	for len(want) > 0 {
		a, b := want[:min(window, len(want))], got[:min(window+window/4, len(got))]
		in, usedA, usedB := common(a, b)
		if len(want) > len(a) { // the end of a piece is looked at once more
			for usedA > len(a)*3/4 {
				usedA--
				if in[usedA] >= 0 {
					usedB = in[usedA]
				}
			}
		} else {
			usedA, usedB = len(a), len(b)
		}
		for i, at := range in[:usedA] {
			if at < 0 {
				words = append(words, a[i])
			}
		}
		want, got = want[usedA:], got[usedB:]
	}
	return words
}

// common returns for each word of a its place in b, or -1, for a longest common sequence, and how
// far that goes.
func common(a, b []string) (in []int, usedA, usedB int) {
	width := len(b) + 1
	best := make([]uint16, (len(a)+1)*width)
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				best[i*width+j] = best[(i+1)*width+j+1] + 1
			} else {
				best[i*width+j] = max(best[(i+1)*width+j], best[i*width+j+1])
			}
		}
	}
	in = make([]int, len(a))
	for i := range in {
		in[i] = -1
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			in[i] = j
			i, j = i+1, j+1
			usedA, usedB = i, j
		case best[(i+1)*width+j] >= best[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return in, usedA, usedB
}
