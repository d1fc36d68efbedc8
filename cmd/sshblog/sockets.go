package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"

	"github.com/sshblog/sshblog/internal/supervise"
)

// Names of sockets. Those of a socket unit that are for readers have any other name.
const (
	opsSocket        = "ops"            // of a socket unit, for the operator's pages (FileDescriptorName=)
	openedForReaders = "sshblog-listen" // by a predecessor, since the setting listen said so
	openedForOps     = "sshblog-ops"    // the same by the setting ops
)

// sockets are those that the server listens at: first those that it was started with.
type sockets struct {
	given []supervise.Socket // and not used yet
	used  []supervise.Socket // which a successor gets
	// inherited are those of them that are a predecessor's, used or not.
	inherited []supervise.Socket
}

// listen returns the listeners of a setting, listen or ops. Sockets of a socket unit are used whatever the
// addresses are; else sockets that a predecessor has opened for one of the addresses; what is missing is
// opened.
func (s *sockets) listen(ctx context.Context, setting string, addresses []string) (listeners []net.Listener, err error) {
	forOps := setting == "ops"
	name := openedForReaders
	if forOps {
		name = openedForOps
	}
	found := s.take(func(g supervise.Socket) bool { return ofUnit(g, forOps) })
	if len(found) > 0 {
		addresses = nil
	}
	for _, address := range addresses {
		same := s.take(func(g supervise.Socket) bool { return g.Name == name && listensAt(g.Addr(), address) })
		if len(same) > 0 {
			found = append(found, same[0])
			continue
		}
		l, failed := listen(ctx, setting, address)
		if failed != nil {
			if err = failed; errors.Is(failed, syscall.EADDRINUSE) && slices.ContainsFunc(s.inherited, func(i supervise.Socket) bool { return overlap(i.Addr(), address) }) {
				err = fmt.Errorf("setting %s: %s has a port of the server that is being upgraded: only a restart can change for which addresses it stands", setting, address)
			}
			break
		}
		tcp, ok := l.(*net.TCPListener)
		if !ok {
			err = errors.New("setting " + setting + ": " + address + " is no TCP address")
			break
		}
		found = append(found, supervise.Socket{TCPListener: tcp, Name: name})
	}
	if err != nil {
		for _, socket := range found {
			_ = socket.Close()
		}
		return nil, err
	}
	s.used = append(s.used, found...)
	for _, socket := range found {
		listeners = append(listeners, socket.TCPListener)
	}
	return listeners, nil
}

// ofUnit reports whether a socket is a socket unit's, for the operator's pages or for readers.
func ofUnit(socket supervise.Socket, forOps bool) bool {
	return socket.Name != openedForReaders && socket.Name != openedForOps && (socket.Name == opsSocket) == forOps
}

// shared reports whether the sockets for readers are a socket unit's, and outlast the server.
func (s *sockets) shared() bool {
	return slices.ContainsFunc(s.used, func(u supervise.Socket) bool { return ofUnit(u, false) })
}

// take returns the sockets given for which is holds, and removes them.
func (s *sockets) take(is func(supervise.Socket) bool) (taken []supervise.Socket) {
	s.given = slices.DeleteFunc(s.given, func(g supervise.Socket) bool {
		if is(g) {
			taken = append(taken, g)
			return true
		}
		return false
	})
	return taken
}

// closeUnused closes the sockets that no setting wants any more.
func (s *sockets) closeUnused() {
	for _, socket := range s.take(func(supervise.Socket) bool { return true }) {
		_ = socket.Close()
	}
}

// listensAt reports whether a listener is what listening at an address would give.
func listensAt(at net.Addr, address string) bool {
	have, ok := at.(*net.TCPAddr)
	want, err := net.ResolveTCPAddr("tcp", address)
	if !ok || err != nil || want.Port != 0 && want.Port != have.Port {
		return false
	}
	if unspecified(want) {
		return unspecified(have)
	}
	return want.IP.Equal(have.IP) && want.Zone == have.Zone
}

// overlap reports whether a listener prevents another from listening at an address.
func overlap(at net.Addr, address string) bool {
	have, ok := at.(*net.TCPAddr)
	want, err := net.ResolveTCPAddr("tcp", address)
	return ok && err == nil && want.Port == have.Port && (unspecified(want) || unspecified(have) || want.IP.Equal(have.IP))
}

// unspecified reports whether an address stands for all of this machine.
func unspecified(at *net.TCPAddr) bool { return at.IP == nil || at.IP.IsUnspecified() }
