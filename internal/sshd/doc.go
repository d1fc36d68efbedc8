// Package sshd is the door: the SSH server that anyone on the internet may
// connect to, without a key and without a name.
//
// It decides everything before the application sees a byte. A connection is
// counted against its source before any cryptography is done for it; what a
// client asks for inside a session (terminal size, environment, command) is
// bounded and cleaned; input, silence, writes and whole sessions have limits;
// a panic ends one session and no other; a shutdown lets readers finish.
//
// The application is an [ssh.Handler] (charm.land/ssh) given in [Config]; the
// middleware around it is wish's kind, in one chain (chain.go). The sessions
// it receives are this package's own type, because the one in charm.land/ssh
// blocks, grows and accepts more than a public port can bear; they implement
// [Session], and with it the whole of ssh.Session, so ordinary wish
// middleware works on them.
//
// The package knows nothing of terminals' contents, of blogs or of Bubble
// Tea, and it never logs a reader's key.
package sshd
