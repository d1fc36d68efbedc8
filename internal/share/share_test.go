package share

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestShares(t *testing.T) {
	state := filepath.Join(t.TempDir(), "made", "state")
	now := time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)
	s := In(state)
	s.now = func() time.Time { return now }
	other := In(state) // of another process
	other.now = s.now
	if all, err := s.List(); err != nil || len(all) > 0 {
		t.Fatalf("%v, %v", all, err)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("it makes a folder that nobody needs")
	}
	for _, life := range []time.Duration{-time.Hour, 0, shortest - 1, longest + 1} {
		if _, _, err := s.Create("a", life); err == nil {
			t.Errorf("it shares for %s", life)
		}
	}
	names := make(map[string]string)
	for address, life := range map[string]time.Duration{"2026/a": time.Hour, "b/": 2 * time.Hour, "c": longest} {
		name, until, err := s.Create(address, life)
		if err != nil || !until.Equal(now.Add(life)) || !IsName(name) || len(name) != 32 {
			t.Fatalf("%q until %s: %v", name, until, err)
		}
		names[address] = name
		if got, ok := other.Find(name); !ok || got != address {
			t.Errorf("another process finds %q, %v", got, ok)
		}
	}
	second, _, err := s.Create("c", time.Hour)
	if err != nil || second == names["c"] {
		t.Fatalf("%q, %v", second, err)
	}
	entries, err := os.ReadDir(filepath.Join(state, folder))
	if err != nil || len(entries) != 4 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range entries {
		path := filepath.Join(state, folder, e.Name())
		text, err := os.ReadFile(path)
		info, failed := os.Stat(path)
		if err != nil || failed != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v, %v", path, info, err, failed)
		}
		for _, name := range append([]string{second}, names["c"], names["b/"], names["2026/a"]) {
			if strings.Contains(path+string(text), strings.TrimPrefix(name, prefix)) {
				t.Errorf("%s has the secret: %s", path, text)
			}
		}
	}
	for _, wrong := range []string{"", "draft-", "c", strings.ToUpper(names["c"]), names["c"][:31], names["c"] + "a", "draft-aaaaaaaaaaaaaaaaaaaaaaaaaa", entries[0].Name(), "draft-../../../../../../../../etc"} {
		if address, ok := s.Find(wrong); ok {
			t.Errorf("%q opens %q", wrong, address)
		}
	}
	now = now.Add(time.Hour)
	if _, ok := s.Find(names["2026/a"]); ok {
		t.Error("its time is over, and it opens")
	}
	all, err := other.List()
	if err != nil || len(all) != 2 || all[0].Address != "b/" || all[1].Address != "c" {
		t.Errorf("%v, %v", all, err)
	}
	for what, want := range map[string]int{"nothing": 0, names["2026/a"]: 0, names["c"]: 1} {
		if n, err := other.Revoke(what); n != want || err != nil {
			t.Errorf("of %q it ends %d, %v", what, n, err)
		}
	}
	if n, err := s.Revoke("b/"); n != 1 || err != nil {
		t.Errorf("it ends %d, %v", n, err)
	}
	if _, ok := s.Find(names["c"]); ok {
		t.Error("it is revoked, and opens")
	}
	if all, err := s.List(); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
}

// There are no more than most at once; those whose time is over make room.
func TestMost(t *testing.T) {
	now := time.Now()
	s := In(t.TempDir())
	s.now = func() time.Time { return now }
	for range most {
		if _, _, err := s.Create("a", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Create("a", time.Hour); !errors.Is(err, errFull) {
		t.Errorf("one more: %v", err)
	}
	now = now.Add(2 * time.Hour)
	if err := os.WriteFile(filepath.Join(s.dir, temporary+"left"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(s.dir, temporary+"left"), now.Add(-2*time.Hour), now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Create("a", time.Hour); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(s.dir); len(entries) != 1 {
		t.Errorf("%d files are left", len(entries))
	}
}

func TestHiding(t *testing.T) {
	const name = "draft-abcdefghijklmnopqrstuvwx23"
	for text, want := range map[string]string{
		"user=" + name + " command=\"\"":                "user=draft-… command=\"\"",
		"user=" + strings.ToUpper(name):                 "user=draft-…",
		"user=" + name + "x":                            "user=draft-…",
		"user=" + name[:20]:                             "user=draft-…",
		"command=\"share --revoke " + name[6:] + "\"":   "command=\"share --revoke draft-…\"",
		"user=x" + name + "@host":                       "user=xdraft-…@host",
		"user=draft-of-a-post session=0123456789abcdef": "user=draft-of-a-post session=0123456789abcdef",
		name + " " + name:                               "draft-… draft-…",
	} {
		var got strings.Builder
		if n, err := Hiding(&got).Write([]byte(text)); n != len(text) || err != nil || got.String() != want {
			t.Errorf("of %q there is left %q: %d, %v", text, got.String(), n, err)
		}
	}
}
