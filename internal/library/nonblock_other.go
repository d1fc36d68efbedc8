//go:build !unix

package library

// nonblock is nothing here: no file makes opening it wait for another process.
const nonblock = 0
