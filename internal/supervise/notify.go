package supervise

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// States that systemd is told of, see sd_notify(3). A reload is over when the server is ready
// again.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
)

// reloading is the state that a reload begins.
const reloading = "RELOADING=1"

// notifyTimeout bounds the time for a message to systemd, which may be busy.
const notifyTimeout = time.Second

// Status returns a state that systemctl status shows in one line.
func Status(text string) string { return "STATUS=" + strings.ReplaceAll(text, "\n", " ") }

// MainPID returns the state that another process takes the place of this one.
func MainPID(pid int) string { return fmt.Sprintf("MAINPID=%d", pid) }

// Notify sends states to systemd, at the socket in NOTIFY_SOCKET. Without one it does nothing. It waits for a
// second at most.
func Notify(states ...string) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		defer func() { _ = conn.Close() }()
		_ = conn.SetWriteDeadline(time.Now().Add(notifyTimeout))
		_, err = conn.Write([]byte(strings.Join(states, "\n")))
	}
	if err != nil {
		return fmt.Errorf("NOTIFY_SOCKET is not told %s: %w", states[0], err)
	}
	return nil
}
