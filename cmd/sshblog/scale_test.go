//go:build unix

package main

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/sshd"
)

// What deploy/scale.md says follows from what it assumes, and from the program.
func TestScale(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join(deployDir, "scale.md"))
	figure := func(before, after string) float64 {
		t.Helper()
		found := regexp.MustCompile(regexp.QuoteMeta(before) + `([0-9][0-9,.]*)` + regexp.QuoteMeta(after)).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("there is no number between %q and %q", before, after)
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSuffix(found[1], ","), ",", ""), 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	is := func(what string, says, follows float64) {
		t.Helper()
		if math.Abs(says-follows) > follows*0.02 {
			t.Errorf("%s: the page says %v, and it follows %.4g", what, says, follows)
		}
	}
	const gib = 1 << 20 // KiB
	readers, minutes, keys, posts := figure("| readers a day | ", ""), figure("posts in ", " minutes"), figure("with ", " keys |"), figure("| what each does | ", " posts")
	part := figure("has the most | ", " %") / 100
	is("the part of the hour", part, 1.0/24+1.0/20)
	connects, sessions := figure("| connects | ", " a second"), figure("| sessions at once | ", " |")
	perSecond, writes := figure("| keys | ", " a second"), figure("| state writes | ", " a second")
	is("readers in the hour", figure("| connects | 25.5 a second | ", " readers in an hour"), readers*part)
	is("the peak", figure("in an hour: ", " times the mean"), part*24)
	is("the mean", figure("the mean of the day, ", " |"), readers/24/3600)
	is("connects", connects, readers*part/3600)
	is("sessions", sessions, connects*minutes*60)
	is("keys", perSecond, connects*keys)
	is("state writes", writes, sessions/15+connects*posts)
	is("processor, keys", figure("| processor, keys | ", " cores"), perSecond*figure("12,700 × ", " ms")/1000)
	is("processor, connects", math.Round(figure("| processor, connects | ", " %")), math.Round(connects*figure("25.5 × ", " ms")/10))
	is("memory", figure("| memory | ", " GiB"), sessions*figure("22,900 × ", " KiB, reading")/gib)
	is("memory by the ledger", figure("`max-sessions` | ", " GiB"), sessions*sshd.SessionCost/(1<<30))
	is("a session by the ledger", figure("22,900 × ", " KiB: what"), sshd.SessionCost>>10)
	is("descriptors", figure("| descriptors | ", " |"), sessions)
	is("disk", figure("| disk, states | ", " GB"), readers*figure("at the most | ", " bytes")/1e9)
	is("disk at most", figure("highlights; ", " GB at the most"), readers*memory.MaxMarks/1e9)
	is("writes to the disk", figure("| disk, writes | ", " a second"), writes)
	is("writes to NATS", figure("| writes of states | ", " a second"), writes)
	is("reads", figure("| reads of states | ", " a second"), connects)
	is("what servers hear", figure("| what each server hears | ", " headers"), writes)
	if least := figure("some ", " a second through"); writes > least {
		t.Errorf("%v writes a second are more than NATS takes", writes)
	}
	for _, page := range []string{text, read(t, "../../docs/readers.md")} {
		for _, says := range []string{"450 bytes", "1 GiB", "5,000 at once", "4 MiB"} {
			if !strings.Contains(page, says) {
				t.Errorf("a page does not say %s", says)
			}
		}
	}
	if readersMaxSize != 1<<30 || readersMaxSize/450 < 2_000_000 || memory.MaxUnwritten != 4<<20 {
		t.Error("the program has other limits than the pages")
	}
	if most := fmt.Sprintf("hold %d,000", memory.MaxPosts/1000); !strings.Contains(text, most) {
		t.Errorf("it is not said that numbers %s", most)
	}
}
