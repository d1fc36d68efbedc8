package push

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

// folded returns the same for names that differ only in case, which macOS and Windows cannot distinguish.
func folded(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(name) // which is the name itself, mostly
	}
	return cases.Fold().String(name)
}

func twice(name, other string) error {
	return fmt.Errorf("%q and %q differ at most in the case of letters, which macOS and Windows cannot have: rename one", name, other)
}

// spellings are the names that folded makes the same.
type spellings struct {
	before map[string]bool //ledger:counted a few; in the version before
	after  map[string]bool //ledger:counted likewise; in the version after
}

// respelled returns an error if the name of a new file or folder differs from another only in case. Names that were there
// before are accepted: somebody made them by hand.
func respelled(files, changed map[string]string) error {
	alike := make(map[string]*spellings) // as many as the folders and files of a transfer
	for name, content := range changed {
		if content == "" || files[name] != "" {
			continue
		}
		each(name, func(name, key string) {
			if alike[key] == nil {
				alike[key] = &spellings{make(map[string]bool), make(map[string]bool)}
			}
			alike[key].after[name] = true
		})
	}
	if len(alike) == 0 {
		return nil
	}
	for name := range files {
		content, differs := changed[name]
		each(name, func(name, key string) {
			s := alike[key]
			if s == nil {
				return
			}
			s.before[name] = true
			if !differs || content != "" {
				s.after[name] = true
			}
		})
	}
	for _, key := range slices.Sorted(maps.Keys(alike)) {
		s := alike[key]
		names := slices.Sorted(maps.Keys(s.after))
		for i, name := range names {
			if len(names) > 1 && !s.before[name] {
				return twice(name, names[(i+1)%len(names)])
			}
		}
	}
	return nil
}

// each calls f for a file and the folders that it is in, with their folded names.
func each(name string, f func(name, key string)) {
	key := folded(name)
	for f(name, key); ; f(name, key) {
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return
		}
		name, key = name[:i], key[:strings.LastIndexByte(key, '/')]
	}
}
