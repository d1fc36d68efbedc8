//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// readFeed is a program that reads a feed with feedparser, and prints what it has.
const readFeed = `
import feedparser, json, sys
d = feedparser.parse(sys.stdin.buffer.read())
json.dump({'bozo': str(d.get('bozo_exception', '')), 'version': d.version, 'title': d.feed.title, 'id': d.feed.get('id', ''), 'entries': [
    {'id': e.id, 'title': e.title, 'link': e.link, 'updated': e.get('updated', ''), 'published': e.get('published', ''), 'tags': [t.term for t in e.get('tags', [])],
     'summary': e.get('summary', ''), 'content': e.content[0].value if 'content' in e else ''} for e in d.entries]}, sys.stdout)
`

type parsedFeed struct {
	Bozo, Version, Title, ID string
	Entries                  []struct {
		ID, Title, Link, Updated, Published, Summary, Content string
		Tags                                                  []string
	}
}

// feed asks for a feed with OpenSSH.
func (s *server) feed(args ...string) (out, told string, status int) {
	s.t.Helper()
	cmd := s.ssh(append([]string{"feed"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		s.t.Fatalf("the OpenSSH client is needed for this test: %v", err)
	}
	return stdout.String(), stderr.String(), status
}

// What "ssh host feed > feed.xml" writes is a feed for a program that is not ours.
func TestFeeds(t *testing.T) {
	t.Parallel()
	s := serveBlog(t, 20, "--feed-posts", "15")
	var ids []string
	for _, format := range []string{"atom", "rss"} {
		out, told, status := s.feed(format)
		if told != "" || status != 0 {
			t.Fatalf("%s: %q, %d", format, told, status)
		}
		read := parse(t, out)
		if read.Bozo != "" || !strings.HasPrefix(read.Version, format) || read.Title != "The Night Shift" || len(read.Entries) != 15 {
			t.Errorf("%s is read as %+v", format, read)
			continue
		}
		first := read.Entries[0]
		if first.Title != "Post number 20" || first.Link != "ssh://post-20@127.0.0.1:"+s.port || !strings.Contains(first.Published, "2026") || len(first.Tags) != 1 ||
			!strings.HasPrefix(first.Content, "<p>The text of Post number 20 begins here.</p>\n<h2>Causes</h2>") || first.Summary != "About Post number 20." {
			t.Errorf("%s begins with %+v", format, first)
		}
		for i, e := range read.Entries {
			if format == "atom" {
				ids = append(ids, e.ID)
			} else if e.ID != ids[i] {
				t.Errorf("a post has the ids %s and %s", e.ID, ids[i])
			}
		}
	}
	var document struct {
		Version string
		Items   []struct {
			ID, URL string
			HTML    string `json:"content_html"`
		}
	}
	out, _, _ := s.feed("json")
	if err := json.Unmarshal([]byte(out), &document); err != nil || len(document.Items) != 15 || document.Items[0].ID != ids[0] || document.Version != "https://jsonfeed.org/version/1.1" {
		t.Errorf("%v in %.300s", err, out)
	}
	if plain, _, _ := s.feed(); plain == "" || parse(t, plain).Version != "atom10" {
		t.Errorf("without a format it is %.100q", plain)
	}
	if out, _, _ := s.feed("rss", "--category", "ci-cd"); len(parse(t, out).Entries) != 7 {
		t.Errorf("of a category it is %.300q", out)
	}
	for line, want := range map[string]string{"rdf": "2 sshblog: there is no such feed", "--category none": "1 sshblog: there is no category none"} {
		if out, told, status := s.feed(strings.Fields(line)...); out != "" || !strings.HasPrefix(fmt.Sprintf("%d %s", status, told), want) {
			t.Errorf("feed %s: %q, %q, %d", line, out, told, status)
		}
	}
	s.write("post-21.md", postText(21, "Post number 21"))
	s.reload("posts=21")
	if out, _, _ := s.feed(); !strings.Contains(out, "Post number 21") || strings.Contains(out, "Post number 6<") {
		t.Errorf("after a reload it is %.600q", out)
	}
}

func parse(t *testing.T, feed string) (read parsedFeed) {
	t.Helper()
	cmd := exec.Command(pythonWith(t, "feedparser", "python3-feedparser"), "-c", readFeed)
	cmd.Stdin = strings.NewReader(feed)
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &read)
	}
	if err != nil {
		t.Fatalf("feedparser: %v, %s", err, fmt.Sprintf("%.200s", out))
	}
	return read
}
