// Package theme defines how text looks: colours and styles, the built-in themes and those
// read from a file, and their conversion for terminals with few colours.
//
// Markdown is styled by glamour's styles, source code by chroma's. A Style is a value;
// Theme.SGR makes its control sequence, which is never parsed back.
//
// The package knows nothing of posts, pages and sessions.
package theme
