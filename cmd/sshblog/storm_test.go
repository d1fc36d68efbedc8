//go:build unix

package main

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Five hundred people read while an author publishes a hundred times, each
// time with the signal that an operator would send. Nobody is dropped, all see
// the last edition, and where the test runs under the race detector so does the
// server.
func TestReloadStorm(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a storm takes its time")
	}
	const readers, reloads = 500, 100
	s := serveBlog(t, 20, "--exempt", "127.0.0.0/8")
	visitors := make([]*visitor, readers)
	var wg sync.WaitGroup
	places := make(chan struct{}, 8) // who logs in at a time
	for i := range visitors {
		wg.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			visitors[i] = visit(t, "127.0.0.1:"+s.port)
			visitors[i].sees("PAGE 1 / 3")
			if i%2 == 0 {
				visitors[i].types("j\r") // reads what does not change
				visitors[i].sees("The text of Post number 19")
			}
		})
	}
	wg.Wait()
	// Only the cells that differ are sent, so the last title is one that has
	// none in common with those before it.
	const last = "ZZZZZZZZZZZZZZ"
	for n := 1; n <= reloads; n++ {
		title := fmt.Sprintf("Edition %d", n)
		if n == reloads {
			title = last
			for _, v := range visitors {
				v.forget() // so that little is searched for it
			}
		}
		s.write("post-20.md", postText(20, title))
		s.signal(syscall.SIGHUP)
		eventually(t, func() bool { return strings.Count(s.log.String(), "msg=reloaded") >= n }, "reload %d is not in the log:\n%s", n, &s.log)
	}
	for i, v := range visitors {
		wg.Go(func() {
			if i%2 == 0 {
				v.types("\x1b") // back to the list, which has changed meanwhile
			}
			v.sees(last)
			v.leave()
		})
	}
	wg.Wait()
	s.signal(syscall.SIGTERM)
	if status := s.ended(); status != 0 {
		t.Errorf("the server exits with %d", status)
	}
	if log := s.log.String(); strings.Contains(log, "DATA RACE") || strings.Count(log, "reason=quit") != readers {
		t.Errorf("a race, or somebody was dropped: %d of %d have quit\n%s", strings.Count(log, "reason=quit"), readers, log)
	}
}
