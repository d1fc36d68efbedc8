package markdown_test

import (
	"fmt"

	"github.com/sshblog/sshblog/internal/markdown"
)

// What a page shows of a text, tags of other engines included.
func ExampleTree_Passages() {
	const body = `## A *cache*

See [the talk]({{< ref "talk.md" >}}) &mdash; {{< youtube id="x" title="a video" >}}.

{{% notice tip "Look" %}}
- Measure first. ![A chart](chart.png)
{{% /notice %}}
`
	names := map[markdown.Kind]string{markdown.Heading: "heading", markdown.Prose: "prose", markdown.Item: "item"}
	for p := range markdown.Parse(body, markdown.Unlimited(), nil).Passages() {
		fmt.Printf("%s: %s\n", names[p.Kind], p.Text)
	}
	// Output:
	// heading: A cache
	// prose: See the talk — Video: a video.
	// prose: Look
	// item: Measure first.
}

// An author is told what of a text readers would not see as it is meant.
func ExampleParse() {
	tell := func(line int, severe bool, what string) { fmt.Println(line+1, severe, what) }
	markdown.Parse("Text.\n\n{{< chart data.csv >}}\n", markdown.Unlimited(), tell)
	// Output: 3 false there is no shortcode "chart" here; nothing is shown for it
}
