package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
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

// Readers who move come back to where they are then, and are told apart from those who are elsewhere.
func TestReturnMoving(t *testing.T) {
	t.Parallel()
	b := serve(t, remembers)
	var stdout bytes.Buffer
	var cut sync.Once
	news := &hook{`"cut_off":0`, func() {
		cut.Do(func() {
			go func() {
				for before := b.keys(); b.keys() < before+12; { // some have moved
					time.Sleep(10 * time.Millisecond)
				}
				b.cut()
			}()
		})
	}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := &hook{`"back":4`, cancel}
	err := run(ctx, []string{
		b.addr, "--return", "--sessions", "4", "--posts", "2", "--settle", "0s", "--duration", "1m", "--move", "50ms", "--patience", "5s",
	}, &stdout, io.MultiWriter(news, done))
	var r returnReport
	if failed := json.Unmarshal(stdout.Bytes(), &r); failed != nil {
		t.Fatalf("%v: %v", failed, err)
	}
	if r.CutOff != 4 || r.Back != 4 || r.Lost != 0 || r.Moved < 4 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// A reader may be back where he is, where a key under way has led, and where he was some seconds before; nowhere else.
func TestTrail(t *testing.T) {
	t.Parallel()
	now := time.Now()
	been := &trail{been: []spot{{"long ago", now.Add(-time.Hour)}, {"before", now.Add(-behind - time.Minute)}, {"last", now.Add(-time.Second)}}, under: "next"}
	for line, want := range map[string][2]bool{
		"last": {true, false}, "next": {true, false}, "before": {true, true}, "long ago": {false, false}, "": {false, false}, "elsewhere": {false, false},
	} {
		if it, older := been.is(line, now); it != want[0] || older != want[1] {
			t.Errorf("%q: %t, %t", line, it, older)
		}
	}
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
