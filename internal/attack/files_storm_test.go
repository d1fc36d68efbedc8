//go:build linux

package attack

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Files that stay open: each has its text in memory, up to 256 KB of it, and a session of SFTP may
// open as many as it likes on most servers. Here 64 connections open as many handles as there are,
// of the largest posts, read them without end, list 10,000 posts over and over, ask without
// reading an answer, or say that 256 MB are about to come.
//
// Here handles are counted, and what they hold is taken from what the source may have: then no more
// can be opened. One request is answered at a time, from buffers that do not grow, and who asks
// faster than anybody's client waits for the answer.
func TestFilesStorm(t *testing.T) {
	posts := make(map[string]string)
	for i := range 8 {
		posts[fmt.Sprintf("large-%d.md", i)] = fmt.Sprintf("---\ntitle: Large %d\ndate: 2026-01-0%d\n---\n", i, i+1) + strings.Repeat("What a file holds.\n\n", 250<<10/20)
	}
	sieges(t, posts, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			all := s.screens(from, opening{subsystem: "sftp", noTTY: true, some: true, window: 64 << 10})
			if len(all) < fullNumber/2 {
				s.Errorf("%d connections have come to copy files", len(all))
			}
			since = time.Now()
			until := since.Add(lasts())
			for i, c := range all {
				go c.copies(i, until)
			}
			time.Sleep(time.Until(until))
			for _, c := range all {
				c.rest()
			}
			return since
		})
		if stacks := s.p.lines("panic"); len(stacks) > 0 {
			s.Errorf("%d panics are logged, the first with: %.400s", len(stacks), stacks[0])
		}
	})
}

// copies asks for files until a time, each of a few clients in another way.
func (c *screen) copies(way int, until time.Time) {
	// Packets of SFTP (draft-ietf-secsh-filexfer-02 §3).
	request := func(kind byte, fields ...any) []byte {
		packet := []byte{0, 0, 0, 0, kind}
		for _, field := range fields {
			switch field := field.(type) {
			case int:
				packet = binary.BigEndian.AppendUint32(packet, uint32(field))
			case string:
				packet = append(binary.BigEndian.AppendUint32(packet, uint32(len(field))), field...)
			}
		}
		binary.BigEndian.PutUint32(packet, uint32(len(packet)-4))
		return packet
	}
	handle := func(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	c.write(request(1, 3)) // version
	const most = 64
	for i := range most {
		c.write(request(3, i, fmt.Sprintf("posts/large-%d.md", i%8), 1, 0)) // open to read
	}
	for i := range most {
		c.write(request(11, i, "posts")) // open a folder
	}
	for n := 0; time.Now().Before(until); n++ {
		var ok bool
		switch way % 4 {
		case 0: // read all of them
			ok = c.write(request(5, n, handle(1+n%most), 0, 32<<10*(n/most%8), 32<<10))
		case 1: // list
			if n%200 == 0 {
				c.write(request(4, n, handle(1)))
				c.write(request(11, n, "posts"))
			}
			ok = c.write(request(12, n, handle(1+n%(2*most))))
		case 2: // stat what makes the size known, and what is not there
			ok = c.write(request(17, n, fmt.Sprintf("posts/large-%d.md", n%9)))
		default: // close and open again
			c.write(request(4, n, handle(1+n)))
			ok = c.write(request(3, n, fmt.Sprintf("posts/large-%d.md", n%8), 1, 0))
		}
		if !ok {
			return
		}
	}
	c.write([]byte("\x10\x00\x00\x00\x06")) // a write of 256 MB
}
