package library

import (
	"slices"
	"strings"

	"github.com/sshblog/sshblog/internal/post"
)

// alias is a former name of a post.
type alias struct {
	key  string
	post *post.Post
}

// aliasKey reduces what authors write as an alias, and readers ask for, to
// what both mean: "/2019/old-name/", "2019/old-name.html" and "2019/old-name".
func aliasKey(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "/")
	s = strings.TrimSuffix(s, "index.html")
	s = strings.TrimSuffix(s, ".html")
	return strings.Trim(s, "/")
}

// byAlias returns the post that has the given alias.
func (x *Index) byAlias(name string) (*post.Post, bool) {
	i, ok := slices.BinarySearchFunc(x.aliases, aliasKey(name), func(a alias, key string) int {
		return strings.Compare(a.key, key)
	})
	if !ok {
		return nil, false
	}
	return x.aliases[i].post, true
}

// collectAliases fills the index's aliases. A slug goes before an alias, and
// a newer post before an older one.
func (x *Index) collectAliases() {
	var wanted []alias
	for _, p := range x.all.posts {
		for _, name := range p.Aliases() {
			key := aliasKey(name)
			if key == "" || key == p.Slug {
				continue
			}
			if other, ok := x.lookup(key); ok {
				x.between(p, post.Warning, "the alias %q is the slug of %s, to which it leads; remove the alias", name, other.Path)
				continue
			}
			wanted = append(wanted, alias{key, p})
		}
	}
	// A stable sort leaves the newest post first among those of one key.
	slices.SortStableFunc(wanted, func(a, b alias) int { return strings.Compare(a.key, b.key) })
	for _, a := range wanted {
		n := len(x.aliases)
		if n == 0 || x.aliases[n-1].key != a.key {
			x.aliases = append(x.aliases, a)
			continue
		}
		if winner := x.aliases[n-1].post; winner != a.post {
			x.between(a.post, post.Warning, "the alias %q is also one of %s, to which it leads; remove one of them", a.key, winner.Path)
		}
	}
}

// maxBetween is how many problems between posts are told of: each post may have a
// hundred aliases, all of which another has.
const maxBetween = 1000

// between notes what is wrong with a post beside another one.
func (x *Index) between(p *post.Post, severity post.Severity, format string, args ...any) {
	if x.clashes++; x.clashes <= maxBetween {
		x.problems = append(x.problems, problem(p.Path, severity, format, args...))
	}
}

// tellOmitted notes how many problems between posts are not told of.
func (x *Index) tellOmitted() {
	if more := x.clashes - maxBetween; more > 0 {
		x.problems = append(x.problems, problem(".", post.Warning,
			"and %s: slugs and aliases that other posts have, too; mend those that are named first", plural(more, "more problem")))
	}
}
