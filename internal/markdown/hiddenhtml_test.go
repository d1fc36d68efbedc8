package markdown

import (
	"strings"
	"testing"
)

// What browsers show of HTML does not depend on blank lines in a script.
func TestTornHTML(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"a script", "<div>\na\n<script>\nb()\n\nc()\n</SCRIPT>\n</div>\n\nd", "a|d"},
		{"a style", "<div>a\n  <style>\nb {}\n\nc {}\n</style>d</div>", "a d"},
		{"a script without an end", "<div>a\n<script>\nb()\n\nc()", "a|c()"},
		{"a script on its own", "a\n\n<script>\nb()\n\nc()\n</script>\n\nd", "a|d"},
		{"in code", "```html\n<div>\n<script>\nb()\n\nc()\n</script>\n```", "<div>\n<script>\nb()\n\nc()\n</script>"},
	} {
		var got []string
		for p := range Parse(c.body, Unlimited(), nil).Passages() {
			got = append(got, strings.TrimSpace(p.Full))
		}
		if got := strings.Join(got, "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	var lines []int
	Parse("<div>\n<script>\na\n\nb\n</script>\n</div>\n\n{{< x >}}\n", Unlimited(), func(line int, _ bool, _ string) { lines = append(lines, line) })
	if len(lines) != 1 || lines[0] != 8 {
		t.Errorf("what is told behind it is of lines %v, want 8", lines)
	}
}
