package main

import "testing"

// The least and the most that limits can be set to. The numbers are written out: what an
// operator can set must not change because a constant does.
func TestEdgesOfSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		read           func(string) error
		good, too, bad string
	}{
		"the least of input-rate": {func(s string) error { _, err := inputRate(s); return err }, "65536", "65535", "63KiB"},
		"the most of input-rate":  {func(s string) error { _, err := inputRate(s); return err }, "1GiB", "1073741825", "2GiB"},
		"the least of memory":     {func(s string) error { _, err := sessionMemory(s); return err }, "4MiB", "4194303", "3MiB"},
		"the most of memory":      {func(s string) error { _, err := sessionMemory(s); return err }, "65536GiB", "65537GiB", "70368744177665"},
	} {
		if err := c.read(c.good); err != nil {
			t.Errorf("%s: %s: %v", name, c.good, err)
		}
		for _, bad := range []string{c.too, c.bad} {
			if c.read(bad) == nil {
				t.Errorf("%s: %s is taken", name, bad)
			}
		}
	}
}
