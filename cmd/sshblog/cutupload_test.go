//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// cutAfter is a connection that is lost when its client has sent so many bytes.
type cutAfter struct {
	net.Conn
	sent atomic.Int64
	most int64 // 0: never
}

func (c *cutAfter) Write(p []byte) (int, error) {
	if c.most == 0 {
		c.sent.Add(int64(len(p)))
		return c.Conn.Write(p)
	}
	left := c.most - c.sent.Load()
	n, err := c.Conn.Write(p[:min(int64(len(p)), left)])
	if c.sent.Add(int64(n)) == c.most {
		_ = c.Close()
	}
	return n, err
}

// sends asks for a subsystem or a command over a connection, sends it a text, and returns what comes on
// standard error.
func (d *writer) sends(nc net.Conn, subsystem, command string, text []byte) (told string, err error) {
	private, err := os.ReadFile(d.key)
	if err != nil {
		d.t.Fatal(err)
	}
	signer, err := gossh.ParsePrivateKey(private)
	if err != nil {
		d.t.Fatal(err)
	}
	sc, chans, reqs, err := gossh.NewClientConn(nc, "", &gossh.ClientConfig{
		User: "alice", Auth: []gossh.AuthMethod{gossh.PublicKeys(signer)}, HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return "", err
	}
	client := gossh.NewClient(sc, chans, reqs)
	defer func() { _ = client.Close() }()
	session, err := client.NewSession()
	if err != nil {
		return "", err
	}
	in, err := session.StdinPipe()
	if err != nil {
		return "", err
	}
	stderr, err := session.StderrPipe()
	if err != nil {
		return "", err
	}
	stdout, err := session.StdoutPipe()
	if err != nil {
		return "", err
	}
	if subsystem != "" {
		err = session.RequestSubsystem(subsystem)
	} else {
		err = session.Start(command)
	}
	if err != nil {
		return "", err
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	if _, err := in.Write(text); err != nil {
		return "", err
	}
	_ = in.Close()
	all, err := io.ReadAll(stderr)
	if err == nil && len(all) == 0 {
		err = io.ErrUnexpectedEOF
	}
	return string(all), err
}

// packetOf is a request of SFTP, of numbers and texts.
func packetOf(kind byte, fields ...any) []byte {
	b := []byte{kind}
	for _, field := range fields {
		switch field := field.(type) {
		case uint64:
			b = append(b, gossh.Marshal(struct{ N uint64 }{field})...)
		case int:
			b = append(b, gossh.Marshal(struct{ N uint32 }{uint32(field)})...)
		case string:
			b = append(b, gossh.Marshal(struct{ S string }{field})...)
		}
	}
	return gossh.Marshal(struct{ S string }{string(b)})
}

// A connection that is lost at any tenth of an upload has changed nothing, and leaves nothing behind.
func TestUploadIsCut(t *testing.T) {
	t.Parallel()
	d := authorBlog(t)
	text := goodPost + strings.Repeat("A paragraph of the post.\n\n", 8000)
	var sftp []byte
	sftp = append(sftp, packetOf(1, 3)...)
	sftp = append(sftp, packetOf(3, 1, "posts/cut.md", 0x1a, 0)...) // write, create, truncate
	for at := 0; at < len(text); at += 32 << 10 {
		sftp = append(sftp, packetOf(6, 2, "\x00\x00\x00\x01", uint64(at), text[at:min(len(text), at+32<<10)])...)
	}
	sftp = append(sftp, packetOf(4, 3, "\x00\x00\x00\x01")...)
	scp := fmt.Appendf(nil, "D0755 0 cut\nC0644 %d index.md\n%s\x00E\n", len(text), text)
	before := fmt.Sprint(copied(t, d.posts))
	for _, way := range []struct {
		subsystem, command, file string
		text                     []byte
	}{
		{"sftp", "", "cut.md", sftp},
		{"", "scp -r -t posts", "cut/index.md", scp},
	} {
		connect := func(most int64) *cutAfter {
			nc, err := net.Dial("tcp", "127.0.0.1:"+d.port)
			if err != nil {
				t.Fatal(err)
			}
			return &cutAfter{Conn: nc, most: most}
		}
		for tenth := range int64(10) {
			// Whatever has been sent for the login.
			_, err := d.sends(connect(3000+tenth*int64(len(way.text))/10), way.subsystem, way.command, way.text)
			if err == nil {
				t.Errorf("%s is not cut at %d tenths", way.file, tenth)
			}
		}
		staged := filepath.Join(d.state, "posts.staged")
		eventually(t, func() bool { left, err := os.ReadDir(staged); return err == nil && len(left) == 0 }, "something is left in %s", staged)
		if after := fmt.Sprint(copied(t, d.posts)); after != before {
			t.Errorf("the posts have changed")
		}
		if told, err := d.sends(connect(0), way.subsystem, way.command, way.text); err != nil || d.has(way.file) != text || !strings.Contains(told, "published posts/"+way.file) {
			t.Errorf("it is not published: %v: %s", err, told)
		}
		before = fmt.Sprint(copied(t, d.posts))
	}
}
