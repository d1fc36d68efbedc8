package markdown

import (
	"bytes"
	"regexp"
	"strings"
)

// attributes drops an attribute list of kramdown's, {: .class }, where one may
// stand, and returns its length, or 0.
// https://kramdown.gettalong.org/syntax.html#attribute-list-definitions
func (e *expander) attributes(s string) int {
	end := strings.IndexAny(s[:min(len(s), 256)], "}\n")
	if end < 0 || s[end] != '}' || strings.TrimSpace(s[2:end]) == "" {
		return 0
	}
	line := strings.TrimLeft(e.line(), " >")
	line = line[marker(line):]
	if strings.TrimSpace(line) != "" && !strings.ContainsRune(")]*_`>", rune(line[len(line)-1])) {
		return 0
	}
	if strings.TrimSpace(s[2:end]) == "toc" {
		e.dropItem()
	}
	e.identify(s[2:end])
	return end + 1 + e.drop(s[end+1:])
}

// extension leaves out what extensions of kramdown's, {::name} … {:/name}, are made of,
// and comments, and returns the length of that, or 0.
func (e *expander) extension(s string, at int) int {
	end := strings.IndexAny(s[:min(len(s), 256)], "}\n")
	if end < 0 || s[end] != '}' {
		return 0
	}
	name, _, _ := strings.Cut(strings.TrimSpace(s[len("{::"):end]), " ")
	n := end + 1
	if strings.TrimRight(name, "/") == "comment" && s[end-1] != '/' {
		var to []int
		if !e.missing["{:/"] {
			to = kramdownEnd.FindStringIndex(s[n:])
		}
		if to != nil {
			e.comment(s[n:n+to[0]], at+n)
			n += to[1]
		} else {
			e.missing["{:/"] = true
			e.report(at, "{::comment} is not ended by {:/comment}; what follows is shown")
		}
	}
	return n + e.drop(s[n:])
}

var kramdownEnd = regexp.MustCompile(`\{:/(?:comment)?\}`)

// abbreviation returns the length of a line that says what an abbreviation stands for,
// which a page shows to a mouse only, or 0.
func abbreviation(s string) int {
	if indent := len(s) - len(strings.TrimLeft(s, " ")); indent > 3 || !strings.HasPrefix(s[indent:], "*[") {
		return 0
	}
	line, _, _ := strings.Cut(s, "\n")
	short, long, ok := strings.Cut(line, "]:")
	if !ok || strings.Contains(short, "](") || strings.Contains(long, "*") { // it is emphasis
		return 0
	}
	return min(len(line)+1, len(s))
}

// blockAttributes drops attributes of Hugo's, {.class #id key="value"}, which stand on
// the line after a block, and returns their length, or 0.
// https://gohugo.io/content-management/markdown-attributes/
func (e *expander) blockAttributes(s string) int {
	line, _, _ := strings.Cut(s[:min(len(s), 256)], "\n")
	if !hugoAttributes.MatchString(line) || strings.Trim(e.line(), " >") != "" {
		return 0
	}
	before := strings.TrimRight(string(e.out[max(len(e.out)-256, 0):]), " >")
	if before = strings.TrimSuffix(before, "\n"); before == "" || strings.HasSuffix(strings.TrimRight(before, " >"), "\n") {
		return 0 // they follow nothing
	}
	e.identify(strings.Trim(line, "{} "))
	return len(line) + e.drop(s[len(line):])
}

var hugoAttributes = regexp.MustCompile(`^\{\s*(?:(?:[.#][\w:-]+|[\w:-]+=(?:"[^"]*"|'[^']*'|[\w.:-]+))\s*)+\}\s*$`)

// identify gives the id in attributes to the block that ends on the line before the one
// being written: a heading, or else an element of its own at the end of a text.
func (e *expander) identify(attributes string) {
	before, ok := bytes.CutSuffix(e.out, []byte("\n"))
	id := idAttribute.FindString(attributes)
	if !ok || id == "" {
		return
	}
	id = id[strings.IndexByte(id, '#'):]
	tail := string(before[max(len(before)-MaxTag, 0):])
	line := tail[strings.LastIndexByte(tail, '\n')+1:]
	text := strings.TrimLeft(line, " >")
	switch {
	case text == "" || strings.ContainsRune("|`~<", rune(text[0])):
	case text[0] != '#' && strings.Trim(text, "=- ") != "":
		e.out = before
		e.write(` <a id="` + id[1:] + `"></a>` + "\n")
	case strings.HasSuffix(text, "}"): // it has one
	case text[0] == '#':
		e.out = before
		e.write(" {" + id + "}\n")
	case len(before) > len(line): // below the heading
		e.out = before[:len(before)-len(line)-1]
		e.write(" {" + id + "}\n" + line + "\n")
	}
}

var idAttribute = regexp.MustCompile(`(?:^|\s)#[\w:.-]+`)

// lineStart writes what only means something at the start of a line, and returns its
// length, or 0: a line that says what an abbreviation stands for and kramdown's mark for
// the end of a block, of which nothing is left, and a tag of HTML with markdown="1", or the end of one, which get a blank line behind
// them, so that what follows is Markdown as others have it, too.
func (e *expander) lineStart(s string) int {
	if n := abbreviation(s); n > 0 || strings.HasPrefix(s, "^\n") {
		return max(n, len("^")) // which ends a block in kramdown
	}
	if !e.markdownInHTML {
		return 0
	}
	line, _, _ := strings.Cut(s[:min(len(s), MaxTag)], "\n")
	tag := tagAroundMarkdown.FindString(line)
	if tag != "" {
		e.write(tag + "\n\n")
	}
	return len(tag)
}

var tagAroundMarkdown = regexp.MustCompile(`^ {0,3}(?:<(?i:div|section|article|aside|details|figure|blockquote|header|footer|main|nav|center|address|p)\b[^<>]*\bmarkdown\s*=\s*["']?(?:1|block|span)\b[^<>]*>(?:\s*<summary\b.*</summary>)?|` +
	`<summary\b[^<>]*>.*</summary>\s*$|` +
	`</(?i:div|section|article|aside|details|figure|blockquote|header|footer|main|nav|center|address|p)>\s*$)`)

// dropItem takes back the line before the one being written, if it is an item
// of a list: kramdown puts a table of contents in the place of such a list.
func (e *expander) dropItem() {
	before, ok := bytes.CutSuffix(e.out, []byte("\n"))
	if !ok {
		return
	}
	start := bytes.LastIndexByte(before[max(len(before)-MaxTag, 0):], '\n') + max(len(before)-MaxTag, 0) + 1
	if line := before[min(start, len(before)):]; marker(line) > 0 && !bytes.ContainsRune(line[:marker(line)], '>') {
		e.out = e.out[:len(before)-len(line)]
		for n := len(e.marks) - 1; n > 0 && e.marks[n].out > len(e.out); n-- {
			e.marks = e.marks[:n]
		}
	}
}
