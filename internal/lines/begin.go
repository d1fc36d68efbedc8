package lines

import (
	"context"
	"strconv"
)

// begin prints the first page, or what the requested name leads to.
func (l *Lines) begin(ctx context.Context) error {
	if l.o.Name == "" {
		l.tellPage()
		return nil
	}
	named, ok := l.index.Named(l.o.Name)
	switch {
	case !ok:
		l.write("There is no post " + strconv.Quote(l.o.Name) + ".")
		l.tellPage()
	case named.Post != nil && l.o.Once:
		return l.tell(ctx, named.Post, l.opened(named.Post))
	case named.Post != nil:
		return l.open(ctx, named.Post)
	case named.Category != nil:
		l.at.Show(named.Category)
		l.tellPage()
	default:
		return l.search(ctx, "tag:"+named.Tag.Slug)
	}
	return nil
}
