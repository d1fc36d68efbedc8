package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is what a key does, as far as its answer differs.
type kind int

const (
	arrive   kind = iota // no key: connecting, which the first screen answers
	choose               // another post of the list is selected
	turn                 // another page of the list
	open                 // a post
	back                 // from the post to the list
	lineDown             // in a post
	lineUp
	pageDown
	pageUp
	search // a letter of a search
	escape // out of the search
	kinds
)

func (k kind) String() string {
	return [...]string{"arrive", "select", "turn page", "open", "back", "line down", "line up", "page down", "page up", "search", "escape"}[k]
}

// key is what a reader sends.
type key struct {
	kind  kind
	bytes string
}

// activity is what a reader does all the time.
type activity int

const (
	idle activity = iota
	scrolling
	browsing
	opening
	searching
	activities
)

func (a activity) String() string {
	return [...]string{"idle", "scrolling", "browsing", "opening", "searching"}[a]
}

// script is the keys of one reader: first those that bring it to its place,
// then those it repeats. The latter end where they began.
type script struct {
	first, cycle []key
}

// scriptOf returns the script of a reader with an activity. Readers spread over
// the first posts of the list.
func scriptOf(a activity, reader int, s *settings) script {
	down, up := key{choose, "j"}, key{choose, "k"}
	place := slices.Repeat([]key{down}, reader%s.Posts)
	enter, leave := key{open, "\r"}, key{back, "\x7f"}
	switch a {
	case scrolling:
		const lines = 10
		return script{
			first: append(place, enter),
			cycle: slices.Concat(
				slices.Repeat([]key{{lineDown, "j"}}, lines), []key{{pageDown, " "}, {pageUp, "b"}},
				slices.Repeat([]key{{lineUp, "k"}}, lines)),
		}
	case browsing:
		return script{cycle: []key{down, down, down, up, up, up, {turn, "l"}, {turn, "h"}}}
	case opening:
		return script{first: place, cycle: []key{enter, leave}}
	case searching:
		cycle := []key{{search, "/"}}
		for _, letter := range s.Word {
			cycle = append(cycle, key{search, string(letter)})
		}
		return script{cycle: append(cycle, key{escape, "\x1b"})}
	default:
		return script{}
	}
}

// mix is how many of the readers do what, as shares of their sum.
type mix [activities]int

func (m mix) String() string {
	var parts []string
	for a, share := range m {
		if share > 0 {
			parts = append(parts, fmt.Sprintf("%v=%d", activity(a), share))
		}
	}
	return strings.Join(parts, ",")
}

// assign gives each of n readers an activity, evenly mixed in their order.
func (m mix) assign(n int) []activity {
	sum := 0
	for _, share := range m {
		sum += share
	}
	var given mix
	out := make([]activity, n)
	for i := range out {
		best, debt := idle, -1
		for a, share := range m {
			// What it is owed after i+1 readers, times sum.
			if owed := share*(i+1) - given[a]*sum; share > 0 && owed > debt {
				best, debt = activity(a), owed
			}
		}
		out[i] = best
		given[best]++
	}
	return out
}

func parseMix(text string) (m mix, err error) {
	sum := 0
	for part := range strings.SplitSeq(text, ",") {
		name, share, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(share)
		a := slices.IndexFunc(allActivities(), func(a activity) bool { return a.String() == name })
		if err != nil || a < 0 || n < 0 || n > maxSessions {
			return mix{}, errors.New("want shares such as idle=60,scrolling=40, of: idle, scrolling, browsing, opening, searching")
		}
		m[a] = n
		sum += n
	}
	if sum == 0 {
		return mix{}, errors.New("want at least one share above 0")
	}
	return m, nil
}

func allActivities() []activity { return []activity{idle, scrolling, browsing, opening, searching} }
