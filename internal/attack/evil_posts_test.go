//go:build linux

package attack

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whoever may write a post may do so by mistake: 256 KB of tables, each of which is
// small and has most of its cells left out, or a fence whose language has 60 KB,
// had this server take 1 GB when the first reader came, and every other page waited
// for 30 s; many lists in each other, a line that belongs to the innermost, and blank
// lines took it 4.6 GB. The readers' windows have many widths, each of which is another page.
//
// Here what a page may take is counted for the whole of it, and pages are made
// beside each other.
func TestEvilPosts(t *testing.T) {
	const columns, rows = 24, 700
	table := strings.Repeat("|a", columns) + "|\n" + strings.Repeat("|-", columns) + "|\n" + strings.Repeat("|\n", rows) + "\n"
	var lists strings.Builder
	for i := range 200 {
		lists.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	posts := map[string]string{
		"tables":      strings.Repeat(table, 250<<10/len(table)),
		"fence":       "```" + strings.Repeat("language", 60<<10/8) + "\ncode\n```\n",
		"inner fence": "~~~markdown\n```" + strings.Repeat("language", 15<<10/8) + "\ncode\n```\n~~~\n",
	}
	if *full { // it takes 41 to 47 MB of the 50, which a busy machine may exceed
		posts["lists"] = lists.String() + "lazy\n" + strings.Repeat("\n", 200<<10)
	}
	for name, text := range posts {
		t.Run(name, func(t *testing.T) {
			siegesOfNew(t, boxSpec{posts: map[string]string{"evil.md": newest("An evil post") + text}}, func(s *siege, from []string) {
				opens := s.p.witness("open")
				all := s.screens(from, opening{dragged: true})
				s.types(all, "", 0, "\r") // the first in the list
				opened := opens(time.Time{}).sorted()
				if len(from) == 1 {
					s.anotherReads("%") // how far it is read
				} else { // there may be no memory left for others' pages of this size
					s.allAnswered(all, from, "%")
				}
				if s.p.dead() || len(opened) == 0 {
					return // withstands tells
				}
				s.Logf("other pages came after %s in the middle, %s at the 99th percentile and %s at worst of %d",
					quantile(opened, 0.5).Round(time.Millisecond), quantile(opened, 0.99).Round(time.Millisecond), quantile(opened, 1).Round(time.Millisecond), len(opened))
				if slow := slowest(opened); slow > maxFirstPaint {
					s.Errorf("other pages waited for %s", slow)
				}
			})
		})
	}
}

// anotherReads expects that somebody else can read the first post. The sessions of one source
// leave little of its memory for such pages, so theirs need not come.
func (s *siege) anotherReads(text string) {
	s.Helper()
	if s.p.dead() {
		return // withstands tells
	}
	client, err := s.p.dial("127.210.9.9")
	if err != nil {
		s.Errorf("somebody else: %v", err)
		return
	}
	defer func() { _ = client.Close() }()
	timer := time.AfterFunc(s.p.patience, func() { _ = client.Close() })
	defer timer.Stop()
	session, err := client.NewSession()
	if err != nil {
		s.Errorf("somebody else: %v", err)
		return
	}
	keys, screen, err := shell(session)
	if err == nil {
		_, err = io.WriteString(keys, "\r")
	}
	if err == nil {
		err = readUntil(screen, text)
	}
	if err != nil {
		s.Errorf("somebody else cannot read the page: %v", err)
	}
}

// allAnswered expects that each sees a text, or why it cannot: their sessions alone take
// nearly all memory that pages may have, and each has another page. Some have to leave for others.
func (s *siege) allAnswered(all []*screen, from []string, text string) {
	s.Helper()
	refusals := [...]string{"cannot be shown", "no memory"} // on the page, below the list
	seen, refused, gone, left := 0, 0, 0, slices.Clone(all)
	for until := time.Now().Add(recovery); len(left) > 0 && time.Now().Before(until) && !s.p.dead(); time.Sleep(10 * time.Millisecond) {
		left = slices.DeleteFunc(left, func(c *screen) bool {
			switch {
			case c.awaits(text, 0):
				seen++
			case c.awaits(refusals[0], 0), c.awaits(refusals[1], 0):
				refused++
			default:
				select {
				case <-c.closed:
					gone++
				default:
					return false
				}
			}
			return true
		})
	}
	s.Logf("%d of %d saw the page, %d were told why not, %d had to leave", seen, len(all), refused, gone)
	if gone > s.madeRoom(from) {
		s.Errorf("%d had to leave, and room was made %d times", gone, s.madeRoom(from))
	}
	if len(left) > 0 && !s.p.dead() {
		s.Errorf("%d wait for an answer", len(left))
	}
}

// newest is the front matter of a post that comes before all others.
func newest(title string) string {
	return fmt.Sprintf("---\ntitle: %s\ndate: 2026-03-01\n---\n", title)
}

// opens has somebody open posts, one after the other, none of which anybody has read
// before, and reports how long each waits for the page.
func (p *program) opens(report func(began time.Time, waited time.Duration, err error), stop <-chan struct{}) {
	for n := 0; ; n++ {
		began, waited, err := p.openPost(p.somewhere(n), n)
		report(began, waited, err)
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond): // the pace of those who come
		}
	}
}

// openPost opens one of the posts, and returns when the key for that was pressed and
// how long the page took to come.
func (p *program) openPost(from string, n int) (began time.Time, waited time.Duration, err error) {
	began = time.Now()
	client, err := p.dial(from)
	if err != nil {
		return began, 0, err
	}
	defer func() { _ = client.Close() }()
	timer := time.AfterFunc(p.patience, func() { _ = client.Close() })
	defer timer.Stop()
	session, err := client.NewSession()
	if err != nil {
		return began, 0, err
	}
	keys, screen, err := shell(session)
	if err != nil {
		return began, 0, err
	}
	// Some pages on, and then the second on it or one below.
	if _, err := io.WriteString(keys, strings.Repeat("l", 1+n/6)+"j"+strings.Repeat("j", n%6)); err != nil {
		return began, 0, err
	}
	time.Sleep(200 * time.Millisecond) // what this draws is not what is waited for
	began = time.Now()
	if _, err := io.WriteString(keys, "\r"); err != nil {
		return began, 0, err
	}
	err = readUntil(screen, "%") // how far it is read
	return began, time.Since(began), err
}

// A post that ends within "raw" (Liquid) made the renderer panic: its page said that
// there was an error, and nobody was told of it.
//
// Here readers see its text.
func TestUnreadablePosts(t *testing.T) {
	post := newest("An unreadable post") + "{% raw %} legible {%}\n"
	sieges(t, map[string]string{"unreadable.md": post}, func(s *siege, from []string) {
		s.seeAll(from, "legible")
	})
}

// Another post may find another bug in the renderer: then readers see its Markdown,
// the log tells which post that is, and it is counted.
func TestRendererThatPanics(t *testing.T) {
	post := newest("An unreadable post") + "`bomb` *legible*\n"
	siegesOfNew(t, boxSpec{image: buggyImage, posts: map[string]string{"unreadable.md": post}}, func(s *siege, from []string) {
		s.seeAll(from, "*legible*")
		lines := s.p.logged(1, "level=ERROR", "a bug in the renderer")
		for _, line := range lines {
			if !strings.Contains(line, "unreadable") {
				s.Errorf("the log does not say in which post: %s", line)
			}
		}
		if n := s.p.metric("sshblog_render_panics_total"); n < len(lines) {
			s.Errorf("%d panics are logged, and %d counted", len(lines), n)
		}
	})
}

// seeAll has all sessions open the newest post, and expects that they see a text in it.
func (s *siege) seeAll(from []string, text string) {
	s.Helper()
	unseen, last := 0, ""
	all := s.readers(from)
	for _, c := range all {
		c.write([]byte("\r"))
	}
	for _, c := range all {
		if page, came := c.until(text, recovery); !came {
			unseen, last = unseen+1, page
		}
	}
	if unseen > s.madeRoom(from) {
		s.Errorf("%d of %d readers do not see it; one sees %q", unseen, len(all), last)
	}
}
