package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Each setting has a row in the table of README.md.
func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
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

// A password that should not be in an address is not shown in a log because it is there.
func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.flags(all)
	err := complete(all, []string{"SSHBLOG_CLUSTER=nats://a,nats://me:secret@b"})
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "nats://a,nats://…@b") {
		t.Errorf("it says %v", err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
