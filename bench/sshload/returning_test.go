package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// hook is called when a text is written.
type hook struct {
	text string
	then func()
}

// Write implements [io.Writer].
func (h *hook) Write(p []byte) (int, error) {
	if strings.Contains(string(p), h.text) {
		h.then()
	}
	return len(p), nil
}

// Readers who are cut off come back to their lines, if the blog remembers them, and it is told if it does not.
func TestReturn(t *testing.T) {
	for name, f := range map[string]fault{"remembers": remembers, "forgets": forgets} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, f)
			var stdout bytes.Buffer
			err := run(t.Context(), []string{
				b.addr, "--return", "--sessions", "4", "--posts", "2", "--settle", "0s", "--duration", "1s", "--patience", "500ms",
			}, &stdout, &hook{"at their places", b.cut})
			var r returnReport
			if failed := json.Unmarshal(stdout.Bytes(), &r); failed != nil {
				t.Fatalf("%v: %v", failed, err)
			}
			if all := f == remembers; r.Settled != 4 || r.CutOff != 4 || r.Back+r.Lost != 4 || (r.Back == 4) != all || (err == nil) != all {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}
