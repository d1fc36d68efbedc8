package main

import (
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	for text, want := range map[string]int{
		"package p\n":                                                1,
		"// doc\npackage p // why\n\n":                               1,
		"package p\n/* a\nb */ var x = 1\n":                          2,
		"package p\nvar x = `a\n\n b\nc` + `d`":                      4,
		"package p\nvar (\n\ta, b = 1,\n\t2 // two\n\t// three\n)\n": 5,
	} {
		if got, err := count([]byte(text)); got != want || err != nil {
			t.Errorf("%q: %d lines, %v, want %d", text, got, err, want)
		}
	}
	if _, err := count([]byte("package p\nvar x = \"\n")); err == nil {
		t.Error("what is not Go is counted")
	}
}

// The packages are the program's and all of them, and nothing that only tests import.
func TestRun(t *testing.T) {
	var b strings.Builder
	if err := run(&b); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		" cmd/sshblog\n": true, " internal/post\n": true, " internal/library/search\n": true, " in all\n": true,
		"corpus": false, "golden": false, "bench": false, "attack": false,
	} {
		if strings.Contains(b.String(), name) != want {
			t.Errorf("%q: want %t in\n%s", name, want, b.String())
		}
	}
}
