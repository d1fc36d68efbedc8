package markdown

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// number gives the items of a list of HTML what stands before them.
func number(list *ast.List) {
	tag, _ := list.AttributeString("tag")
	t, ok := tag.(html.Token)
	if !ok || !list.IsOrdered() {
		return
	}
	next, err := strconv.Atoi(Attr(t, "start"))
	step := 1
	if hasAttr(t, "reversed") {
		step = -1
	}
	switch {
	case err == nil:
	case step < 0:
		next = list.ChildCount()
	default:
		next = 1
	}
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		if value, ok := item.AttributeString("value"); ok {
			next, _ = value.(int)
		}
		item.SetAttributeString("label", ordinal(Attr(t, "type"), next))
		next += step
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
