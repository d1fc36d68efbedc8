package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/spf13/pflag"
)

// Each setting has a row in the table of README.md.
func TestEverySettingIsDocumented(t *testing.T) {
	manual := read(t, "../../README.md")
	s := defaultSettings()
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.flags(all)
	all.VisitAll(func(f *pflag.Flag) {
		if !regexp.MustCompile("(?m)^\\| [^|]*`" + f.Name + "`[^|]* \\|").MatchString(manual) {
			t.Errorf("README.md has no row for %s", f.Name)
		}
	})
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
