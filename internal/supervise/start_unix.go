//go:build unix

package supervise

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a program in this one's place, with the same standard files, folder and
// environment, listening at sockets, and tells it a share. args begin with its name. before are
// the predecessors of this process, or nil.
func Start(path string, args []string, sockets []Socket, before *Predecessors, share Share) (*Successor, error) {
	ours, theirs, err := pair()
	if err != nil {
		return nil, fmt.Errorf("a connection to the successor: %w", err)
	}
	files, names, links := []uintptr{0, 1, 2}, []string{}, []string{}
	defer func() {
		for _, fd := range files[firstFile:] {
			_ = syscall.Close(int(fd))
		}
	}()
	add := func(c syscall.Conn) error {
		fd, err := duplicate(c)
		if err == nil {
			files = append(files, fd)
		}
		return err
	}
	for _, socket := range sockets {
		if err == nil {
			err = add(socket.TCPListener)
			names = append(names, socket.Name)
		}
	}
	files = append(files, uintptr(theirs))
	links = append(links, strconv.Itoa(len(files)-1))
	var shares []Share
	if err == nil {
		shares, err = before.each(func(conn *net.UnixConn) error {
			err := add(conn)
			links = append(links, strconv.Itoa(len(files)-1))
			return err
		})
	}
	s := &Successor{conn: ours, says: json.NewDecoder(ours), ended: make(chan struct{})}
	if err == nil {
		environ := append(inheritable(os.Environ()),
			pidVariable+"="+strconv.Itoa(os.Getpid()),
			countVariable+"="+strconv.Itoa(len(sockets)),
			namesVariable+"="+strings.Join(names, ":"),
			linkVariable+"="+strings.Join(links, ","),
		)
		// Not package os: it would have the sockets, which both processes share, block.
		s.PID, err = syscall.ForkExec(path, args, &syscall.ProcAttr{Env: environ, Files: files}) //nolint:gosec // the program that runs already, as it was started
	}
	if err != nil {
		_ = ours.Close()
		return nil, fmt.Errorf("start %s: %w: put a program there that this user may run, and ask again", path, err)
	}
	go s.wait() //ledger:counted one of an upgrade
	if err := json.NewEncoder(ours).Encode(first{share, shares}); err != nil {
		s.Kill()
		return nil, fmt.Errorf("the successor is gone: %w", err)
	}
	return s, nil
}

// inheritable returns an environment without what is for this process alone.
func inheritable(environ []string) (kept []string) {
	for _, pair := range environ {
		switch name, _, _ := strings.Cut(pair, "="); name {
		case pidVariable, countVariable, namesVariable, linkVariable, "LISTEN_PIDFDID":
		default:
			kept = append(kept, pair)
		}
	}
	return kept
}

// pair returns two ends of a connection: one of this process, and a file for another.
func pair() (ours net.Conn, theirs int, err error) {
	syscall.ForkLock.RLock()
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(ends[0])
		syscall.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, 0, err
	}
	file := os.NewFile(uintptr(ends[0]), "successor")
	defer func() { _ = file.Close() }() // the connection has its own
	if ours, err = net.FileConn(file); err != nil {
		_ = syscall.Close(ends[1])
	}
	return ours, ends[1], err
}

// duplicate returns another file of a socket.
func duplicate(c syscall.Conn) (fd uintptr, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	failed := raw.Control(func(own uintptr) {
		var n int
		n, err = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, firstFile)
		fd = uintptr(n)
	})
	if failed != nil {
		return 0, failed
	}
	return fd, err
}

// listens reports whether connections can be accepted.
func listens(l *net.TCPListener) bool {
	raw, err := l.SyscallConn()
	if err != nil {
		return false
	}
	accepts := 0
	failed := raw.Control(func(fd uintptr) { accepts, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ACCEPTCONN) })
	return failed == nil && err == nil && accepts != 0
}

// wait waits for the end of the process.
func (s *Successor) wait() {
	defer close(s.ended)
	s.state = "unknown"
	if process, err := os.FindProcess(s.PID); err == nil {
		if state, err := process.Wait(); err == nil {
			s.state, s.well = state.String(), state.Success()
		}
	}
}

// Reload has the successor read the posts again.
func (s *Successor) Reload() { _ = syscall.Kill(s.PID, syscall.SIGHUP) } // it may have ended

// isSocket reports whether a file is open and a socket.
func isSocket(fd int) bool {
	var stat unix.Stat_t
	return unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFSOCK
}

// Kill ends a successor that is not wanted, and returns once it has ended.
func (s *Successor) Kill() {
	_ = syscall.Kill(s.PID, syscall.SIGKILL) // it may have ended
	<-s.ended
	_ = s.conn.Close()
}
