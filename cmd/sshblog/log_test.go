//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// The name of a post's file may hold any byte but two. Neither it nor what is
// in the file acts on the terminal of who looks at the log.
func TestLogOfHostileFiles(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := serveBlog(t, 1, "--log-format", format)
			s.write("evil\u202e\u2066\u200f\u061c\u009b31m\x1b[2J\nlevel=INFO msg=forged\u2028.md",
				"---\ntitle: [\n"+"\u202e\u009b\x1b[2J: \"\n---\nText.\n")
			s.write("plain.md", "---\ntitle: A\ndate: \u202e\x1b[31m\u009b2J\n---\nText.\n")
			s.reload("reloaded")
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
	t.Parallel()
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

// Whatever is wrong, and whatever comes first, who asks for JSON gets nothing else.
func TestErrorsBeforeTheFormatIsKnown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.yaml")
	for _, c := range []struct{ args, env, file, want string }{
		{"--page-size zero --log-format=json", "", "", "page-size"},
		{"--bogus --log-format json", "", "", "unknown flag: --bogus"},
		{"extra", "json", "", "does not take"},
		{"--config " + file, "", "bogus: 1\nlog-format: json\n", "there is no setting"},
		{"--config=" + file, "", "title: [\nlog_format: 'json'\n", "settings.yaml"},
		{"--posts /nowhere --log-format json", "", "", "/nowhere"},
		{"--config " + file, "", `{"bogus": 1, "log-format": "json"}`, "there is no setting"},
		{"--config " + file, "", "  log-format : &x json\n  bogus: 1\n", "there is no setting"},
		{"--config " + file, "", "title: log-format: json\nbogus: 1\n", ""},
		{"--page-size zero --log-format=text", "json", "", ""},
		{"--page-size zero --config " + file, "text", "log-format: json\n", ""},
		{"--page-size zero", "", "", ""},
	} {
		t.Setenv("SSHBLOG_LOG_FORMAT", c.env)
		if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"serve " + c.args, c.args + " serve"} {
			if strings.HasPrefix(words, "extra") || strings.HasPrefix(words, "--bogus") {
				continue // nobody can tell that it is serve
			}
			var out, log bytes.Buffer
			err := run(t.Context(), strings.Fields(words), strings.NewReader(""), &out, &log)
			var line struct{ Level, Error string }
			failed := json.Unmarshal(log.Bytes(), &line)
			if c.want == "" && !strings.HasPrefix(log.String(), "sshblog: ") || c.want != "" && (failed != nil || line.Level != "ERROR" || !strings.Contains(line.Error, c.want)) || err == nil || out.Len() > 0 {
				t.Errorf("%s, %q, %q: %v, %q, %q", words, c.env, c.file, err, &out, &log)
			}
		}
	}
}
