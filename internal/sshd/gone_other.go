//go:build !linux

package sshd

import "net"

// peerGone cannot tell; what was received is read first.
func peerGone(net.Conn) bool { return false }

// peerDone reports false: only Linux is asked.
func peerDone(net.Conn) bool { return false }

// untaken reports false: only Linux is asked.
func untaken(net.Conn) bool { return false }

// awaited reports false: only Linux is asked.
func awaited(net.Listener) bool { return false }
