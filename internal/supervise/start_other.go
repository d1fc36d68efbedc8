//go:build !unix

package supervise

import (
	"errors"
	"net"
)

// Start starts a successor where the system can pass on sockets. Here it cannot.
func Start(string, []string, []Socket, *Predecessors, Share) (*Successor, error) {
	return nil, errors.New("this system passes no sockets from one process to the next; stop the server and start it again")
}

func listens(*net.TCPListener) bool { return true }

func isSocket(int) bool { return true }

// Reload has the successor read the posts again.
func (s *Successor) Reload() {}

// Kill ends a successor.
func (s *Successor) Kill() {}
