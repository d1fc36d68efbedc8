// Package storetest is what every push.Store and every push.Shared has to do, as tests.
package storetest

import (
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/push"
)

func signed(message string) push.Signature {
	return push.Signature{Author: "anna", When: time.Unix(1_800_000_000, 0), Message: message}
}

// Run tests a Store; open returns an empty one.
func Run(t *testing.T, open func(testing.TB) push.Store) {
	t.Run("empty", func(t *testing.T) { empty(t, open(t)) })
	t.Run("contents", func(t *testing.T) { contents(t, open(t)) })
	t.Run("versions", func(t *testing.T) { versions(t, open(t)) })
	t.Run("behind", func(t *testing.T) { behind(t, open(t)) })
}

func empty(t *testing.T, s push.Store) {
	if version, err := s.Current(); version != "" || err != nil {
		t.Errorf("an empty store has version %q, %v", version, err)
	}
	if files, err := s.Files(""); len(files) != 0 || err != nil {
		t.Errorf("no version has %q, %v", files, err)
	}
	if err := s.Log(func(e push.Entry) bool { t.Errorf("the log has %v", e); return true }); err != nil {
		t.Error(err)
	}
}

func put(t *testing.T, s push.Store, text string) string {
	t.Helper()
	name, err := s.Put(int64(len(text)), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func contents(t *testing.T, s push.Store) {
	large := strings.Repeat("0123456789", 100_000)
	for _, text := range []string{"", "a", large} {
		name, err := s.Name(int64(len(text)), strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(name); err == nil {
			t.Errorf("a content of %d bytes is there, since its name was asked for", len(text))
		}
		if is := put(t, s, text); is != name || put(t, s, text) != name {
			t.Errorf("a content of %d bytes is called %q and %q", len(text), is, name)
		}
		r, err := s.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if string(got) != text || errors.Join(err, r.Close()) != nil {
			t.Errorf("of %d bytes come %d, %v", len(text), len(got), err)
		}
	}
	if _, err := s.Put(2, strings.NewReader("only")); err == nil {
		t.Error("a content of another size than said is kept")
	}
	var inside string
	if err := s.Together(func() error { inside = put(t, s, "together"); return nil }); err != nil {
		t.Error(err)
	}
	if r, err := s.Open(inside); err != nil || r.Close() != nil {
		t.Errorf("what was put together is not there: %v", err)
	}
}

func versions(t *testing.T, s push.Store) {
	first := map[string]string{"a.md": put(t, s, "a"), "trip/index.md": put(t, s, "trip"), "trip/photo.png": put(t, s, "photo")}
	one, err := s.Replace("", first, signed("one"))
	if err != nil {
		t.Fatal(err)
	}
	second := map[string]string{"a.md": put(t, s, "b"), "trip/index.md": first["trip/index.md"]}
	two, err := s.Replace(one, second, signed("two"))
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Replace(two, first, signed("as it was")) // has the files of an older one
	if err != nil {
		t.Fatal(err)
	}
	none, err := s.Replace(back, nil, signed("nothing"))
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]map[string]string{one: first, two: second, back: first, none: {}} {
		if files, err := s.Files(version); !maps.Equal(files, want) || err != nil {
			t.Errorf("a version has %q, not %q, %v", files, want, err)
		}
	}
	if now, err := s.Current(); now != none || err != nil {
		t.Errorf("the newest is %q, not %q, %v", now, none, err)
	}
	var log []string
	if err := s.Log(func(e push.Entry) bool { log = append(log, e.Author+" "+e.Message); return len(log) < 3 }); err != nil {
		t.Error(err)
	}
	if got := strings.Join(log, ", "); got != "anna nothing, anna as it was, anna two" {
		t.Errorf("the log has %s", got)
	}
}

func behind(t *testing.T, s push.Store) {
	files := map[string]string{"a.md": put(t, s, "a")}
	if _, err := s.Replace("0123456789012345678901234567890123456789", files, signed("no")); !errors.Is(err, push.ErrBehind) {
		t.Errorf("the version that there is not was replaced: %v", err)
	}
	one, err := s.Replace("", files, signed("one"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replace("", files, signed("no")); !errors.Is(err, push.ErrBehind) {
		t.Errorf("a version that is there was replaced as if there were none: %v", err)
	}
	if now, err := s.Current(); now != one || err != nil {
		t.Errorf("the newest is %q, not %q, %v", now, one, err)
	}
}
