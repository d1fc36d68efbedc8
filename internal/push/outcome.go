package push

import (
	"fmt"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Refused reports whether nothing was published because of Problems.
func (o *Outcome) Refused() bool { return len(o.Problems) > 0 }

// Text returns the result of a transfer for its author, in lines. link returns where readers find an address.
func (o *Outcome) Text(link func(address string) string) string {
	return o.Remarks() + o.News(link)
}

// folder is where all ways to publish show the posts to authors.
const folder = "posts"

// shown is the name of a file as authors see it, by whatever way they send it.
func shown(name string) string { return plaintext.Clean(path.Join(folder, name)) }

// Remarks are what is wrong with what was sent, in lines.
func (o *Outcome) Remarks() string {
	var b strings.Builder
	for _, p := range o.Problems {
		p.Path = path.Join(folder, p.Path) // a copy
		b.WriteString(p.String() + "\n")
	}
	for _, n := range o.Notes {
		fmt.Fprintf(&b, "%s:%d: warning: %s\n", shown(n.Path), max(n.Line, 1), plaintext.Clean(n.What))
	}
	if o.Refused() {
		b.WriteString("nothing is published: mend what is listed above, and send it again\n")
	}
	return b.String()
}

// News are what has become of the files, in lines.
func (o *Outcome) News(link func(address string) string) string {
	var b strings.Builder
	for _, r := range o.Results {
		line := r.What + " " + shown(r.Path)
		switch {
		case r.Address != "":
			line += ": " + link(r.Address)
		case r.Held != "":
			line += ", which readers do not see: " + plaintext.Clean(r.Held)
		}
		b.WriteString(line + "\n")
	}
	if o.Unread != nil {
		fmt.Fprintf(&b, "readers see it when the posts are read again: %s\n", plaintext.Clean(o.Unread.Error()))
	}
	return b.String()
}
