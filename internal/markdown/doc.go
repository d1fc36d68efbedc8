// Package markdown parses a Markdown text into a tree: goldmark with GitHub's extensions,
// footnotes, definition lists, emoji and TeX, and with nodes for Hugo's and Zola's
// shortcodes, Liquid's tags, kramdown's extensions and HTML. It bounds what a hostile text
// can make the parser do.
//
// Pages, outlines, search, summaries, reading times and check all walk that tree. The
// package knows nothing of posts or terminals.
package markdown
