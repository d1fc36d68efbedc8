package markdown

import (
	"path"
	"strconv"
	"strings"
)

// hexo writes one of Hexo's tag plugins (hexo.io/docs/tag-plugins) with what it encloses, which rest, at an
// offset of the body, starts with. It returns the length of that with its end, and whether t is one of them.
func (e *expander) hexo(t Tag, rest string, at, depth int) (length int, ok bool) {
	inner := ""
	switch t.Name {
	case "codeblock", "code", "blockquote", "quote", "pullquote":
		if inner, length = e.until(rest, "end"+t.Name); length == 0 {
			return 0, false
		}
		e.ending = rest[len(inner):length]
	}
	switch t.Name {
	case "codeblock", "code":
		lang, caption := hexoCode(t.Args)
		if caption != "" {
			spaces, _ := e.indent()
			e.put(piece{kind: pieceText, text: caption})
			e.write("\n\n" + spaces)
		}
		e.code(lang, inner)
	case "blockquote", "quote", "pullquote":
		whom := ""
		if t.Name != "pullquote" { // which has a class
			whom = strings.Join(t.Args, " ")
		}
		e.within(piece{kind: pieceQuote, text: e.plain(whom)}, inner, at, depth)
	case "post_link", "asset_link":
		if len(t.Args) == 0 {
			return 0, false
		}
		to := t.Args[0]
		text := to
		if words := t.Args[1:]; len(words) > 0 {
			if last := words[len(words)-1]; t.Name == "post_link" && len(words) > 1 && (last == "true" || last == "false") { // whether to escape it
				words = words[:len(words)-1]
			}
			text = strings.Join(words, " ")
		}
		if t.Name == "post_link" {
			to = PostScheme + escapedTarget(to)
		}
		e.link(text, to)
	case "post_path":
		e.put(piece{kind: pieceReference, target: t.Get("0")})
	case "asset_path":
		e.put(piece{kind: pieceText, text: t.Get("0")})
	case "asset_img":
		e.hexoImage(t.Args)
	default:
		return 0, false
	}
	return length, true
}

// hexoCode returns the language of one of Hexo's blocks of code, and what stands above it.
func hexoCode(args []string) (lang, caption string) {
	var words []string
	for _, arg := range args {
		switch name, value, _ := strings.Cut(arg, ":"); name {
		case "lang":
			lang = value
		case "line_number", "line_threshold", "highlight", "first_line", "mark", "diff", "wrap":
		default:
			words = append(words, arg)
		}
	}
	return Language(lang), strings.Join(words, " ")
}

// hexoImage writes an image beside the post by the arguments of its tag: classes, its name, its size, a title
// and what stands for it.
func (e *expander) hexoImage(args []string) {
	for i, arg := range args {
		if path.Ext(arg) == "" && i < len(args)-1 {
			continue // a class
		}
		var words []string
		for _, arg := range args[i+1:] {
			if _, err := strconv.Atoi(strings.TrimSuffix(arg, "%")); err == nil && len(words) == 0 {
				continue
			}
			if strings.HasPrefix(arg, `"`) { // '"a title" "a text"' is one
				words = append(words, ParseTag("_ "+arg).Args...)
				continue
			}
			words = append(words, arg)
		}
		t := Tag{named: make(map[string]string)}
		switch len(words) {
		case 0:
		case 2:
			t.named["title"], t.named["alt"] = words[0], words[1]
		default:
			t.named["alt"] = strings.Join(words, " ")
		}
		e.figure(t, arg)
		return
	}
}
