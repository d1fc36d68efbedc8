package render

import (
	"container/list"
	"time"
	"unsafe"
)

// entryOverhead is what an entry takes besides its page, in bytes: itself, its
// list element, and its share of a map that is on average two thirds full.
const entryOverhead = int64(unsafe.Sizeof(entry{})+unsafe.Sizeof(list.Element{})) +
	int64(unsafe.Sizeof(key{})+unsafe.Sizeof(uintptr(0)))*3/2

// lookup returns an entry and marks it as used. The caller holds c.mu.
func (c *Cache) lookup(k key) (*entry, bool) {
	element, ok := c.entries[k]
	if !ok {
		return nil, false
	}
	e, ok := element.Value.(*entry)
	if !ok || e.err != nil && time.Now().After(e.until) {
		c.drop(element)
		return nil, false
	}
	c.recent.MoveToFront(element)
	return e, true
}

// keep adds an entry and makes room for it. A page that alone takes more than
// there may be is not kept. The caller holds c.mu.
func (c *Cache) keep(e *entry) {
	e.size = entryOverhead
	if e.page != nil {
		e.page.size = e.page.measure() // nobody has the page yet
		e.size += e.page.size
	}
	if old, ok := c.entries[e.key]; ok {
		c.drop(old)
	}
	if e.size > c.limit {
		return
	}
	c.entries[e.key] = c.recent.PushFront(e)
	c.stats.Bytes += e.size
	for c.stats.Bytes > c.limit {
		c.drop(c.recent.Back())
		c.stats.Evicted++
	}
}

// drop removes an entry. The caller holds c.mu.
func (c *Cache) drop(element *list.Element) {
	if e, ok := c.recent.Remove(element).(*entry); ok {
		delete(c.entries, e.key)
		c.stats.Bytes -= e.size
	}
}
