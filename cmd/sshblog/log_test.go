//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"
	"unicode"
)

// The name of a post's file may hold any byte but two. Neither it nor what is
// in the file acts on the terminal of who looks at the log.
func TestLogOfHostileFiles(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := serveBlog(t, 1, "--log-format", format)
			s.write("evil\u202e\u2066\u200f\u061c\u009b31m\x1b[2J\nlevel=INFO msg=forged\u2028.md",
				"---\ntitle: [\n"+"\u202e\u009b\x1b[2J: \"\n---\nText.\n")
			s.write("plain.md", "---\ntitle: A\ndate: \u202e\x1b[31m\u009b2J\n---\nText.\n")
			s.signal(syscall.SIGHUP)
			s.logged("reloaded")
			s.logged("post cannot be shown")
			for line := range strings.SplitSeq(strings.TrimSpace(s.log.String()), "\n") {
				if strings.HasPrefix(line, "level=") || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("the log has %q", line)
				}
			}
		})
	}
}

// Who asks for JSON gets JSON to the last line, and who reads the journal sees that it is an
// error.
func TestLastLine(t *testing.T) {
	err := errors.New("setting posts: there is\u202e none")
	var b bytes.Buffer
	lastLine(settings{LogFormat: "text"}, &b, err)
	lastLine(settings{LogFormat: "text", journal: true}, &b, err)
	if want := "sshblog: " + err.Error() + "\n"; b.String() != want+"<3>"+want {
		t.Errorf("in text it is %q", b.String())
	}
	b.Reset()
	lastLine(settings{LogFormat: "json"}, &b, err)
	var line map[string]any
	if failed := json.Unmarshal(b.Bytes(), &line); failed != nil || line["level"] != "ERROR" || line["error"] != `setting posts: there is\u202e none` {
		t.Errorf("in JSON it is %q, %v", b.String(), failed)
	}
}
