package supervise

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
)

// The environment of a process that was started with sockets, as systemd sets it
// (sd_listen_fds(3)). A predecessor cannot know the number of the process that it will have
// started, so it sets its own, and linkVariable besides.
const (
	pidVariable   = "LISTEN_PID"
	countVariable = "LISTEN_FDS"
	namesVariable = "LISTEN_FDNAMES"
	linkVariable  = "LISTEN_PREDECESSORS" // the numbers of the connections' files, joined by commas
)

// firstFile is the number of the first socket's file.
const firstFile = 3

// Socket is a listening TCP socket.
type Socket struct {
	*net.TCPListener
	// Name is what the socket unit (FileDescriptorName=) or the predecessor calls it.
	Name string
}

// Inherit returns the sockets that the process was started with, and its predecessors, or nil if
// there is none. A second call returns nothing. The error names the socket that is none.
func Inherit() (sockets []Socket, before *Predecessors, err error) {
	link := os.Getenv(linkVariable)
	if link != "" && os.Getenv(pidVariable) == strconv.Itoa(os.Getppid()) {
		_ = os.Setenv(pidVariable, strconv.Itoa(os.Getpid())) // it never fails for such a text
		if before, err = newPredecessors(link); err != nil {
			return nil, nil, err
		}
	}
	_ = os.Unsetenv(linkVariable)
	if err := checkCount(os.Getenv(countVariable)); err != nil && os.Getenv(pidVariable) == strconv.Itoa(os.Getpid()) {
		return nil, nil, err
	}
	var wrong []string
	for i, file := range activation.Files(true) {
		listener, failed := listenerOf(file)
		if failed != nil {
			wrong = append(wrong, fmt.Sprintf("socket %d, %q, that the server was started with: %v", i+1, file.Name(), failed))
			continue
		}
		sockets = append(sockets, Socket{listener, file.Name()})
	}
	if len(wrong) > 0 {
		for _, s := range sockets {
			_ = s.Close()
		}
		return nil, nil, errors.New(strings.Join(wrong, "; ")) // in one line, for the log
	}
	return sockets, before, nil
}

// maxSockets is how many sockets a process is started with at most.
const maxSockets = 64

// checkCount reports why there are not as many sockets as is said. Files that are none must not
// be touched: they may be the runtime's own.
func checkCount(text string) error {
	n, err := strconv.Atoi(text)
	if text != "" && (err != nil || n > maxSockets) {
		return fmt.Errorf("%s=%q: want a number of sockets, %d at most", countVariable, text, maxSockets)
	}
	for i := range max(n, 0) {
		if !isSocket(firstFile + i) {
			return fmt.Errorf("%s=%d: file %d, which should be socket %d, is no socket", countVariable, n, firstFile+i, i+1)
		}
	}
	return nil
}

// listenerOf returns the listener of a file, and closes the file.
func listenerOf(file *os.File) (*net.TCPListener, error) {
	const advice = "want a TCP socket that listens, as ListenStream=2222 with Accept=no makes one"
	defer func() { _ = file.Close() }() // the listener has its own
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, advice)
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok || !listens(tcp) {
		_ = listener.Close()
		return nil, errors.New(advice)
	}
	return tcp, nil
}
