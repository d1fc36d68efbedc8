package post

import (
	"errors"
	"fmt"
)

// syntaxError is front matter that its decoder refuses.
type syntaxError struct {
	line int // of the front matter, from 1; 0 if the decoder does not tell
	what string
}

func (e *syntaxError) Error() string { return e.what }

// errTooDeep and errTooMany keep hostile front matter from costing more than
// its size: no decoder here recurses deeper, nor do aliases expand to more.
var (
	errTooDeep = fmt.Errorf("it nests deeper than %d levels: flatten it", maxDepth)
	errTooMany = fmt.Errorf("it holds more than %d values: shorten it", maxValues)
)

const (
	maxDepth  = 20
	maxValues = 10_000
)

// decode returns the entries of the front matter, or nil after it has reported
// what is wrong.
func (r *report) decode(p parts) (entries []value, ok bool) {
	if p.format == formatNone {
		return nil, true
	}
	// The decoders read text that anyone may upload. None is known to panic,
	// but one that did would take down every reader.
	defer func() {
		if e := recover(); e != nil {
			r.fail(p.metaLine, "the %s front matter cannot be read (%v): simplify it", p.format, e)
			entries, ok = nil, false
		}
	}()
	entries, err := decodeAs(p.format, p.meta, p.metaLine)
	if err == nil {
		return entries, true
	}
	line := p.metaLine
	var syntax *syntaxError
	if errors.As(err, &syntax) && syntax.line > 1 {
		// Decoders find some mistakes only at the end, behind the last line.
		line = min(p.metaLine+syntax.line-1, lastLine(p))
	}
	r.fail(line, "the %s front matter is wrong: %v", p.format, err)
	return nil, false
}

// decodeAs reads front matter whose first line is line first of the file.
func decodeAs(f format, meta []byte, first int) ([]value, error) {
	switch f {
	case formatYAML:
		return decodeYAML(meta, first)
	case formatTOML:
		return decodeTOML(meta, first)
	case formatJSON:
		return decodeJSON(meta, first)
	case formatLines:
		return decodeLines(meta, first), nil
	}
	panic("no such format")
}

func lastLine(p parts) int {
	n := p.metaLine
	for i, b := range p.meta {
		if b == '\n' && i+1 < len(p.meta) {
			n++
		}
	}
	return n
}
