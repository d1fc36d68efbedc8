//go:build linux

package attack

import (
	"testing"

	"github.com/sshblog/sshblog/internal/library/corpus"
)

// Work that outlives the screen that began it: "/" opens the search, a letter
// begins one, and ctrl+g leaves before there is a result. One connection that
// typed this 650,000 times had this server take 1.6 GB, in 156,309 goroutines,
// and a container of 512 MB was dead.
//
// Here a session has one search under way, whatever has become of its screen.
func TestAbandonedSearches(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.storm(func() []*screen { return s.readers(from) }, "/a\x07", 3*650_000)
	})
}

// A search of all posts for every letter that is typed, and taken back before
// there is a result.
func TestSearchStorm(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.storm(func() []*screen { return s.readers(from) }, "a\x7f", 8_000_000, "/")
	})
}

// A conversation in lines searches, too: "/word", over and over, at 64 who read
// the blog with "ssh -t HOST plain", had others wait for 2.5 s.
func TestPlainSearchStorm(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.storm(func() []*screen { return s.screens(from, opening{command: "plain"}) }, "/"+corpus.New().Word(0)+"\r", 8_000_000)
	})
}
