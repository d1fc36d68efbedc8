package post

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// decodeTOML reads a document. Unlike YAML and JSON, TOML forbids to give a key
// twice, and so does its decoder.
func decodeTOML(meta []byte, first int) ([]value, error) {
	text := string(meta)
	if line := dottedLine(text); line > 0 {
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
	c := tomlConverter{lines: strings.Split(text, "\n"), first: first}
	entries := make([]value, 0, len(doc))
	for _, k := range md.Keys() { // in the order of the file
		name := k[0]
		x, ok := doc[name]
		if !ok || len(k) > 1 || lookupKey(name) == unknown {
			continue
		}
		entries = append(entries, c.value(name, x, c.find(name, 0), 1))
		delete(doc, name) // a list of tables comes once for each table
	}
	return entries, nil
}

// dottedLine returns the first line with more dots than a key can sensibly
// have, or 0. The decoder needs time in the square of a key's parts: 16 KiB of
// a.a.a.a take it seconds.
func dottedLine(text string) int {
	const most = 64
	n := 1
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Count(line, ".") > most && dotsOutsideQuotes(line) > most {
			return n
		}
		n++
	}
	return 0
}

func dotsOutsideQuotes(line string) int {
	n := 0
	var quote byte
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case quote == '"' && b == '\\':
			i++
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '#':
			return n
		case b == '.':
			n++
		}
	}
	return n
}

// tomlConverter turns Go values into ours. Strings are copied, because the
// decoder's are pieces of the front matter and would keep all of it in memory.
type tomlConverter struct {
	lines []string
	first int // the line of the file that lines start on
}

// find returns the index of the line at or after from that gives key or opens
// its table, else from: the decoder tells no positions, and this serves messages.
func (c *tomlConverter) find(key string, from int) int {
	for i := from; i < len(c.lines); i++ {
		rest := strings.TrimLeft(c.lines[i], " \t[\"'")
		if rest, ok := strings.CutPrefix(rest, key); ok {
			if rest = strings.TrimLeft(rest, " \t\"'"); rest != "" && strings.ContainsRune("=].", rune(rest[0])) {
				return i
			}
		}
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
		for k, e := range x {
			v.list = c.append(v.list, k, e, c.find(k, at), depth)
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
