//go:build linux

package attack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// An author's key in the wrong hands, at 64 connections: files that stay open, as many as go, of 10 GB
// and at offsets of a terabyte; thousands of names; files that are written and never closed; posts that are
// refused; copies in scp's protocol whose names lead elsewhere, and whose sizes are never sent. Others keep what
// they are sent until the disk is full.
//
// Here what is staged is bounded for all transfers together, and so are the files that are open; memory is
// taken from what the source may have, and what is left open is thrown away.
func TestUploadsStorm(t *testing.T) {
	wanted(t)
	needDocker(t)
	key, spec := pushBox(t)
	p := spec.start(t, 1)
	p.besieged(t, 1+8, func(s *siege, from []string) {
		s.disturbs(func() (since time.Time) {
			var mu sync.Mutex
			var clients []*ssh.Client
			s.fullNumber(from, func(source string) error {
				client, err := s.p.login(s.tcp(source), key)
				if err == nil {
					mu.Lock()
					clients = append(clients, client)
					mu.Unlock()
				}
				return err
			})
			since = time.Now()
			var sending sync.WaitGroup
			if len(from) == 1 { // eight may take all there is
				other, err := s.p.login(s.tcp(elsewhere(199)), key)
				if err != nil {
					s.Fatal(err)
				}
				sending.Go(func() { s.publishesBeside(other, since) })
			}
			told := make(map[string]int)
			for i, client := range clients {
				sending.Go(func() {
					for n := i; time.Since(since) < lasts(); n++ {
						what := uploads(client, n)
						mu.Lock()
						told[what]++
						mu.Unlock()
					}
				})
			}
			sending.Wait()
			s.Logf("they were told: %v", told)
			if told["refused"] == 0 && !s.p.dead() {
				s.Error("no upload was refused")
			}
			return since
		})
		for _, line := range s.p.lines("msg=published") {
			if !strings.Contains(line, "beside.md") {
				s.Errorf("something is published: %s", line)
				break
			}
		}
	})
}

// publishesBeside publishes a post each second as the author of another source, which has what the attackers' sources
// cannot take.
func (s *siege) publishesBeside(client *ssh.Client, since time.Time) {
	published, tried := 0, 0
	for ; time.Since(since) < lasts(); time.Sleep(time.Second) {
		tried++
		session, err := client.NewSession()
		if err != nil {
			continue
		}
		session.Stdin = strings.NewReader(fmt.Sprintf("---\ntitle: Beside\ndate: 2026-01-02\n---\nThe %d.\n", tried))
		if session.Run("publish beside") == nil {
			published++
		}
		_ = session.Close()
	}
	s.Logf("another author published %d times of %d", published, tried)
	if published == 0 && !s.p.dead() {
		s.Error("another author cannot publish")
	}
}

// uploads sends what is never published, each time in another way, and returns what came of it.
func uploads(client *ssh.Client, way int) string {
	session, err := client.NewSession()
	if err != nil {
		time.Sleep(50 * time.Millisecond)
		return "no session"
	}
	defer func() { _ = session.Close() }()
	in, _ := session.StdinPipe()
	out, _ := session.StdoutPipe()
	if way %= 5; way == 4 {
		err = session.Start("scp -r -t posts")
	} else {
		err = session.RequestSubsystem("sftp")
	}
	if err != nil {
		return "no session"
	}
	ended := make(chan []byte, 1)
	go func() {
		var last []byte
		for buf := make([]byte, 4<<10); ; {
			n, err := out.Read(buf)
			if n > 0 {
				last = append(last[:0], buf[:n]...)
			}
			if err != nil {
				break
			}
		}
		ended <- last
	}()
	_, _ = in.Write(upload(way))
	_ = in.Close()
	select {
	case last := <-ended:
		if len(last) == 0 {
			return "cut off"
		}
		return "refused"
	case <-time.After(5 * time.Second):
		return "waits"
	}
}

// upload is what a client sends in one of five ways.
func upload(way int) []byte {
	request := func(kind byte, fields ...any) []byte {
		b := []byte{kind}
		for _, field := range fields {
			switch field := field.(type) {
			case uint64:
				b = binary.BigEndian.AppendUint64(b, field)
			case int:
				b = binary.BigEndian.AppendUint32(b, uint32(field))
			case string:
				b = append(binary.BigEndian.AppendUint32(b, uint32(len(field))), field...)
			}
		}
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
	}
	handle := func(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	const most, writes = 70, 0x1a // handles, and a few too many; write, create, truncate
	b := bytes.NewBuffer(request(1, 3))
	switch way {
	case 0: // as many files as can be open, of as much as they may have, and they stay open
		for i := range most {
			b.Write(request(3, i, fmt.Sprintf("posts/open-%d.md", i), writes, 0))
		}
		for i := range 4 * most {
			b.Write(request(6, i, handle(1+i%most), uint64(i/most*(4<<20)), strings.Repeat("x", 8<<10)))
		}
	case 1: // sizes
		b.Write(request(3, 1, "posts/size.md", writes, 0))
		for i := range 200 {
			b.Write(request(6, i, handle(1), uint64(1)<<(24+i%40), "x"))
			b.Write(request(10, i, handle(1), 1, uint64(10<<30)))
		}
	case 2: // names
		for i := range 2000 {
			b.Write(request(14, i, fmt.Sprintf("posts/folder-%d", i), 0))
			b.Write(request(3, i, fmt.Sprintf("posts/name-%d.part", i), writes, 0))
			b.Write(request(4, i, handle(1+i)))
		}
		b.Write(request(3, 1, "posts/left-open.md", writes, 0))
	case 3: // posts that are refused
		for i := range 100 {
			b.Write(request(3, i, fmt.Sprintf("posts/bad-%d.md", i), writes, 0))
			b.Write(request(6, i, handle(1+i), uint64(0), "---\ntitle: [\n---\n"+strings.Repeat("> ", 8<<10)))
			b.Write(request(4, i, handle(1+i)))
		}
	default:
		b.Reset()
		b.WriteString(strings.Repeat("D0755 0 deep\n", 16) + "C0644 10737418240 x.md\nC0644 4194304 y.md\n" + strings.Repeat("x", 1<<20))
	}
	return b.Bytes()
}
