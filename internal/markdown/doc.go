// Package markdown reads one Markdown text as a tree: goldmark with GitHub's
// extensions, footnotes, definition lists, emoji and TeX, and with what Hugo's and Zola's
// shortcodes, Liquid's tags and kramdown's extensions stand for. It bounds what a hostile
// text can make the parser do.
//
// All who need something of a text walk that tree: a page and its outline, search,
// summaries, reading times, check. It knows nothing of posts or terminals.
package markdown
