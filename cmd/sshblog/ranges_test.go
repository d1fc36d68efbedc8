package main

import (
	"bytes"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/sshd"
)

// Ranges that together hold public addresses wholesale are warned of, by their setting
// and what it means; those for private use are not.
func TestWideRangesAreWarnedOf(t *testing.T) {
	t.Parallel()
	for text, warned := range map[string]bool{
		"":                    false,
		"10.0.0.5":            false,
		"10.0.0.0/8":          false,
		"192.168.0.0/16":      false,
		"fd00::/16":           false,
		"2001:db8::/32":       false,
		"fc00::/7":            false,
		"fe80::/10, fc00::/7": false,
		"127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16": false,
		"203.0.112.0/20, 203.0.112.0/20":                     false,
		"10.0.0.0/9, 10.128.0.0/9":                           false,
		"17.0.0.0/9":                                         false,
		"17.0.0.0/9, 17.0.0.0/9, 17.64.0.0/10, 17.0.0.0/10":  false, // one and its parts
		"17.0.0.0/9, 17.128.0.0/9":                           true,
		"17.0.0.0/10, 44.0.0.0/10, 53.0.0.0/10, 73.0.0.0/10": true,
		"2a00::/17, 2a00:8000::/17":                          true,
		"2a00::/17, 203.0.0.0/9":                             false,
		"fc00::/6":                                           true,
		"::ffff:10.0.0.0/104":                                false,
		"0.0.0.0/0":                                          true,
		"128.0.0.0/1":                                        true,
		"10.0.0.0/7":                                         true,
		"::/0":                                               true,
		"2000::/3":                                           true,
		"2a00::/12":                                          true,
		"::ffff:0.0.0.0/96":                                  true,
		"10.0.0.1, 0.0.0.0/0":                                true,
		"0.0.0.0/1, 128.0.0.0/1":                             true,
	} {
		prefixes, err := list(addresses)(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for setting, c := range map[string]sshd.Config{"proxy-from": {Proxies: prefixes}, "exempt": {Exempt: prefixes}} {
			var log bytes.Buffer
			warnOfRanges(slog.New(slog.NewTextHandler(&log, nil)), c)
			got := strings.Contains(log.String(), "level=WARN msg=\"setting "+setting+" ") && strings.Contains(log.String(), "anyone")
			if got != warned || !warned && log.Len() > 0 {
				t.Errorf("%s %q: %s", setting, text, &log)
			}
		}
	}
}

// Connections are compared as IPv4 where they are, so a range has to be, too.
func TestMappedRangesAreIPv4(t *testing.T) {
	t.Parallel()
	got, err := list(addresses)("::ffff:10.0.0.0/104, ::ffff:192.0.2.1")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32")}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}
