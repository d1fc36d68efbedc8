package command

import (
	"strings"
	"testing"
)

// A name of something opens it, as a login name, as a command of its own, and with open.
func TestOpen(t *testing.T) {
	for _, name := range []string{"one", "/one.md", "Things", "things", "go", "a-series", "A Series"} {
		for how, a := range map[string]answer{
			"login":      askAs(t, name, true),
			"word":       ask(t, true, name),
			"open":       ask(t, true, "open", name),
			"open login": askAs(t, "two", true, "open", name),
		} {
			if a.reading == nil || a.reading.Slug != name || a.status != 0 || a.out+a.told+a.heard != "" {
				t.Errorf("%q by %s: %+v", name, how, a)
			}
		}
		for how, a := range map[string]answer{
			"login": askAs(t, name, false),
			"word":  ask(t, false, name),
			"open":  ask(t, false, "open", name),
		} {
			if a.heard != name || a.status != 0 || a.out+a.told != "" || a.reading != nil {
				t.Errorf("%q by %s without a terminal: %+v", name, how, a)
			}
		}
	}
	if a := askAs(t, "one", true, "--theme", "dark"); a.reading == nil || *a.reading != (Reading{Slug: "one", Theme: "dark"}) {
		t.Errorf("with an option: %+v", a)
	}
}

// Other login names mean nothing, and are looked at no further.
func TestLoginNames(t *testing.T) {
	for _, name := range []string{
		"", "root", "alice", "on", "One\n", "\x1b[31m", "one\x00", "\u202eone", "\xff", "//", "..", "one@two", strings.Repeat("one/", 100),
	} {
		if a := askAs(t, name, true); a.reading == nil || *a.reading != (Reading{}) || a.status != 0 || a.out+a.told != "" {
			t.Errorf("%q: %+v", name, a)
		}
		if a := askAs(t, name, false); !strings.HasPrefix(a.out, "A blog\n") || a.status != 0 || a.told+a.heard != "" {
			t.Errorf("%q without a terminal: %+v", name, a)
		}
	}
}

// What leads nowhere is told, with what is most like it; and that of a wrong word is another status
// than that of a wrong name.
func TestOpenNothing(t *testing.T) {
	for line, want := range map[string]struct {
		told   string
		status int
	}{
		"open":          {"sshblog: open what? use ssh HOST open NAME", 2},
		"open one two":  {"sshblog: open takes no two; use ssh HOST open NAME", 2},
		"open noe":      {"sshblog: there is no post, category, tag or series noe; did you mean one?", 1},
		"open thing":    {"sshblog: there is no post, category, tag or series thing; did you mean things?", 1},
		"open nonsense": {"sshblog: there is no post, category, tag or series nonsense; leave out the command to see what there is", 1},
		"open \x1b[31m": {"sshblog: there is no post, category, tag or series ?[31m; leave out", 1},
		"thins":         {"sshblog: there is no command thins; did you mean things? leave out", 2},
		"thins two":     {"sshblog: there is no command thins; leave out", 2},
	} {
		a := ask(t, true, strings.Fields(line)...)
		if said := strings.Join(strings.Fields(a.told), " "); !strings.HasPrefix(said, want.told) || a.status != want.status || a.out != "" || a.reading != nil {
			t.Errorf("%q: %+v, want %+v", line, a, want)
		}
	}
}
