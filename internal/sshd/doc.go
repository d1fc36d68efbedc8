// Package sshd is an SSH server that anyone on the internet may connect to, without a key and
// with any login name.
//
// Its limits apply before the application sees a byte. A connection is counted for its source
// before any cryptography is done for it; what a client requests for a session (terminal size,
// environment, command) is bounded and cleaned; input, idle time, writes and the length of
// sessions are limited; a panic ends one session and no other; at a shutdown readers may
// finish.
//
// The application is an [ssh.Handler] (charm.land/ssh), given in [Config], at the end of a
// chain of middleware as in wish (chain.go). Its sessions are this package's own type, since
// those of charm.land/ssh block, grow and accept more than a public server can afford. They
// implement [Session], and with it ssh.Session, so ordinary wish middleware works with them.
//
// The package knows nothing of what terminals show, of posts or of Bubble Tea, and never logs
// a reader's key.
package sshd
