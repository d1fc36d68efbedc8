package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

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

// The table says for each flag what it is without anything said, and shows no value alone for one that
// depends on others.
func TestDefaultsAreDocumented(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.flags(all)
	documented := make(map[string]string)
	code := regexp.MustCompile("`[^`]*`")
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\| ?([^|]*?) ?\\|").FindAllStringSubmatch(read(t, "../../README.md"), -1) {
		names, values := code.FindAllString(row[1], -1), []string{row[2]}
		if len(names) > 1 && row[2] != "" {
			values = strings.Split(row[2], ", ")
		}
		for i, name := range names {
			documented[strings.Trim(name, "`")] = values[min(i, len(values)-1)]
		}
	}
	alike := func(shown, is string) bool {
		took, err := time.ParseDuration(shown)
		bytes, err2 := memorySize(shown)
		return shown == is || err == nil && took.String() == is || err2 == nil && strconv.FormatInt(bytes, 10) == is
	}
	all.VisitAll(func(f *pflag.Flag) {
		value := documented[f.Name]
		shown, alone := strings.CutPrefix(strings.TrimSuffix(value, "`"), "`")
		alone = alone && !strings.Contains(shown, "`")
		if alone != (f.DefValue != "" && f.DefValue != "[]") || alone && !alike(shown, f.DefValue) {
			t.Errorf("README.md: %s has the default %q, and is %q", f.Name, value, f.DefValue)
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
