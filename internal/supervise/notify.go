package supervise

import (
	"fmt"
	"strings"

	"github.com/coreos/go-systemd/v22/daemon"
)

// States that systemd is told of, see sd_notify(3). A reload is over when the server is ready
// again.
const (
	Ready    = daemon.SdNotifyReady
	Stopping = daemon.SdNotifyStopping
)

// Status returns a state that systemctl status shows in one line.
func Status(text string) string { return "STATUS=" + strings.ReplaceAll(text, "\n", " ") }

// MainPID returns the state that another process takes the place of this one.
func MainPID(pid int) string { return fmt.Sprintf("MAINPID=%d", pid) }

// Notify tells systemd states. Without one that listens it does nothing.
func Notify(states ...string) error {
	_, err := daemon.SdNotify(false, strings.Join(states, "\n"))
	if err != nil {
		return fmt.Errorf("systemd is not told %s: %w", states[0], err)
	}
	return nil
}
