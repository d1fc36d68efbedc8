package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// A command is run so often a second, each time on a connection of its own, and one that prints nothing or fails is no
// answer.
func TestCommands(t *testing.T) {
	for _, test := range []struct {
		fault   fault
		problem string
	}{{healthy, ""}, {mute, "the command printed nothing"}, {sick, "not today"}} {
		b := serve(t, test.fault)
		var stdout, stderr bytes.Buffer
		err := run(t.Context(), []string{b.addr, "--command", "ls", "--rate", "40", "--duration", "500ms", "--patience", "10s"}, &stdout, &stderr)
		var r commandReport
		if wrong := json.Unmarshal(stdout.Bytes(), &r); wrong != nil {
			t.Fatalf("%v in %s: %v: %s", wrong, &stdout, err, &stderr)
		}
		b.mu.Lock()
		arrivals := b.arrivals
		b.mu.Unlock()
		if r.Command != "ls" || r.Sent != 20 || r.Login.N != 20 || arrivals != 20 {
			t.Errorf("in 500 ms at 40 a second there were %d logins of %d arrivals: %+v", r.Login.N, arrivals, r)
		}
		failed := int64(0)
		if test.problem != "" {
			failed = 20
		}
		if (err == nil) != (failed == 0) || r.Failed != failed || int64(r.Answered.N) != 20-failed || !strings.Contains(r.Problem, test.problem) {
			t.Errorf("with fault %d: %v: %+v", test.fault, err, r)
		}
	}
}
