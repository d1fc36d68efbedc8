package earlysignals

import (
	"strings"
	"testing"
)

func TestServes(t *testing.T) {
	for line, want := range map[string]bool{
		"": false, "serve": true, "serve --watch": true, "read serve": false, "check posts serve": false, "--json=true check serve": false,
		"--log-format json serve": true, "--config=x serve": true, "--watch serve --ops off": true, "--config x --watch serve": true,
	} {
		if got := serves(strings.Fields(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
