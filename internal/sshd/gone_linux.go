package sshd

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// peerGone reports whether a connection has been reset. poll(2) sees that even if data
// received before has not been read.
func peerGone(nc net.Conn) bool { return polled(nc, 0)&(unix.POLLERR|unix.POLLHUP) != 0 }

// peerDone reports whether a client has closed its half or has gone: what is left to read
// is at most what the kernel holds.
func peerDone(nc net.Conn) bool {
	return polled(nc, unix.POLLRDHUP)&(unix.POLLERR|unix.POLLHUP|unix.POLLRDHUP) != 0
}

// untaken reports whether the peer's system has not yet acknowledged everything that was
// written (SIOCOUTQ of tcp(7)).
func untaken(nc net.Conn) bool {
	tcp, ok := tcpOf(nc)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	bytes := 0
	err = raw.Control(func(fd uintptr) {
		bytes, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
	})
	return err == nil && bytes > 0
}

// awaited reports whether a client has connected that Accept would return at once.
func awaited(l net.Listener) bool {
	socket, ok := l.(syscall.Conn)
	return ok && poll(socket, unix.POLLIN)&unix.POLLIN != 0
}

// polled returns which of the events, and of those that poll always reports, hold for a
// connection, without waiting. It returns POLLHUP if polling fails, and nothing for a
// connection that is not TCP.
func polled(nc net.Conn, events int16) int16 {
	tcp, ok := tcpOf(nc)
	if !ok {
		return 0
	}
	return poll(tcp, events)
}

// poll is polled for any socket.
func poll(socket syscall.Conn, events int16) int16 {
	raw, err := socket.SyscallConn()
	if err != nil {
		return unix.POLLHUP
	}
	var happened int16
	err = raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: events}} //nolint:gosec // a descriptor is an int
		if n, err := unix.Poll(fds, 0); err == nil && n > 0 {
			happened = fds[0].Revents
		}
	})
	if err != nil {
		return unix.POLLHUP
	}
	return happened
}
