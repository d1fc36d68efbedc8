//go:build linux

package attack

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Feeds are made of the posts' text, and there is one of each category in each format: 600 here,
// of which each has hundreds of kilobytes. Were each made for whoever asks for it, or kept, 64
// connections of one source could have a server build and hold all of them.
//
// Here a feed is streamed entry by entry, entries are built one at a time, in the turns of who
// asks, and all feeds share 4 MB of them. Every other attacker takes what comes and asks for the
// next; the rest do not read on after the beginning.
func TestFeedStorm(t *testing.T) {
	const categories, each = 200, 3
	posts := make(map[string]string)
	for i := range categories * each {
		posts[fmt.Sprintf("feed-%d.md", i)] = fmt.Sprintf("---\ntitle: Of category %d\ndate: 2020-01-01\ncategories: [cat-%d]\n---\n", i%categories, i%categories) +
			strings.Repeat(fmt.Sprintf("- *%d* words with [a link](feed-%d.md), `code` and **more** & so on.\n", i, (i+1)%(categories*each)), 120)
	}
	sieges(t, posts, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			var mu sync.Mutex
			var all []*ssh.Client
			var made atomic.Int64
			s.fullNumber(from, func(source string) error {
				if made.Add(1)%2 == 0 {
					w, err := s.wire(source)
					if err == nil {
						_, err = w.open(opening{command: "feed", noTTY: true, bounded: true, window: 4 << 10, deaf: true})
					}
					return err
				}
				nc, err := s.p.connect(source)
				if err != nil {
					return err
				}
				s.keep(nc)
				client, err := s.p.login(nc)
				if err == nil {
					mu.Lock()
					all = append(all, client)
					mu.Unlock()
				}
				return err
			})
			since = time.Now()
			until := since.Add(lasts())
			var whole, refused, bytes atomic.Int64
			var asking sync.WaitGroup
			for i, client := range all {
				asking.Go(func() {
					for n := i; time.Now().Before(until); n += len(all) {
						format, end := "atom", "</feed>\n"
						switch n % 3 {
						case 1:
							format, end = "rss", "</rss>\n"
						case 2:
							format, end = "json", "]}\n"
						}
						got, err := feedOf(client, fmt.Sprintf("feed %s --category cat-%d", format, n%categories))
						bytes.Add(int64(len(got)))
						switch exit := (*ssh.ExitError)(nil); {
						case err == nil && strings.HasSuffix(got, end):
							whole.Add(1)
						case err == nil:
							s.Errorf("a feed ends with %q", got[max(0, len(got)-40):])
						case errors.As(err, &exit):
							refused.Add(1)
							time.Sleep(200 * time.Millisecond) // the pace of the attack, once it is limited
						default:
							return // the connection is closed
						}
					}
				})
			}
			asking.Wait()
			s.Logf("%d feeds came whole, in all %s, and %d were refused", whole.Load(), mb(int(bytes.Load())), refused.Load())
			if whole.Load() < 20 {
				s.Error("nobody gets a feed")
			}
			return since
		})
	})
}

// feedOf runs a command that writes a feed.
func feedOf(client *ssh.Client, command string) (string, error) {
	session, err := client.NewSession()
	if err != nil {
		return "", err
	}
	defer func() { _ = session.Close() }()
	out, err := session.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := session.Start(command); err != nil {
		return "", err
	}
	got, err := io.ReadAll(out)
	if err != nil {
		return "", err
	}
	return string(got), session.Wait()
}
