// Package render turns a post into lines for a terminal of a given width and
// theme, and tells where in them its headings, links, code blocks and
// footnotes are.
//
// The text comes as the tree that package markdown makes. Every run of text looks as
// a glamour StyleConfig says, so that a glamour theme means here what it means there;
// where the text goes (wrapping, hanging indents, tables, code) is decided by this
// package, which is what lets it know the line of everything and keep every line
// within its width.
//
// Nothing that comes out of here can do more to a terminal than colour text
// and mark hyperlinks: control characters and bidirectional overrides of the
// source are dropped on their way in, and escape sequences are only written
// by the writer at the way out.
//
// Where there is no terminal (colorprofile.NoTTY) a page is for a program or a
// voice to follow: nothing is drawn, and nothing stands beside anything.
//
// The package knows nothing of sessions, screens or SSH.
package render
