//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2/lexers"
)

// What the program takes without sessions is within its share, and not much less, when
// all has been loaded that is kept: themes, keys, lexers for as many languages as a post
// may have code in.
func TestTheProgramsShare(t *testing.T) {
	if underRace {
		t.Skip("the race detector holds memory of its own")
	}
	s := serveBlog(t, 1, "--ops", "127.0.0.1:0", "--ops-pprof")
	// All languages there are, in posts none of which names more of them than one may.
	const most = 400                                                                    // bytes of names
	word := func(post int) string { return strings.Repeat(string(rune('A'+post)), 20) } // of which no cell stays
	posts, named := 0, most
	var text strings.Builder
	for _, language := range lexers.Names(false) {
		if named += len(language); named > most {
			if posts > 0 {
				s.write(fmt.Sprintf("code-%02d.md", posts), text.String())
			}
			posts, named = posts+1, len(language)
			text.Reset()
			fmt.Fprintf(&text, "---\ntitle: Code %d\ndate: 2026-11-%02d\nsummary: In many languages.\n---\n%s\n", posts, posts, word(posts))
		}
		fmt.Fprintf(&text, "\n```%s\na = \"b\" + 1 // c\n```\n", language)
	}
	s.write(fmt.Sprintf("code-%02d.md", posts), text.String())
	s.reload("msg=reloaded")
	v := visit(t, "127.0.0.1:"+s.port)
	v.sees(fmt.Sprintf("Code %d", posts))
	v.types("g\r")
	v.sees(word(posts))
	for post := posts - 1; post > 0; post-- {
		v.types("n")
		v.sees(word(post))
	}
	v.leave()
	for range 2 {
		_, _ = s.ops("/debug/pprof/heap?gc=1")
	}
	_, exposed := s.ops("/metrics")
	value := func(name string) float64 {
		t.Helper()
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(exposed)
		if found == nil {
			t.Fatalf("there is no metric %s", name)
		}
		n, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	takes := 0.0
	for _, what := range []string{"heap_alloc", "stack_inuse", "mspan_inuse", "mcache_inuse", "buck_hash_sys", "gc_sys", "other_sys"} {
		takes += value("go_memstats_" + what + "_bytes")
		t.Logf("%s: %.1f MiB", what, value("go_memstats_"+what+"_bytes")/(1<<20))
	}
	t.Logf("the program takes %.1f MiB", takes/(1<<20))
	if takes > programBytes || takes < programBytes/4*3 {
		t.Errorf("the program takes %.0f bytes, and its share is %d", takes, programBytes)
	}
	// There are as many turns as the system gives to the program, and twice the threads.
	if threads := value("go_sched_gomaxprocs_threads"); threads != float64(2*runtime.GOMAXPROCS(0)) {
		t.Errorf("there are %.0f threads, want twice %d", threads, runtime.GOMAXPROCS(0))
	}
}

// The manual's table of shares is what the program divides.
func TestManualsShares(t *testing.T) {
	t.Parallel()
	manual := read(t, filepath.Join(deployDir, "README.md"))
	rows := 0
	for line := range strings.Lines(manual) {
		found := regexp.MustCompile(`^ {2}\| (\d+) \|`).FindStringSubmatch(line)
		if found == nil {
			continue
		}
		rows++
		limit := bytesIn(t, found[1]+"MiB")
		s := defaultSettings()
		sh := divide(limit, 20<<20, 2, s)
		cfg := s.SSH
		cfg.MemoryBudget = sh.sessions
		stats := idleServer(t, cfg).Stats()
		want := "  |"
		for _, n := range []int64{sh.whole, sh.spare, sh.program, sh.posts, sh.search, sh.pages, sh.sessions} {
			want += fmt.Sprintf(" %d |", n>>20)
		}
		want += fmt.Sprintf(" %d | %d |\n", stats.MaxSessions, stats.MaxConns)
		if line != want {
			t.Errorf("the manual says\n%swant\n%s", line, want)
		}
	}
	if rows < 3 {
		t.Errorf("the table has %d rows", rows)
	}
}
