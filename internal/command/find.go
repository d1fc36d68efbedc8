package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/post"
)

// notFoundError is for a name that nothing has, or nothing that can be printed.
type notFoundError string

func (e notFoundError) Error() string { return string(e) }

// onePost takes the name of a post.
func onePost(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return errors.New("which post? " + usage(cmd))
	}
	return noWords(cmd, words[1:])
}

// post finds a post by any name that it has or had.
func (s *Session) post(name string) (*post.Post, error) {
	p, ok := s.Index.Find(name)
	if ok {
		return p, nil
	}
	near := s.nearest(name, func(try func(string)) {
		list := s.Index.All()
		for i := range min(list.Len(), maxCompared) {
			try(list.At(i).Address)
		}
	})
	return nil, notFoundError(fmt.Sprintf("there is no post %s; %s", clipped(name), near.advice("ssh HOST ls lists them")))
}

// maxCompared is how many names are compared with one that was not found. That takes some milliseconds.
const maxCompared = 10_000

// nearest returns which of the names that others passes to try is most similar to what was typed. It takes a
// turn of the session's account.
func (s *Session) nearest(typed string, others func(try func(string))) *nearest {
	turn := s.Account.Turn()
	defer turn.End()
	n := &nearest{}
	others(func(name string) {
		turn.Yield()
		n.try(typed, name)
	})
	return n
}

// nearest finds the name that is most similar to a typed one.
type nearest struct {
	name   string
	differ int
}

// try compares a name with what was typed. It is similar if what was typed is its beginning, or few bytes
// differ.
func (n *nearest) try(typed, name string) {
	if len(typed) < 2 || len(typed) > maxQuoted || len(name) > 2*maxQuoted {
		return
	}
	typed = strings.ToLower(typed)
	most := min(1+len(typed)/3, 4)
	if n.name != "" {
		most = n.differ - 1
	}
	d := len(name) - len(typed)
	switch {
	case len(typed) >= 3 && strings.HasPrefix(name, typed):
		d = min(d, 1)
	case d > most, -d > most:
		return
	default:
		d = distance(typed, name)
	}
	if d > 1 && len(typed) <= 3 && !sameBytes(typed, name) {
		return // it is another word
	}
	if d <= most {
		n.name, n.differ = name, d
	}
}

// sameBytes reports whether two words have the same bytes, in whatever order.
func sameBytes(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// advice asks whether the nearest name was meant; without one it returns otherwise.
func (n *nearest) advice(otherwise string) string {
	if n.name == "" {
		return otherwise
	}
	return "did you mean " + n.name + "?"
}

// distance returns the least number of bytes to add, drop or replace to turn a into b (Levenshtein).
func distance(a, b string) int {
	var row [2*maxQuoted + 1]int
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
