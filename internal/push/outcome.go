package push

import (
	"fmt"
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Refused reports whether nothing was published, for the problems that Text tells.
func (o *Outcome) Refused() bool { return len(o.Problems) > 0 }

// Text tells an author what became of a transfer, in lines. link is how readers come to an address.
func (o *Outcome) Text(link func(address string) string) string {
	return o.Remarks() + o.News(link)
}

// Remarks are what is wrong with what was sent, in lines.
func (o *Outcome) Remarks() string {
	var b strings.Builder
	for _, p := range o.Problems {
		b.WriteString(p.String() + "\n")
	}
	for _, n := range o.Notes {
		fmt.Fprintf(&b, "%s:%d: warning: %s\n", plaintext.Clean(n.Path), max(n.Line, 1), plaintext.Clean(n.What))
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
		line := r.What + " " + plaintext.Clean(r.Path)
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
