package markdown

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// Numbering numbers the items of a list of HTML.
type Numbering struct {
	next, step int
	style      string
}

// NewNumbering returns that of a list with so many items.
func NewNumbering(t html.Token, items int) *Numbering {
	c := &Numbering{1, 1, Attr(t, "type")}
	if hasAttr(t, "reversed") {
		c.next, c.step = items, -1
	}
	if start, err := strconv.Atoi(Attr(t, "start")); err == nil {
		c.next = start
	}
	return c
}

// Next returns what stands before the next item, which may have a value of its own, or "".
func (c *Numbering) Next(value string) string {
	if n, err := strconv.Atoi(value); err == nil {
		c.next = n
	}
	c.next += c.step
	return ordinal(c.style, c.next-c.step)
}

// number gives the items of a list of HTML what stands before them.
func number(list *ast.List) {
	tag, _ := list.AttributeString("tag")
	t, ok := tag.(html.Token)
	if !ok || !list.IsOrdered() {
		return
	}
	c := NewNumbering(t, list.ChildCount())
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		value, _ := item.AttributeString("value")
		own, _ := value.(string)
		item.SetAttributeString("label", c.Next(own))
	}
}

// ordinal returns a number in the style that the type of a list has (HTML, "the ol
// element").
func ordinal(style string, n int) string {
	label := ""
	switch strings.ToLower(style) {
	case "a":
		for rest := n; rest > 0; rest = (rest - 1) / 26 {
			label = string(rune('a'+(rest-1)%26)) + label
		}
	case "i":
		if n >= 4000 {
			break
		}
		values := [...]int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
		for i, digits := range [...]string{"m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"} {
			for ; n >= values[i]; n -= values[i] {
				label += digits
			}
		}
	}
	switch {
	case label == "":
		return strconv.Itoa(n)
	case style == "A" || style == "I":
		return strings.ToUpper(label)
	}
	return label
}
