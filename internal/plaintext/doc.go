// Package plaintext makes text safe to be written to a terminal or a log, cuts it where a
// reader would (at words, sentences and whole characters), and folds it for searches.
//
// It is the lowest layer of all that handles text, and knows nothing of posts, Markdown or
// terminals.
package plaintext
