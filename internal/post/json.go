package post

import (
	"bytes"
	"encoding/json"
)

// decodeJSON reads one object token by token: that tells lines, keeps the
// order, and lets a key come twice.
func decodeJSON(meta []byte, first int) ([]value, error) {
	c := jsonConverter{dec: json.NewDecoder(bytes.NewReader(meta)), meta: meta, line: first}
	c.dec.UseNumber()
	v, err := c.value("", 0)
	if err == nil {
		return v.list, nil
	}
	// The offset of a json.SyntaxError counts from the token, not from the
	// start: what is wrong is the next thing after the last good token.
	rest := bytes.TrimLeft(meta[c.seen:], " \t\n:,")
	line := 1 + bytes.Count(meta[:len(meta)-len(rest)], []byte("\n"))
	return nil, &syntaxError{line, err.Error()}
}

type jsonConverter struct {
	dec  *json.Decoder
	meta []byte
	seen int // bytes of meta that line counts
	line int // of the file
}

// token returns the next token and counts the lines up to its end.
func (c *jsonConverter) token() (json.Token, error) {
	t, err := c.dec.Token()
	if at := int(c.dec.InputOffset()); at > c.seen {
		c.line += bytes.Count(c.meta[c.seen:at], []byte("\n"))
		c.seen = at
	}
	return t, err
}

func (c *jsonConverter) value(name string, depth int) (value, error) {
	t, err := c.token()
	if err != nil {
		return value{}, err
	}
	v := value{name: name, line: c.line, kind: scalar}
	switch t := t.(type) {
	case string:
		v.text = t
	case json.Number:
		v.text = t.String()
	case bool:
		v.text = "false"
		if t {
			v.text = "true"
		}
	case nil:
		v.kind = absent
	case json.Delim:
		if depth >= maxDepth {
			return v, errTooDeep
		}
		v.kind = table
		if t == '[' {
			v.kind = list
		}
		v.list, err = c.list(v.kind, depth)
	}
	return v, err
}

// list reads what follows an opening bracket, and the closing one.
func (c *jsonConverter) list(k kind, depth int) ([]value, error) {
	var out []value
	for c.dec.More() {
		name, line := "", 0
		if k == table {
			t, err := c.token()
			if err != nil {
				return nil, err
			}
			name, _ = t.(string) // the decoder takes nothing else for a key
			line = c.line
		}
		v, err := c.value(name, depth+1)
		if err != nil {
			return nil, err
		}
		if line > 0 {
			v.line = line // where the key is, not the end of the value
		}
		out = append(out, v)
	}
	_, err := c.token()
	return out, err
}
