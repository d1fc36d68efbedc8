package sshd

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// refusedServer is a server with nothing but an admission, on the clock of the bubble.
func refusedServer(cfg Config) (*Server, *admissionTest) {
	g := testAdmission(cfg, 1)
	return &Server{admission: g.admission, born: time.Now()}, g
}

// Each source that is refused is listed, with why, how often and since when, and no other.
func TestRefusedSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, g := refusedServer(Config{MaxConnsPerSource: 3, ConnRate: 1, ConnBurst: 6})
		began := time.Now()
		expect := func(want ...string) {
			t.Helper()
			list := slices.SortedFunc(server.RefusedSources(), func(a, b RefusedSource) int { return cmp.Compare(b.Refusals, a.Refusals) })
			var got []string
			for _, r := range list {
				until := "-"
				if !r.Until.IsZero() {
					until = r.Until.Sub(began).String()
				}
				got = append(got, fmt.Sprintf("%s %s %s %d since %s until %s, %d open", r.Source, r.Reason, r.Offence, r.Refusals, r.Since.Sub(began), until, r.Connections))
			}
			if !slices.Equal(got, want) {
				t.Errorf("after %s %q are refused, want %q", time.Since(began), got, want)
			}
			counts := make(map[Reason]int)
			for _, r := range list {
				counts[r.Reason]++
			}
			if stats := countRefused(g.admission); !maps.Equal(stats, counts) {
				t.Errorf("%v are counted, and %v listed", stats, counts)
			}
		}
		greedy, shut, fine := sourceNo(1), sourceNo(2), sourceNo(3)
		g.try(fine)
		for range 3 {
			g.try(greedy)
		}
		expect()
		g.try(greedy)
		time.Sleep(10 * time.Second)
		g.try(greedy)
		g.try(shut)
		g.end(shut, HandshakeTimeout)
		expect("1.0.0.1/32 source_connections none 2 since 0s until -, 3 open")
		g.try(shut)
		g.end(shut, Flood)
		time.Sleep(10 * time.Second)
		for range 3 {
			g.try(shut)
		}
		expect(
			"2.0.0.1/32 penalty flood 3 since 10s until 1m20s, 0 open",
			"1.0.0.1/32 source_connections none 2 since 0s until -, 3 open",
		)
		time.Sleep(50 * time.Second) // the penalty is longer than a minute's pause
		expect("2.0.0.1/32 penalty flood 3 since 10s until 1m20s, 0 open")
		g.try(shut)
		expect("2.0.0.1/32 penalty flood 4 since 10s until 1m20s, 0 open")
		time.Sleep(10 * time.Second) // the penalty ends
		expect()
		time.Sleep(time.Minute)
		g.try(greedy) // again, from the beginning
		expect("1.0.0.1/32 source_connections none 1 since 2m20s until -, 3 open")
	})
}

func countRefused(ad *admission) map[Reason]int {
	counts := make(map[Reason]int)
	ad.eachRefused(func(_ *source, why Reason) { counts[why]++ }, func() bool { return true })
	return counts
}

// Sessions that are refused for their rate count as well.
func TestRefusedSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, g := refusedServer(Config{SessionRate: 1, SessionBurst: 1})
		a := sourceNo(1)
		g.try(a)
		for range 3 {
			g.allowSession(a)
		}
		if list := slices.Collect(server.RefusedSources()); len(list) != 1 || list[0].Reason != SessionRate || list[0].Refusals != 2 {
			t.Errorf("refused are %+v", list)
		}
	})
}

// All sources that are remembered are listed, and a few of them held at a time. Who takes them
// may end at any of them.
func TestRefusedSourcesAtTheFullNumber(t *testing.T) {
	g := testAdmission(Config{MaxConns: 1 << 20, MaxHandshakes: 1 << 20}, 1)
	server := &Server{admission: g.admission, born: time.Now()}
	most := g.sources.max
	for i := range most {
		g.sources.get(sourceNo(i)).refused.count(g.clock(), SourceRate, false)
	}
	listed := make(map[netip.Prefix]bool, most)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for r := range server.RefusedSources() {
		listed[r.Source] = true
	}
	runtime.ReadMemStats(&after)
	if len(listed) != most {
		t.Errorf("%d are listed, want %d", len(listed), most)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 256<<10 {
		t.Errorf("%d bytes were allocated", n)
	}
	for _, wanted := range []int{1, refusedChunk, refusedChunk + 1, most / 2} {
		n := 0
		for range server.RefusedSources() {
			if n++; n == wanted {
				break
			}
		}
		if n != wanted || g.try(sourceNo(1<<20+wanted)) != None {
			t.Errorf("%d came of %d, or the lock is held", n, wanted)
		}
	}
}

// While sources are listed connections are decided on: the lock is free between some and the
// next, for a new source too.
func TestListingLetsConnectionsIn(t *testing.T) {
	g := testAdmission(Config{MaxConns: 1 << 20, MaxHandshakes: 1 << 20}, 1)
	for i := range 4 * refusedChunk {
		g.sources.get(sourceNo(i)).refused.count(g.clock(), SourceRate, false)
	}
	pauses := 0
	g.eachRefused(func(*source, Reason) {}, func() bool {
		pauses++
		if why := g.try(sourceNo(1<<20 + pauses)); why != None {
			t.Errorf("refused: %v", why)
		}
		return true
	})
	if pauses < 4 {
		t.Errorf("%d pauses for %d sources", pauses, 4*refusedChunk)
	}
}

// Each source that is shut out is named in the log once, with what it did, up to a number of
// them; the next line says how many were left out.
func TestShutOutIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{}, 1)
		log := &logBuffer{}
		logger := slog.New(slog.NewTextHandler(log, nil))
		var limiter logLimiter
		for i, step := range []struct {
			why  Reason
			want bool
		}{{HandshakeTimeout, false}, {HandshakeTimeout, true}, {Flood, false}, {NoSession, false}} {
			a := &admitted{source: g.sources.get(sourceNo(1))}
			g.sources.hold(a.source)
			if shut := g.release(a, step.why); shut != step.want {
				t.Errorf("step %d: %v", i, shut)
			}
		}
		for i := range 100 {
			limiter.shutOut(logger, Flood, fmt.Sprint("source-", i))
		}
		time.Sleep(time.Second)
		for range 3 { // two a second
			limiter.shutOut(logger, Flood, "last")
		}
		if lines := log.lines("source shut out"); len(lines) != 66 || !strings.HasSuffix(strings.TrimSpace(lines[64]), "remote=last reason=flood omitted=36") {
			t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
		}
	})
}
