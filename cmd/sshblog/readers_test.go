package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/lines"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/theme"
)

// inside is a server in the test's own process, where the race detector and
// the count of goroutines see it.
type inside struct {
	t     *testing.T
	posts string
	lib   *library.Library
	addr  string
	// narrow has the kernel hold little of what is written, so that a client that
	// takes nothing is felt soon.
	narrow atomic.Bool
}

// narrowing is a server's listener.
type narrowing struct {
	net.Listener
	server *inside
}

func (l narrowing) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok && l.server.narrow.Load() {
		// When the server has set its own.
		time.AfterFunc(20*time.Millisecond, func() { _ = tcp.SetWriteBuffer(4 << 10) })
	}
	return conn, err
}

func serveInside(t *testing.T, n int) *inside {
	t.Helper()
	s := &inside{t: t, posts: t.TempDir()}
	for i := 1; i <= n; i++ {
		s.write(i, fmt.Sprintf("Post number %d", i))
	}
	s.serve(render.NewCache(cacheBytes, 0), defaultSettings().SSH)
	return s
}

// serve serves the posts that are there.
func (s *inside) serve(pages *render.Cache, cfg sshd.Config, options ...reader.Option) {
	s.t.Helper()
	logger := slog.New(slog.DiscardHandler)
	settings := defaultSettings()
	settings.Posts, settings.HostKeys = s.posts, filepath.Join(s.t.TempDir(), "keys")
	var err error
	if s.lib, err = openLibrary(settings, logger, nil); err != nil {
		s.t.Fatal(err)
	}
	keys, err := (&program{settings: settings, logger: logger}).loadHostKeys()
	if err != nil {
		s.t.Fatal(err)
	}
	themes := theme.NewSet()
	talks := lines.Blog{Library: s.lib, Pages: pages, Themes: themes}
	app := &sessions{reader: reader.New(s.lib, pages, themes, options...), lines: talks, library: s.lib, logger: logger}
	cfg.Handler, cfg.HostKeys, cfg.Logger = app.handle, keys, logger
	cfg.Exempt, _ = list(addresses)("127.0.0.0/8")
	server, err := sshd.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	ctx, cancel := context.WithCancel(s.t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, narrowing{listener, s}) }()
	s.t.Cleanup(func() {
		cancel()
		server.Close()
		if err := <-served; err != nil {
			s.t.Errorf("Serve: %v", err)
		}
	})
}

func (s *inside) write(i int, title string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.posts, fmt.Sprintf("post-%02d.md", i)), []byte(postText(i, title)), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// visitor is a reader without a terminal emulator: what the test looks for
// stands in the bytes as it stands on the screen.
type visitor struct {
	t       *testing.T
	client  *ssh.Client
	session *ssh.Session
	keys    io.WriteCloser
	out     lockedBuffer
}

func (s *inside) visit() *visitor {
	s.t.Helper()
	return visit(s.t, s.addr)
}

func visit(t *testing.T, addr string) *visitor {
	t.Helper()
	v := &visitor{t: t}
	var err error
	v.client, err = ssh.Dial("tcp", addr, &ssh.ClientConfig{User: "reader", HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	if v.session, err = v.client.NewSession(); err != nil {
		t.Fatal(err)
	}
	v.session.Stdout = &v.out
	if v.keys, err = v.session.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := v.session.RequestPty("xterm-256color", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := v.session.Shell(); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *visitor) types(keys string) {
	v.t.Helper()
	if _, err := io.WriteString(v.keys, keys); err != nil {
		v.t.Fatal(err)
	}
}

func (v *visitor) sees(text string) {
	v.t.Helper()
	eventually(v.t, func() bool { return v.out.holds(text) }, "nobody was shown %q:\n%q", text, &v.out)
}

// comesToSee waits for a text that may come in pieces: of a line that changes
// only the cells that differ are sent, but a window of another size is drawn
// as a whole. It is changed no more often than it can be drawn.
func (v *visitor) comesToSee(text string) {
	v.t.Helper()
	cols, changed := 80, time.Time{}
	eventually(v.t, func() bool {
		if v.out.holds(text) {
			return true
		}
		if time.Since(changed) > 250*time.Millisecond {
			cols, changed = 159-cols, time.Now() // 79 and 80 by turns
			_ = v.session.WindowChange(24, cols)
		}
		return false
	}, "nobody was shown %q:\n%q", text, &v.out)
}

// forget drops what has been shown so far.
func (v *visitor) forget() { v.out.forget() }

// leave quits and fails the test if the session did not end in order.
func (v *visitor) leave() {
	v.t.Helper()
	v.types("\x03")
	if err := v.session.Wait(); err != nil {
		v.t.Errorf("the session ended with %v", err)
	}
	_ = v.client.Close()
}

// Two hundred people read while an author publishes: nobody is dropped or
// moved, everybody is told, and nothing is left when they have gone.
func TestReloadWith200Readers(t *testing.T) {
	before := runtime.NumGoroutine()
	s := serveInside(t, 20)
	visitors := make([]*visitor, 200)
	var wg sync.WaitGroup
	for i := range visitors {
		v := s.visit()
		visitors[i] = v
		wg.Go(func() {
			v.sees("PAGE 1 / 3")
			if i%2 == 0 {
				v.types("jj")
				v.sees("Post number 18")
			} else {
				v.types("j\r")
				v.sees("The text of Post number 19")
			}
		})
	}
	wg.Wait()
	for _, v := range visitors {
		v.forget()
	}
	for i := 21; i < 31; i++ {
		s.write(i, fmt.Sprintf("Post number %d", i))
		if _, err := s.lib.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	for i, v := range visitors {
		wg.Go(func() {
			v.comesToSee("new post")
			if i%2 == 0 {
				v.comesToSee("30 POSTS")
				v.types("\r") // opens what was selected before
				v.sees("The text of Post number 18")
			} else {
				v.types("\x1b")
				v.comesToSee("30 POSTS")
			}
			v.leave()
		})
	}
	wg.Wait()
	eventually(t, func() bool { return runtime.NumGoroutine() <= before+4 }, "%v", goroutines{before})
}

// goroutines says what runs when it is asked.
type goroutines struct{ before int }

func (g goroutines) String() string {
	buf := make([]byte, 64<<10)
	return fmt.Sprintf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), g.before, buf[:runtime.Stack(buf, true)])
}

// All the sizes that a client may ask for, the absurd ones too.
func TestWindowSizes(t *testing.T) {
	t.Parallel()
	s := serveInside(t, 3)
	v := s.visit()
	v.sees("PAGE 1 / 1")
	for _, size := range [][2]int{{0, 0}, {1, 1}, {10, 30}, {60, 200}, {1 << 31, 1 << 31}, {24, 80}} {
		v.forget()
		if err := v.session.WindowChange(size[0], size[1]); err != nil {
			t.Fatal(err)
		}
		// The next is sent when this one has been drawn, so that each counts.
		eventually(t, func() bool { return v.out.String() != "" }, "%v was not drawn", size)
	}
	v.sees("PAGE 1 / 1")
	v.leave()
}

// First frames do not wait for each other or for anything else.
func TestFirstFrameIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	s := serveInside(t, 3)
	v := s.visit()
	v.sees("PAGE 1 / 1")
	if out := v.out.String(); strings.Count(out, "\x1b[2J") != 1 {
		t.Errorf("the first frame was drawn %d times: %q", strings.Count(out, "\x1b[2J"), out)
	}
	v.leave()
}
