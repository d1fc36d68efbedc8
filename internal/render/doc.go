// Package render turns a post into lines for a terminal of a given width and
// theme, and says where in them its headings, links, code blocks and
// footnotes are.
//
// The text comes as the tree that package markdown makes. A glamour StyleConfig styles each
// run of text, so that a glamour theme has the same effect as in glamour. The layout
// (wrapping, hanging indents, tables, code) is this package's own: so it knows the line of
// each element, and no line exceeds the width.
//
// The output can only colour text and mark hyperlinks: control characters and bidirectional
// overrides of the source are dropped on input, and only the writer emits escape sequences.
//
// Without a terminal (colorprofile.NoTTY) a page is meant for programs and screen readers:
// it has no drawing characters and nothing side by side.
//
// The package knows nothing of sessions, screens or SSH.
package render
