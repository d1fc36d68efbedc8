package library_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// midnight is when the clock of a synctest bubble starts.
var midnight = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) string { return midnight.Add(d).Format(time.RFC3339) }

// run runs lib's timer until the test ends.
func run(t *testing.T, lib *library.Library) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- lib.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
}

// wait lets time pass, and everything happen that is due.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestPostsAppearAndDisappear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &spy{FS: folder{
			"here.md":    md("title: Here", "date: 1999-06-01"),
			"soon.md":    md("title: Soon", "date: 1999-07-01", "publishDate: "+at(90*time.Minute)),
			"going.md":   md("title: Going", "date: 1999-05-01", "expiryDate: "+at(5*time.Hour)),
			"dated.md":   md("title: Dated", "date: "+at(72*time.Hour)),
			"flash.md":   md("title: Flash", "date: 1999-04-01", "publishDate: "+at(80*time.Hour), "expiryDate: "+at(81*time.Hour)),
			"draft.md":   md("title: Draft", "draft: true", "publishDate: "+at(time.Hour)),
			"expired.md": md("title: Expired", "date: 1999-01-01", "expiryDate: 1999-02-01"),
		}.fs()}
		var told []string
		lib := open(t, s, library.Options{Now: time.Now, OnReload: func(r library.Report) { told = append(told, r.String()) }})
		run(t, lib)
		s.reads()
		first := lib.Current()
		excluded := map[string]library.Excluded{}
		for _, e := range first.Excluded() {
			excluded[e.Address] = e
		}
		equal(t, "soon", excluded["soon"].Reason, library.Future)
		equal(t, "soon until", excluded["soon"].Until.Equal(midnight.Add(90*time.Minute)), true)
		equal(t, "draft", excluded["draft"], library.Excluded{Path: "draft.md", Address: "draft", Reason: library.Draft, Post: excluded["draft"].Post})
		equal(t, "expired", excluded["expired"], library.Excluded{Path: "expired.md", Address: "expired", Reason: library.Expired, Post: excluded["expired"].Post})

		elapsed := time.Duration(0)
		for _, step := range []struct {
			at   time.Duration
			want string
		}{
			{0, "here going"},
			{90*time.Minute - time.Nanosecond, "here going"},
			{90 * time.Minute, "soon here going"},
			{5*time.Hour - time.Nanosecond, "soon here going"},
			{5 * time.Hour, "soon here"},
			{72 * time.Hour, "dated soon here"},
			{80 * time.Hour, "dated soon here flash"},
			{81 * time.Hour, "dated soon here"},
			{1000 * time.Hour, "dated soon here"},
		} {
			wait(step.at - elapsed)
			elapsed = step.at
			equal(t, "posts after "+step.at.String(), all(lib.Current()), step.want)
		}
		equal(t, "files read by the timer", s.reads(), "")
		isClosed(t, first, true)
		equal(t, "swaps", len(told), 5)
		equal(t, "the first", told[0], "1 new post")
	})
}

// Run must plan anew when a reload brings an earlier time.
func TestReloadResetsTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := folder{"undated.md": md("title: Undated")}.fs()
		lib := open(t, m, library.Options{Now: time.Now})
		run(t, lib)
		wait(time.Hour)
		write(m, "soon.md", md("title: Soon", "publishDate: "+at(time.Hour+10*time.Second)), time.Now())
		reload(t, lib)
		equal(t, "posts", all(lib.Current()), "undated")
		wait(10 * time.Second)
		equal(t, "posts", all(lib.Current()), "soon undated")
	})
}

func TestWallClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clock{} // how far the wall clock is from the true time
		now := func() time.Time { return time.Now().Round(0).Add(c.Now().Sub(time.Time{})) }
		lib := open(t, folder{
			"here.md":  md("title: Here", "date: 1999-06-01"),
			"later.md": md("title: Later", "date: 1999-05-01", "publishDate: "+at(20*time.Hour)),
			"going.md": md("title: Going", "date: 1999-04-01", "expiryDate: "+at(20*time.Hour)),
		}.fs(), library.Options{Now: now})
		run(t, lib)
		wait(time.Hour)
		equal(t, "posts", all(lib.Current()), "here going")
		c.advance(24 * time.Hour)
		wait(time.Minute)
		equal(t, "posts a day too early", all(lib.Current()), "here later")
		c.advance(-24 * time.Hour)
		wait(time.Minute)
		equal(t, "posts when the clock is right again", all(lib.Current()), "here going")
	})
}

// Days without a time of day are those of the calendar that is set, whatever the
// location of the clock is.
func TestCalendar(t *testing.T) {
	west := time.FixedZone("west", -8*60*60)
	east := time.FixedZone("east", 13*60*60)
	posts := folder{
		"day.md":     md("title: Day", "date: 2026-03-12"),
		"hour.md":    md("title: Hour", "date: 2026-03-12T01:00:00Z"),
		"publish.md": md("title: Publish", "date: 2020-01-02", "publishDate: 2026-03-12"),
		"going.md":   md("title: Going", "date: 2020-01-01", "expiryDate: 2026-03-12"),
	}.fs()
	for _, test := range []struct {
		calendar *time.Location
		now      time.Time
		want     string
	}{
		{east, time.Date(2026, 3, 11, 10, 59, 0, 0, time.UTC), "going"},
		{east, time.Date(2026, 3, 11, 11, 0, 0, 0, time.UTC), "day publish"},
		{west, time.Date(2026, 3, 12, 7, 59, 0, 0, time.UTC), "hour going"},
		{west, time.Date(2026, 3, 12, 8, 0, 0, 0, time.UTC), "hour day publish"},
		{time.UTC, time.Date(2026, 3, 11, 23, 59, 0, 0, time.UTC).In(east), "going"},
		{time.UTC, time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC).In(east), "day publish"},
	} {
		lib := open(t, posts, library.Options{Now: func() time.Time { return test.now }, Calendar: test.calendar})
		equal(t, "posts at "+test.now.String()+" by "+test.calendar.String(), all(lib.Current()), test.want)
	}
}

func TestDatedToday(t *testing.T) {
	east := time.FixedZone("east", 13*60*60)
	west := time.FixedZone("west", -8*60*60)
	post := folder{
		"day.md":     md("title: Day", "date: 2026-03-12"),
		"hour.md":    md("title: Hour", "date: 2026-03-12T09:00:00Z"),
		"publish.md": md("title: Publish", "date: 2020-01-01", "publishDate: 2026-03-12"),
	}.fs()
	for _, test := range []struct {
		now  time.Time
		want string
	}{
		{time.Date(2026, 3, 11, 23, 59, 59, 0, time.UTC), ""},
		{time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC), "day publish"},
		{time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC), "hour day publish"},
		{time.Date(2026, 3, 11, 23, 59, 0, 0, east), ""},
		{time.Date(2026, 3, 12, 0, 1, 0, 0, east), "day"},
		{time.Date(2026, 3, 12, 13, 0, 0, 0, east), "day publish"},
		{time.Date(2026, 3, 11, 15, 59, 0, 0, west), ""},
		{time.Date(2026, 3, 11, 16, 0, 0, 0, west), "day publish"},
	} {
		lib := open(t, post, library.Options{Now: func() time.Time { return test.now }})
		equal(t, "posts at "+test.now.String(), all(lib.Current()), test.want)
		for _, e := range lib.Current().Excluded() {
			equal(t, e.Address+" is held back at "+test.now.String(), test.now.Before(e.Until), true)
		}
	}
}

// Dates that are close together cause one swap a second at most, and a problem is
// told of again only where somebody asks or it is another one.
func TestDatesCloseTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const dates = 2500
		posts := folder{"broken.md": broken, "here.md": md("title: Here", "date: 1999-06-01")}
		for i := range dates {
			posts[fmt.Sprintf("p%04d.md", i)] = md("title: Post", "date: 1999-01-01",
				"publishDate: "+midnight.Add(time.Minute+time.Duration(i)*4*time.Millisecond).Format(time.RFC3339Nano))
		}
		swaps, told, asked := 0, 0, 0
		lib := open(t, posts.fs(), library.Options{Now: time.Now, OnReload: func(r library.Report) {
			swaps++
			if !r.ByClock {
				asked++
			}
			if !r.KnownProblems {
				told++
			}
		}})
		run(t, lib)
		wait(time.Minute)
		equal(t, "posts at the first date", lib.Current().All().Len(), 2)
		wait(11 * time.Second)
		equal(t, "posts in the end", lib.Current().All().Len(), dates+1)
		equal(t, "swaps in ten seconds", swaps, 11)
		equal(t, "times that the problems are told", told, 0)
		reload(t, lib)
		equal(t, "times that the problems are told when asked", told, 1)
		equal(t, "reloads that were asked for", asked, 1)
	})
}
