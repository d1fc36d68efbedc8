package render

import (
	"runtime"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"github.com/sshblog/sshblog/internal/post"
)

// FuzzShape promises that what repeats, nests, or stands in one line up to the
// greatest size of a post takes a bounded amount of memory, which stands for
// time here as in TestHostile, and comes out as a page. The fuzzer chooses what
// is repeated and how often, between what stands before and after it.
func FuzzShape(f *testing.F) {
	const all = post.MaxSize
	f.Add("", "> ", "a", uint32(75), uint8(80))
	f.Add("", "> - ", "a", uint32(all), uint8(40))
	f.Add("a\n", "\n> ", "", uint32(all), uint8(120))
	f.Add("", "- 1. ", "a", uint32(all), uint8(40))
	f.Add("", "[^a]: ", "a[^a]", uint32(300), uint8(40))
	f.Add(strings.Repeat("|a", 1000)+"|\n"+strings.Repeat("|-", 1000)+"|\n", "|b", "|", uint32(100_000), uint8(80))
	f.Add("|a|a|\n", "|b", "|", uint32(100_000), uint8(80))
	f.Add("|a|\n|-|\n", "|b [c](d)|\n", "", uint32(20_000), uint8(40))
	f.Add("", "word ", "", uint32(all), uint8(80))
	f.Add("", "a", "", uint32(all), uint8(80))
	f.Add("```go\n", "x(", "\n```", uint32(all), uint8(80))
	f.Add("", "*a **b _c ", "", uint32(all), uint8(80))
	f.Add("", "<details><summary>a</summary>\n", "", uint32(all), uint8(80))
	f.Add("", "{{< note >}}", "a", uint32(all), uint8(80))
	r, theme := NewRenderer(), Dark(colorprofile.TrueColor)
	f.Fuzz(func(t *testing.T, before, unit, after string, times uint32, width uint8) {
		if unit == "" || len(before)+len(unit)+len(after) > all {
			t.Skip()
		}
		n := min(int(times), (all-len(before)-len(after))/len(unit))
		src := before + strings.Repeat(unit, n) + after
		var start, end runtime.MemStats
		runtime.ReadMemStats(&start)
		page, err := r.draw(newBudget(func() {}, t.Context().Err), src, "", int(width), theme)
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&end)
		if mb := (end.TotalAlloc - start.TotalAlloc) >> 20; mb > maxAllocMB {
			t.Errorf("%d bytes took %d MB, want at most %d", len(src), mb, maxAllocMB)
		}
		checkPage(t, page)
	})
}
