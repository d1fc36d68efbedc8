package markdown

import "strings"

// LanguageOf returns the language that the first line of a fenced code block, its
// info string, names. Engines disagree on what else may stand there:
//
//	```go                    CommonMark, and after a space anything
//	```rust,ignore           rustdoc and mdBook: comma-separated attributes
//	```{.python .numberLines}  Pandoc and R Markdown: attributes in braces
//	```js{1,3-5}             Gatsby and Docusaurus: lines to mark
//	```go:main.go            a file's name behind a colon
func LanguageOf(info string) string {
	info = strings.TrimSpace(info)
	if inner, ok := strings.CutPrefix(info, "{"); ok {
		inner, _, _ = strings.Cut(inner, "}")
		first, _, _ := strings.Cut(strings.TrimSpace(inner), " ")
		return wordOf(strings.TrimPrefix(strings.TrimPrefix(first, "."), "language-"))
	}
	return wordOf(strings.TrimPrefix(info, "language-"))
}

// maxLanguage bounds the name of a language, in bytes. A longer one is none: to
// look for the language of a name takes half a millisecond for each byte.
const maxLanguage = 64

// Language returns the name of a language, or "" for what cannot be one.
func Language(name string) string {
	if name = CleanTarget(name); len(name) > maxLanguage {
		return ""
	}
	return name
}

// wordOf cuts a language's name off what may follow it without a space.
func wordOf(s string) string {
	if end := strings.IndexAny(s, " \t,{}:;="); end >= 0 {
		s = s[:end]
	}
	return Language(s)
}
