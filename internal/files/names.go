package files

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/ledger"
)

// all returns the names of all files of the transfer in order, so that what is in one folder stands together, and
// reports whether there is the memory for them. They are kept until the transfer ends.
func (a *author) all() (names []string, ok bool) {
	if a.names != nil || a.transfer == nil {
		return a.names, a.names != nil
	}
	var turn ledger.Turn
	a.client.Account.Begin(&turn)
	defer turn.End()
	n := 0
	for range a.transfer.Names() {
		turn.Yield()
		n++
	}
	if !a.client.Account.TakeExtra(nameCost * int64(n)) {
		return nil, false
	}
	names = make([]string, 0, n) //ledger:counted just taken
	for name := range a.transfer.Names() {
		turn.Yield()
		names = append(names, name)
	}
	slices.Sort(names)
	a.names = names
	return names, true
}

// forgetNames forgets them.
func (a *author) forgetNames() {
	a.client.Account.Give(nameCost * int64(len(a.names)))
	a.names = nil
}

// added and gone keep them as the transfer has them.
func (a *author) added(name string) {
	at, there := slices.BinarySearch(a.names, name)
	switch {
	case a.names == nil || there:
	case !a.client.Account.TakeExtra(nameCost):
		a.forgetNames()
	default:
		a.names = slices.Insert(a.names, at, name)
	}
}

func (a *author) gone(name string) {
	if at, there := slices.BinarySearch(a.names, name); there {
		a.names = slices.Delete(a.names, at, at+1)
		a.client.Account.Give(nameCost)
	}
}

// holds reports whether a file of the transfer is in a folder.
func (a *author) holds(folder string) bool {
	prefix := folder + "/"
	if names, ok := a.all(); ok {
		at, _ := slices.BinarySearch(names, prefix)
		return at < len(names) && strings.HasPrefix(names[at], prefix)
	}
	for name := range a.transfer.Names() {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// children calls f with what is in a folder by the files of the transfer: each file, and each folder once, or more
// often where there is no memory for the names. The prefix is the folder's path with a slash, or "".
func (a *author) children(prefix string, f func(name string)) {
	names, ok := a.all()
	if !ok {
		for name := range a.transfer.Names() {
			if rest, ok := strings.CutPrefix(name, prefix); ok {
				first, _, _ := strings.Cut(rest, "/")
				f(first)
			}
		}
		return
	}
	at, _ := slices.BinarySearch(names, prefix)
	for at < len(names) {
		rest, ok := strings.CutPrefix(names[at], prefix)
		if !ok {
			return
		}
		first, _, folder := strings.Cut(rest, "/")
		f(first)
		at++
		if folder {
			const behind = "0" // a slash's next
			next, _ := slices.BinarySearch(names[at:], prefix+first+behind)
			at += next
		}
	}
}
