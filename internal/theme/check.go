package theme

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"text/template"

	glamour "charm.land/glamour/v2/ansi"
	chromastyles "github.com/alecthomas/chroma/v2/styles"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// check compares JSON with file, key by key, and returns the keys on its top level.
// encoding/json would take a wrong key for the right one in another case, the second
// of two equal ones, and any text for a colour.
func check(text []byte) (map[string]bool, error) {
	c := checker{json.NewDecoder(bytes.NewReader(text))}
	c.UseNumber()
	top, err := c.value(reflect.TypeFor[file](), "")
	if err == nil && c.More() {
		err = fmt.Errorf("line %d: there is more after the theme's last brace", 1+bytes.Count(text[:c.InputOffset()], []byte{'\n'}))
	}
	return top, err
}

type checker struct{ *json.Decoder }

func (c checker) token() (json.Token, error) {
	token, err := c.Token()
	if err != nil {
		err = fmt.Errorf("not JSON at byte %d: %w", c.InputOffset(), err)
	}
	return token, err
}

// value checks the next value against a type of file, and returns the keys of an
// object.
func (c checker) value(t reflect.Type, path string) (map[string]bool, error) {
	token, err := c.token()
	if err != nil {
		return nil, err
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var ok bool
	var want string
	switch t.Kind() {
	case reflect.Struct:
		if token == json.Delim('{') {
			return c.object(t, path)
		}
		return nil, fmt.Errorf("%s: want an object in braces", name(path))
	case reflect.Bool:
		want = "true or false"
		_, ok = token.(bool)
	case reflect.String:
		text, isText := token.(string)
		want, ok = rule(path, text)
		ok = ok && isText
	default: // glamour's numbers are of the layout
		want = "a number"
		_, ok = token.(json.Number)
	}
	if !ok {
		return nil, fmt.Errorf("%s: %s is not allowed; want %s", name(path), show(token), want)
	}
	return nil, nil
}

func (c checker) object(t reflect.Type, path string) (map[string]bool, error) {
	names, types := jsonFields(t)
	seen := make(map[string]bool)
	for c.More() {
		token, err := c.token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		at := strings.TrimPrefix(path+"."+key, ".")
		switch {
		case types[key] == nil:
			return nil, fmt.Errorf("%s: there is no such key; %s may have %s", show(at), name(path), strings.Join(names, ", "))
		case seen[key]:
			return nil, fmt.Errorf("%s: it stands there twice; remove one", at)
		}
		seen[key] = true
		if _, err := c.value(types[key], at); err != nil {
			return nil, err
		}
	}
	_, err := c.token() // the brace
	return seen, err
}

// name is what an object is called in a message.
func name(path string) string {
	if path == "" {
		return "a theme"
	}
	return path
}

// show returns a value for a message.
func show(v any) string {
	s := fmt.Sprint(v)
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return strconv.Quote(plaintext.Clean(s))
}

// jsonFields returns the keys of a struct, those of embedded ones included, in order
// and with their types.
func jsonFields(t reflect.Type) (names []string, types map[string]reflect.Type) {
	types = make(map[string]reflect.Type)
	for _, f := range reflect.VisibleFields(t) {
		if key := jsonKey(&f); key != "" && types[key] == nil {
			names, types[key] = append(names, key), f.Type
		}
	}
	return names, types
}

// jsonKey returns the name of a field in JSON, or "" if it has none.
func jsonKey(f *reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return strings.TrimPrefix(key, "-")
}

// rule returns what text may stand at a path, and reports whether this may.
func rule(path, text string) (want string, ok bool) {
	clean := plaintext.Clean(text) == strings.ReplaceAll(text, "\n", " ")
	switch key := path[strings.LastIndexByte(path, '.')+1:]; {
	case path == "name":
		return "up to 30 lower-case letters, digits and hyphens that no other theme has",
			text != "" && len(text) <= 30 && text != Auto && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	case path == "background":
		return `"dark" or "light"`, text == "dark" || text == "light"
	case strings.HasPrefix(path, "reader."):
		return `a colour as "#rrggbb"`, len(text) == 7 && ParseColor(text) != 0
	case key == "color" || key == "background_color":
		return `a colour as "#rrggbb" or a number of the 256-colour palette as "0" to "255"`, ParseColor(text) != 0
	case path == "code_block.theme":
		return "the name of a style of chroma's, as " + strings.Join(chromastyles.Names(), ", "),
			text == "" || chromastyles.Registry[text] != nil
	case key == "format":
		_, err := template.New("").Funcs(glamour.TemplateFuncMap).Parse(text)
		return "a Go template that works", err == nil && clean
	}
	return "text without control characters, at most 200 bytes long", clean && len(text) <= 200
}
