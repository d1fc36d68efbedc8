package sshd

import (
	"container/heap"
	"container/list"
)

// holding is what a source or network holds of each resource. The networks or sources in it
// that hold any are in a heap by load, so the fullest is found at once, and a change costs
// no more than a walk up the tree.
type holding struct {
	count    [resources]int
	fullest  [resources]float64 // the highest load of the node and of everything in it
	branches [resources]branches
	place    [resources]int // the node's index in its parent's branches; -1: none
	members  list.List      //ledger:counted a source's connections, of *admitted, which are counted
}

// branches is a heap of the nodes below another, the fullest first.
type branches struct {
	resource resource
	nodes    []*node //ledger:counted at most those that hold connections, which are counted
}

func (b *branches) Len() int { return len(b.nodes) }

func (b *branches) Less(i, j int) bool {
	return b.nodes[i].held.fullest[b.resource] > b.nodes[j].held.fullest[b.resource]
}

func (b *branches) Swap(i, j int) {
	b.nodes[i], b.nodes[j] = b.nodes[j], b.nodes[i]
	b.nodes[i].held.place[b.resource] = i
	b.nodes[j].held.place[b.resource] = j
}

// Push implements [heap.Interface].
func (b *branches) Push(x any) {
	if n, ok := x.(*node); ok {
		n.held.place[b.resource] = len(b.nodes)
		b.nodes = append(b.nodes, n)
	}
}

// Pop implements [heap.Interface].
func (b *branches) Pop() any {
	last := len(b.nodes) - 1
	n := b.nodes[last]
	b.nodes[last] = nil
	b.nodes = b.nodes[:last]
	n.held.place[b.resource] = -1
	return n
}

// census counts, for each level, the nodes that hold some of a resource.
type census [levelCount][resources]int

// add counts more, or with -1 less, of a resource for n and all above it.
func (c *census) add(n *node, r resource, more int) {
	for ; n != nil; n = n.parent {
		if n.held == nil {
			n.hold()
		}
		before := n.held.count[r]
		n.held.count[r] += more
		switch {
		case before == 0:
			c[n.level][r]++
		case n.held.count[r] == 0:
			c[n.level][r]--
		}
		n.rank(r)
		if n.held.count == [resources]int{} {
			n.held = nil // its branches are empty by now
		}
	}
}

func (n *node) hold() {
	n.held = &holding{}
	for r := range resources {
		n.held.branches[r].resource = r
		n.held.place[r] = -1
	}
}

// rank updates n's load and its position in its parent's heap.
func (n *node) rank(r resource) {
	h := n.held
	h.fullest[r] = n.load(r, 0)
	if own := h.branches[r].nodes; len(own) > 0 {
		h.fullest[r] = max(h.fullest[r], own[0].held.fullest[r])
	}
	if n.parent == nil {
		return
	}
	if n.parent.held == nil {
		n.parent.hold()
	}
	siblings := &n.parent.held.branches[r]
	switch place := h.place[r]; {
	case h.count[r] == 0 && place >= 0:
		heap.Remove(siblings, place)
	case h.count[r] > 0 && place < 0:
		heap.Push(siblings, n)
	case h.count[r] > 0:
		heap.Fix(siblings, place)
	}
}
