package render

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

	"github.com/sshblog/sshblog/internal/post"
)

// checkDesign compares JSON with designFile, key by key, and returns the keys
// on its top level. encoding/json would take a wrong key for the right one in
// another case, the second of two equal ones, and any text for a colour.
func checkDesign(text []byte) (map[string]bool, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	w := designChecker{dec: dec, top: make(map[string]bool)}
	if err := w.value(reflect.TypeFor[designFile](), ""); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("line %d: there is more after the theme's last brace", w.line(text))
	}
	return w.top, nil
}

type designChecker struct {
	dec *json.Decoder
	top map[string]bool
}

// value checks the next value against a type of designFile.
func (w *designChecker) value(t reflect.Type, path string) error {
	token, err := w.dec.Token()
	if err != nil {
		return fmt.Errorf("not JSON at byte %d: %w", w.dec.InputOffset(), err)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var ok bool
	switch t.Kind() {
	case reflect.Struct:
		if token == json.Delim('{') {
			return w.object(t, path)
		}
		return fmt.Errorf("%s: want an object in braces", name(path))
	case reflect.Bool:
		_, ok = token.(bool)
	case reflect.String:
		var s string
		if s, ok = token.(string); ok {
			ok = validText(path, s)
		}
	default: // glamour's numbers are of the layout
		_, ok = token.(json.Number)
	}
	if ok {
		return nil
	}
	if t.Kind() == reflect.Bool {
		return fmt.Errorf("%s: %s is not allowed; want true or false", name(path), show(token))
	}
	return fmt.Errorf("%s: %s is not allowed; want %s", name(path), show(token), wanted(path))
}

func (w *designChecker) object(t reflect.Type, path string) error {
	fields := jsonFields(t)
	seen := make(map[string]bool)
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return fmt.Errorf("not JSON at byte %d: %w", w.dec.InputOffset(), err)
		}
		key, _ := token.(string)
		at := strings.TrimPrefix(path+"."+key, ".")
		field, ok := fields.types[key]
		switch {
		case !ok:
			return fmt.Errorf("%s: there is no such key; %s may have %s", show(at), name(path), strings.Join(fields.names, ", "))
		case seen[key]:
			return fmt.Errorf("%s: it stands there twice; remove one", at)
		}
		seen[key] = true
		if path == "" {
			w.top[key] = true
		}
		if err := w.value(field, at); err != nil {
			return err
		}
	}
	_, err := w.dec.Token() // the brace
	if err != nil {
		return fmt.Errorf("not JSON at byte %d: %w", w.dec.InputOffset(), err)
	}
	return nil
}

func (w *designChecker) line(text []byte) int {
	return 1 + bytes.Count(text[:w.dec.InputOffset()], []byte{'\n'})
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
	return strconv.Quote(post.Clean(s))
}

type jsonKeys struct {
	names []string
	types map[string]reflect.Type
}

// jsonFields returns the keys of a struct, those of embedded ones included.
func jsonFields(t reflect.Type) jsonKeys {
	k := jsonKeys{types: make(map[string]reflect.Type)}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		key := jsonKey(&f)
		if _, shadowed := k.types[key]; !shadowed {
			k.names, k.types[key] = append(k.names, key), f.Type
		}
	}
	return k
}

// jsonKey returns the name of a field in JSON.
func jsonKey(f *reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return key
}

// validText tells whether a text may stand at a path.
func validText(path, s string) bool {
	switch key := path[strings.LastIndexByte(path, '.')+1:]; {
	case path == "name":
		return validName(s)
	case path == "background":
		return s == "dark" || s == "light"
	case strings.HasPrefix(path, "reader."):
		return hexHue(s) != 0
	case key == "color" || key == "background_color":
		return parseColour(s) != 0
	case path == "code_block.theme":
		_, ok := chromastyles.Registry[s]
		return ok || s == ""
	case key == "format":
		_, err := template.New("").Funcs(glamour.TemplateFuncMap).Parse(s)
		return err == nil && clean(s) == s
	default:
		return clean(s) == s && len(s) <= 200
	}
}

// wanted says what may stand at a path.
func wanted(path string) string {
	switch key := path[strings.LastIndexByte(path, '.')+1:]; {
	case path == "name":
		return "up to 30 lower-case letters, digits and hyphens that no other theme has"
	case path == "background":
		return `"dark" or "light"`
	case strings.HasPrefix(path, "reader."):
		return `a colour as "#rrggbb"`
	case key == "color" || key == "background_color":
		return `a colour as "#rrggbb" or a number of the 256-colour palette as "0" to "255"`
	case path == "code_block.theme":
		return "the name of a style of chroma's, as " + strings.Join(chromastyles.Names(), ", ")
	case key == "format":
		return "a Go template that works"
	case key == "indent" || key == "margin" || key == "level_indent":
		return "a number"
	default:
		return "text without control characters, at most 200 bytes long"
	}
}

func validName(s string) bool {
	return s != "" && len(s) <= 30 && s != AutoTheme &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// parseColour reads a colour as glamour's styles have it: "#rrggbb", "#rgb",
// or an index of the 256-colour palette. Anything else is 0.
func parseColour(s string) hue {
	if len(s) == 4 && s[0] == '#' {
		s = "#" + s[1:2] + s[1:2] + s[2:3] + s[2:3] + s[3:] + s[3:]
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n <= 255 && strconv.Itoa(n) == s {
		return indexed(n)
	}
	return hexHue(s)
}
