// Package theme is how text looks: colours and styles, the themes that readers choose
// from, those that a file adds, and what of each a terminal of few colours can show.
//
// What Markdown looks like is said by glamour's styles, the source code by chroma's.
// A style is a value; the control sequence that it becomes is made by Theme.SGR, and
// nowhere read back.
//
// The package knows nothing of posts, pages and sessions.
package theme
