//go:build unix

package main

import (
	"os/exec"
	"strings"
	"testing"
)

// A message of SSH that the library does not know ends the connection, as SECURITY.md
// says, where RFC 4253 §11.4 wants it answered and passed over; a ping is answered. It
// is no offence: whoever sends some gets in again. When the library has learnt to answer
// them, this fails, and what SECURITY.md says of it can go.
func TestUnknownMessages(t *testing.T) {
	t.Parallel()
	python := python(t)
	s := serveBlog(t, 1)
	for range 3 {
		for when, want := range map[string]string{
			"never": "answered", "ping": "answered", "login": "closed", "session": "closed",
		} {
			out, err := exec.Command(python, "-c", unknownMessage, s.port, when).CombinedOutput()
			if got := strings.TrimSpace(string(out)); got != want {
				t.Fatalf("%s: %s, %v; want %s", when, got, err, want)
			}
		}
	}
	if log := s.log.String(); strings.Contains(log, "reason=penalty") || strings.Contains(log, "reason=flood") {
		t.Errorf("logged:\n%s", log)
	}
}

// unknownMessage sends message 106, as AIX's OpenSSH does, or a ping, and says whether
// the connection is answered afterwards.
const unknownMessage = `
import logging, paramiko, socket, sys
logging.disable(logging.CRITICAL)
port, when = int(sys.argv[1]), sys.argv[2]
transport = paramiko.Transport(socket.create_connection(("127.0.0.1", port)))
def send(number):
    message = paramiko.Message()
    message.add_byte(bytes([number]))
    message.add_string(b"pkcs12")
    transport._send_message(message)
try:
    transport.start_client(timeout=20)
    if when == "login":
        send(106)
    transport.auth_none("reader")
    channel = transport.open_session(timeout=20)
    if when == "session":
        send(106)
    if when == "ping":
        transport._handler_table[193] = lambda *_: None
        send(192)
    channel.get_pty("xterm-256color", 80, 24)
    channel.invoke_shell()
    print("answered" if channel.recv(1) else "closed")
except (EOFError, OSError, paramiko.SSHException):
    print("closed")
transport.close()
`
