//go:build unix

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/terminal"
)

// The locale that OpenSSH sends decides in which language posts are read, on screens and in
// lines.
func TestLocaleOfTheClient(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 2)
	s.write("post-02.es.md", "---\ntitle: La segunda\ndate: 2026-01-02\n---\nEl texto en español.\n")
	s.reload("reloaded")
	for locale, want := range map[string]string{
		"es_MX.UTF-8": "La segunda", "fr_FR.UTF-8": "Post number 2", "C.UTF-8": "Post number 2", "": "Post number 2",
	} {
		client := s.ssh("-o", "SendEnv=LANG")
		client.Env = append(os.Environ(), "TERM=xterm", "LC_ALL=", "LANG="+locale)
		p := s.connect(80, 24, client)
		p.sees("▌ "+want, "2 POSTS", "also in ")
		p.types("q")
		p.leaves()
		plain := s.ssh("-o", "SendEnv=LANG", "plain")
		plain.Env = client.Env
		plain.Stdin = strings.NewReader("1\nt\nq\n")
		if out, err := plain.Output(); err != nil || !strings.Contains(string(out), "1. "+want) || !strings.Contains(string(out), "El texto en español.") || !strings.Contains(string(out), "The text of Post number 2") {
			t.Errorf("in %q it says %q, %v", locale, out, err)
		}
	}
}

func TestLanguageOfAnEnvironment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ environ, want string }{
		{"LANG=es_ES.UTF-8", "es-es"},
		{"LANG=pt_BR", "pt-br"},
		{"LANG=de_DE@euro", "de-de"},
		{"LANG=fr", "fr"},
		{"LANG=en_GB.UTF-8 LC_MESSAGES=nb_NO.UTF-8", "nb-no"},
		{"LC_ALL=ca_ES LANG=es_ES", "ca-es"},
		{"LC_CTYPE=es_ES.UTF-8", ""},
		{"LANG=C", ""},
		{"LANG=POSIX", ""},
		{"LANG=C.UTF-8", ""},
		{"LANG=xx_XX", ""},
		{"LANG=e\x1b[m", ""},
		{"", ""},
	} {
		if got := post.Language(terminal.Language(strings.Fields(test.environ))); got != test.want {
			t.Errorf("%q wants %q, not %q", test.environ, got, test.want)
		}
	}
}
