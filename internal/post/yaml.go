package post

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// decodeYAML reads a mapping. It walks the document's nodes instead of decoding
// into Go values: nodes know their lines, aliases stay unexpanded, and a key that
// comes twice is no error.
func decodeYAML(meta []byte, first int) ([]value, error) {
	if entries, ok := plainYAML(meta, first); ok {
		return entries, nil
	}
	return yamlNodes(meta, first)
}

// yamlNodes is decodeYAML for all of YAML.
func yamlNodes(meta []byte, first int) ([]value, error) {
	// YAML has none of these two, not even in a comment. plainYAML takes them, and no text that
	// is shown keeps them.
	for _, noncharacter := range [...]string{"\ufffe", "\uffff"} {
		meta = bytes.ReplaceAll(meta, []byte(noncharacter), nil)
	}
	// The decoder's own limit on depth is far beyond what front matter needs.
	limits := yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth)))
	loader, err := yaml.NewLoader(bytes.NewReader(meta), yaml.WithUniqueKeys(false), limits)
	if err != nil {
		return nil, err
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil // nothing but comments
	case err != nil:
		return nil, explainYAML(meta, err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, &syntaxError{second.Line, "it holds a second document: remove the line that starts with ---"}
	case !errors.Is(err, io.EOF):
		return nil, explainYAML(meta, err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
			return nil, nil
		}
		return nil, &syntaxError{root.Line, `it is not a list of "key: value" lines`}
	}
	c := yamlConverter{meta: meta, offset: first - 1, budget: maxValues}
	entries := c.entries(root, 0)
	if c.budget < 0 {
		return nil, errTooMany
	}
	return entries, nil
}

// yamlConverter turns nodes into values. The budget bounds what aliases of
// aliases expand to.
type yamlConverter struct {
	meta   []byte
	offset int // from a node's line to the file's
	budget int
}

// entries converts a mapping.
func (c *yamlConverter) entries(n *yaml.Node, depth int) []value {
	out := make([]value, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		v := c.value(n.Content[i+1], depth+1)
		v.name, v.line = name, n.Content[i].Line+c.offset
		out = append(out, v)
	}
	return out
}

func (c *yamlConverter) value(n *yaml.Node, depth int) value {
	v := value{line: n.Line + c.offset}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if c.budget--; c.budget < 0 || n == nil {
		return v
	}
	switch n.Kind {
	case yaml.ScalarNode:
		v.lost = c.lost(n)
		if n.Tag != "!!null" {
			v.kind, v.text = scalar, n.Value
		}
	case yaml.SequenceNode:
		v.kind = list
		if depth < maxDepth { // an alias can hold itself
			v.list = make([]value, 0, len(n.Content))
			for _, e := range n.Content {
				v.list = append(v.list, c.value(e, depth+1))
			}
		}
	case yaml.MappingNode:
		v.kind = table
		if depth < maxDepth {
			v.list = c.entries(n, depth)
		}
	}
	return v
}

// lost returns the word that an author may have meant to be a part of a scalar.
func (c *yamlConverter) lost(n *yaml.Node) string {
	switch {
	case n.Anchor != "" && !bytes.Contains(c.meta, []byte("*"+n.Anchor)):
		return "&" + n.Anchor
	case n.Style&yaml.TaggedStyle != 0 && !strings.HasPrefix(n.Tag, "!!"):
		return n.Tag
	}
	return ""
}

// lostWords reports texts in YAML of which a part does not count: what looks like an
// anchor, a tag or a comment.
func (r *report) lostWords(p parts, entries []value) {
	tell := func(name string, v *value) {
		if v.lost != "" && lookupKey(name) != unknown {
			r.note(v.line, "%s: YAML leaves out %s: put the text in quotes", quoteKey(name), quoted(v.lost))
		}
	}
	for i := range entries {
		v := &entries[i]
		tell(v.name, v)
		for j := range v.list {
			tell(v.name, &v.list[j])
		}
	}
	if !bytes.Contains(p.meta, []byte(" #")) {
		return
	}
	name, isList, line := "", false, p.metaLine-1
	for text := range strings.Lines(string(p.meta)) {
		line++
		text = strings.TrimSpace(text)
		item, ok := strings.CutPrefix(text, "- ")
		if !ok || !isList {
			name, item, ok = strings.Cut(text, ":")
			isList = item == ""
		}
		if !ok || !lookupKey(name).isText() {
			continue
		}
		item = strings.TrimSpace(item)
		if before, comment, ok := strings.Cut(" "+item, " #"); ok && !strings.ContainsAny(before[:min(2, len(before))], "\"'[{|>") &&
			(before != "" || comment != "" && comment[0] != ' ') {
			r.note(line, `%s: what comes after " #" is a comment: put the text in quotes`, quoteKey(name))
		}
	}
}

// isText reports whether k has texts that an author may write with any sign.
func (k key) isText() bool {
	return k == keyTitle || k.nested() && k != keySeparator && k != keyMinutes
}

// explainYAML says what to do about the mistakes that authors make, and where.
func explainYAML(meta []byte, err error) error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &syntaxError{0, err.Error()}
	}
	e := &syntaxError{load.Mark.Line, load.Message}
	switch {
	case strings.Contains(load.Message, "max depth"):
		e.what = errTooDeep.Error()
	case strings.HasPrefix(load.Message, "mapping values are not allowed"):
		e.what = `a value that has ": " in it needs quotes, or the line is indented too far`
	case strings.HasPrefix(load.Message, "found character that cannot start any token"):
		if b := byteAt(meta, load.Mark.Line, load.Mark.Column); b == '\t' {
			e.what = "indent with spaces, not with tabs"
		} else {
			e.what = "a value that starts with " + string(b) + " needs quotes"
		}
	case strings.HasPrefix(load.Message, "unknown anchor"):
		e.what = "a value that starts with * needs quotes"
	case load.ContextMsg == "while scanning a quoted scalar" && strings.Contains(load.Message, "end of stream"):
		e.line, e.what = load.ContextMark.Line, "the quote that opens here is never closed"
	case strings.HasPrefix(load.ContextMsg, "while parsing a flow"):
		e.line, e.what = load.ContextMark.Line, "the bracket that opens here is not closed, or a comma is missing"
	case strings.HasPrefix(load.Message, "did not find expected key"):
		e.what = "this does not fit the lines before it: check indentation and quotes"
	case load.ContextMsg != "":
		e.what = load.ContextMsg + ", " + load.Message
	}
	return e
}

// byteAt returns the byte at a line and column, both from 1, or '?'.
func byteAt(text []byte, line, column int) byte {
	for n, s := range strings.Split(string(text), "\n") {
		if n+1 == line && column >= 1 && column <= len(s) {
			return s[column-1]
		}
	}
	return '?'
}
