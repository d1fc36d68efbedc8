package post

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// decodeTOML reads a document. Unlike YAML and JSON, TOML forbids to give a key
// twice, and so does its decoder.
func decodeTOML(meta []byte, first int) ([]value, error) {
	text := string(meta)
	if line := DeepTOML(text); line > 0 {
		return nil, &syntaxError{line, errTooDeep.Error()}
	}
	var doc map[string]any
	md, err := toml.Decode(text, &doc)
	if err != nil {
		if parse, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, &syntaxError{parse.Position.Line, parse.Message}
		}
		return nil, &syntaxError{0, err.Error()}
	}
	c := tomlConverter{lines: keyLines(text), first: first}
	entries := make([]value, 0, len(doc))
	for _, k := range md.Keys() { // in the order of the file
		name := k[0]
		x, ok := doc[name]
		if !ok || len(k) > 1 {
			continue
		}
		entries = append(entries, c.value(name, x, c.find(name, 0), 1))
		delete(doc, name) // a list of tables comes once for each table
	}
	return entries, nil
}

// maxDots is more dots than the keys of a line can sensibly have.
const maxDots = 64

// DeepTOML returns the first line of a TOML document that nests tables and arrays deeper than maxDepth, or
// that has more than maxDots dots outside of strings; or 0. The decoder needs time and
// memory in the square of both: 16 KiB of {a={a={a= take it 650 MB, of a.a.a.a seconds.
func DeepTOML(text string) int {
	line, dots, depth := 1, 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			line++
			dots = 0
		case '#':
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return 0
			}
			i += end - 1
		case '"', '\'':
			n := stringLen(text[i:])
			line += strings.Count(text[i:i+n], "\n")
			i += n - 1
		case '.':
			dots++
		case '{', '[':
			depth++
		case '}', ']':
			depth = max(depth-1, 0)
		}
		if depth > maxDepth || dots > maxDots {
			return line
		}
	}
	return 0
}

// stringLen returns how many bytes the string takes that text begins with: up to its
// closing mark, or else the end of the line, or of the text where it may have many lines.
func stringLen(text string) int {
	mark := text[:1]
	if triple := strings.Repeat(mark, 3); strings.HasPrefix(text, triple) {
		mark = triple
	}
	for i := len(mark); i < len(text); i++ {
		switch {
		case text[i] == '\\' && mark[0] == '"':
			i++
		case strings.HasPrefix(text[i:], mark):
			return i + len(mark)
		case text[i] == '\n' && len(mark) == 1:
			return i
		}
	}
	return len(text)
}

// tomlConverter turns Go values into ours. Strings are copied, because the
// decoder's are pieces of the front matter and would keep all of it in memory.
type tomlConverter struct {
	lines map[string][]int // see keyLines
	first int              // the line of the file that lines start on
}

// keyLines returns the lines, from 0, that seem to give a key or to open its table.
func keyLines(text string) map[string][]int {
	lines := make(map[string][]int)
	n := 0
	for line := range strings.Lines(text) {
		if end := strings.IndexAny(line, "=]."); end > 0 {
			key := strings.Trim(line[:end], " \t[\"'")
			lines[key] = append(lines[key], n)
		}
		n++
	}
	return lines
}

// find returns the first line at or after from that gives key or opens its table,
// else from: the decoder tells no positions, and this serves messages.
func (c *tomlConverter) find(key string, from int) int {
	lines := c.lines[key]
	if i, _ := slices.BinarySearch(lines, from); i < len(lines) {
		return lines[i]
	}
	return from
}

func (c *tomlConverter) value(name string, x any, at, depth int) value {
	v := value{name: strings.Clone(name), line: c.first + at, kind: scalar}
	switch x := x.(type) {
	case string:
		v.text = strings.Clone(x)
	case bool:
		v.text = strconv.FormatBool(x)
	case int64:
		v.text = strconv.FormatInt(x, 10)
	case float64:
		v.text = strconv.FormatFloat(x, 'f', -1, 64)
	case time.Time:
		v.text = tomlTime(x)
	case []any:
		v.kind = list
		for _, e := range x {
			v.list = c.append(v.list, "", e, at, depth)
		}
	case []map[string]any:
		v.kind = list
		for _, e := range x {
			v.list = c.append(v.list, "", e, at, depth)
		}
	case map[string]any:
		v.kind = table
		for _, k := range slices.Sorted(maps.Keys(x)) {
			v.list = c.append(v.list, k, x[k], c.find(k, at), depth)
		}
	default:
		v.text = fmt.Sprint(x)
	}
	return v
}

func (c *tomlConverter) append(to []value, name string, x any, at, depth int) []value {
	if depth >= maxDepth {
		return to
	}
	return append(to, c.value(name, x, at, depth+1))
}

// tomlTime writes a time as its author did: local dates and times carry the
// host's offset in a location that the decoder names after their kind.
func tomlTime(t time.Time) string {
	switch t.Location().String() {
	case "date-local":
		return t.Format(time.DateOnly)
	case "time-local":
		return t.Format(time.TimeOnly)
	case "datetime-local":
		return t.Format("2006-01-02T15:04:05.999999999")
	}
	return t.Format(time.RFC3339Nano)
}
