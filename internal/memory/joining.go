package memory

import (
	"encoding/binary"
	"slices"
)

// joining returns the marks of a reader who joins another of whom something was forgotten. The forgetting was
// the other reader's, so marks from before it count as if made right after it.
func (m *marks) joining(floor stamp) *marks {
	if floor == 0 {
		return m
	}
	joins, least := *m, min(floor+1, lastStamp)
	late := func(at stamp) stamp {
		if at == 0 {
			return 0
		}
		return max(at, least)
	}
	joins.visited, joins.renewed, joins.kept.at = late(m.visited), late(m.renewed), late(m.kept.at)
	joins.reads, joins.places, joins.rest = slices.Clone(m.reads), slices.Clone(m.places), lateFields(m.rest, least)
	for i := range joins.reads {
		joins.reads[i].event = joins.reads[i].late(least)
	}
	for i := range joins.settings {
		joins.settings[i].at = late(joins.settings[i].at)
	}
	order := make([]int, len(joins.places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareSpots(m.places[a], m.places[b]) })
	next := least
	for _, i := range order { // the one that was left last stays the last, and what was begun is not read
		joins.places[i].at = late(m.places[i].at)
		if m.begun(m.places[i]) {
			next = after(joins.places[i].at, next)
			joins.places[i].at = next
		}
	}
	return &joins
}

// joining does the same for bookmarks and highlights.
func (k *kept) joining(floor stamp) *kept {
	joins := *k
	joins.floor = 0
	if floor == 0 {
		return &joins
	}
	least := min(floor+1, lastStamp)
	joins.bookmarks, joins.highlights, joins.rest = slices.Clone(k.bookmarks), slices.Clone(k.highlights), lateFields(k.rest, least)
	for i := range joins.bookmarks {
		joins.bookmarks[i].event = joins.bookmarks[i].late(least)
	}
	for i := range joins.highlights {
		joins.highlights[i].event = joins.highlights[i].late(least)
	}
	return &joins
}

// late returns an event that is at least as late as a time.
func (e event) late(least stamp) event { return eventOf(max(e.at(), least), e.read()) }

// lateFields returns fields of a newer version that are at least as late as a time.
func lateFields(rest []field, least stamp) []field {
	rest = slices.Clone(rest)
	for i, f := range rest {
		if len(f.data) >= 4 && f.at() < least {
			rest[i].data = string(binary.BigEndian.AppendUint32(nil, uint32(least))) + f.data[4:]
		}
	}
	return rest
}

// keptOfBoth returns which posts have bookmarks of one reader or the other.
func keptOfBoth(a, b keptPosts, now stamp) keptPosts {
	if a.at == 0 && b.at == 0 {
		return keptPosts{}
	}
	posts := slices.Concat(a.posts, b.posts)
	slices.Sort(posts)
	return keptPosts{after(now, max(a.at, b.at)), slices.Compact(posts)}
}
