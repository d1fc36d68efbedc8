package render_test

import (
	"context"
	"fmt"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/theme"
)

func ExampleCache_Page() {
	p, problems := post.Parse("hello.md", []byte("# Hello\n\nIt is *short*.\n\n- one\n- two\n"))
	if p == nil {
		fmt.Println(problems)
		return
	}
	look := theme.NewSet().Pick(true, colorprofile.NoTTY)
	page, err := render.NewCache(1<<20, 0).Page(context.Background(), nil, p, 40, look)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range page.Lines.All() {
		fmt.Println(line)
	}
	// Output:
	// It is *short*.
	//
	// - one
	// - two
}
