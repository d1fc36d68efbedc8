package command

import "testing"

// No code for joining keys comes into a log, however the command is mistyped; other commands stand there as they are.
func TestLogged(t *testing.T) {
	for line, want := range map[string]string{
		"me join 0123-4567-89AB":                 "me join …",
		"me join 0123456789AB --no-color":        "me join …",
		`--theme dark "me" 'join' "0123 4567 8"`: `--theme dark "me" 'join' …`,
		"ME jion 0123 4567 89AB":                 "ME jion …",
		"me join --yes 0123456789AB":             "me join --yes …",
		"join 0123456789ab":                      "join …",
		"mejoin 0123-4567-89ab":                  "mejoin …",
		"join":                                   "join",
		"me forget --yes":                        "me forget --yes",
		"search join tables":                     "search join tables",
		"read  what-a-queue-hides":               "read  what-a-queue-hides",
		"":                                       "",
	} {
		if got := Logged(line); got != want {
			t.Errorf("%q is logged as %q, want %q", line, got, want)
		}
	}
}
