package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// A misspelt check must not look like one that has passed, or has failed.
func TestExitStatus(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{
		"healthchek":        2,
		"chek posts":        2,
		"validate":          2,
		"help nope":         2,
		"help serve nope":   2,
		"completion nope":   2,
		"serve surplus":     2,
		"config surplus":    2,
		"keys nonsense":     2,
		"check a b":         2,
		"read a b":          2,
		"completion bash x": 2,
		"serve --listen :2299 --ops 127.0.0.1:2299": 1,
		"serve --page-size 0":                       1,
		"serve --check --posts nowhere":             1,
	} {
		err := run(t.Context(), strings.Fields(args), strings.NewReader(""), io.Discard, io.Discard)
		if err == nil || statusOf(err) != want {
			t.Errorf("sshblog %s: %v, want exit status %d", args, err, want)
		}
	}
	if statusOf(errors.New("any")) != 1 {
		t.Error("an error has another status than 1")
	}
}

// What was likely meant is said, too.
func TestMisuseIsAdvised(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"hlep":                  `there is no command "hlep"; did you mean help? `,
		"helthcheck":            "did you mean healthcheck? ",
		"help serv":             "did you mean serve? ",
		"nonsense":              `there is no command "nonsense"; sshblog --help`,
		"serve --ops-pprof yes": `does not take "yes"; it is --ops-pprof=yes if that is meant for the flag; `,
		"check a b":             `sshblog check takes one word, and "b" is another; sshblog check --help`,
		"completion bash x":     `there is no command "x"; sshblog --help`,
		"keys --bogus":          "unknown flag: --bogus; sshblog keys --help lists those there are",
		"serve --drain 1s yes":  `does not take "yes"; sshblog serve --help`,
	} {
		err := run(t.Context(), strings.Fields(args), strings.NewReader(""), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("sshblog %s: %v, want %q", args, err, want)
		}
	}
}

// Whatever is wrong with a setting is said in our own words, for every setting.
func TestNonsenseIsRefusedInOurWords(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	settings := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.flags(settings)
	settings.VisitAll(func(f *pflag.Flag) {
		for _, nonsense := range []string{"ja", "-1", "1e99", "\x00", "99999999999999999999"} {
			if err := f.Value.Set(nonsense); err != nil && strings.Contains(err.Error(), "parsing") {
				t.Errorf("%s=%q: %v", f.Name, nonsense, err)
			}
		}
	})
}

// The zone that TZ names counts where none is set, for all three dates of a post.
func TestCalendarOfTZ(t *testing.T) {
	tokyo, err := timezone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	local := time.Local //nolint:gosmopolitan // as TZ says
	for tz, want := range map[string]*time.Location{"": nil, "Mars/Phobos": nil, "Asia/Tokyo": local, ":Asia/Tokyo": local} {
		t.Setenv("TZ", tz)
		if got := calendar(nil); got != want {
			t.Errorf("TZ=%q: days begin in %v, want %v", tz, got, want)
		}
		if got := calendar(tokyo); got != tokyo {
			t.Errorf("TZ=%q: days begin in %v though Tokyo is set", tz, got)
		}
	}
}

// Every default can be printed and set again, and is then the same.
func TestSettingsRoundTrip(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	settings := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.flags(settings)
	settings.VisitAll(func(f *pflag.Flag) {
		before := f.Value.String()
		if before == "" {
			return
		}
		if err := f.Value.Set(before); err != nil || f.Value.String() != before {
			t.Errorf("%s: %q is then %q, %v", f.Name, before, f.Value, err)
		}
	})
}

// Zones come with the program: in the image there is no file of them.
func TestTimezone(t *testing.T) {
	t.Setenv("ZONEINFO", t.TempDir())
	for name, ok := range map[string]bool{"Asia/Tokyo": true, "UTC": true, "": false, "Local": false, "Mars": false, "../etc/passwd": false} {
		zone, err := timezone(name)
		if (err == nil) != ok {
			t.Errorf("%q: %v, %v", name, zone, err)
		}
	}
	zone, err := timezone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	if _, offset := time.Unix(0, 0).In(zone).Zone(); offset != 9*60*60 {
		t.Errorf("Tokyo is %d s east of Greenwich", offset)
	}
}

func TestLocalByTZ(t *testing.T) {
	t.Parallel()
	for tz, want := range map[string]int{"Asia/Tokyo": 9, ":Asia/Tokyo": 9, "UTC": 0, "": 0, "Mars": 0, "/etc/passwd": 0} {
		if _, offset := time.Unix(0, 0).In(localByTZ(tz, time.UTC)).Zone(); offset != want*60*60 {
			t.Errorf("TZ=%s is %d s east of Greenwich, want %d h", tz, offset, want)
		}
	}
}
