package library

import (
	"strings"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// reviewAliases warns of aliases that lead to another post: a plain name takes precedence over an alias, and a
// newer post over an older one.
func (x *Index) reviewAliases() {
	for _, p := range x.all.posts {
		for _, name := range p.Aliases() {
			if x.site.engine == hugo && !strings.HasPrefix(name, "/") {
				continue // it is relative to the post's folder
			}
			key := post.PagePath(name)
			if other, ok := x.lookup(key); ok && other.Address != p.Address {
				x.between(p, post.Warning, "the alias %q is the address of %s, to which it leads; remove the alias", name, other.Path)
			} else if other, ok = x.links().named(key); ok && other.Address != p.Address && !x.leads(key, p) {
				x.between(p, post.Warning, "the alias %q is also a name of %s, to which it leads; remove one of them", name, other.Path)
			}
		}
	}
}

// leads reports whether the path of an alias leads to a post on a known site where the plain name of another
// post does not.
func (x *Index) leads(path string, p *post.Post) bool {
	to, ok := x.links().Resolve(nil, "/"+path, false)
	return ok && to.Address == p.Address && x.site.engine != unknownEngine
}

// maxBetween is how many problems between posts are reported: each post may have a hundred aliases that another
// has, too.
const maxBetween = 1000

// between adds a problem of a post with regard to another one.
func (x *Index) between(p *post.Post, severity post.Severity, format string, args ...any) {
	if x.clashes++; x.clashes <= maxBetween {
		x.problems = append(x.problems, problem(p.Path, severity, format, args...))
	}
}

// tellOmitted adds how many problems between posts were left out.
func (x *Index) tellOmitted() {
	if more := x.clashes - maxBetween; more > 0 {
		x.problems = append(x.problems, problem(".", post.Warning,
			"and %s: aliases that other posts have, too; mend those that are named first", plaintext.Count(more, "more problem")))
	}
}
