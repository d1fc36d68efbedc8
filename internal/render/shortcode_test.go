package render

import (
	"strings"
	"testing"
)

func TestShortcodesOnThePage(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"escaped", "Write {{</* ref \"a\" */>}}.", "Write {{< ref \"a\" >}}."},
		{"alert", "{{< tip >}}Do *it*.{{< /tip >}}", "┃ Tip\n┃ Do it."},
		{"code", "- a\n\n  {% highlight sh %}\n  ls\n  {% endhighlight %}\n- b", "• a\n\n  sh\n  │ ls\n\n• b"},
		{"math", "$$\na_1 * b_1\n$$", "math\n│ a_1 * b_1"},
		{"math in a line", "$$a * b * c$$", "math\n│ a * b * c"},
		{"math in text", "a $x_1 * y_1 * z$ b", "a x_1 * y_1 * z b"},
		{"prices", "from $5 to $10, or US$3*4*", "from $5 to $10, or US$34"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(plainLines(renderBody(t, tt.src, 60)), "\n")
			if got != tt.want {
				t.Errorf("%q\ngot:\n%s\nwant:\n%s", tt.src, got, tt.want)
			}
		})
	}
}
