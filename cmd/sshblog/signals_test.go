//go:build unix

package main

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"

	"charm.land/ssh"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/sshd"
)

// folder is one that stops to answer, or to be what it was.
type folder struct {
	fstest.MapFS
	reading chan struct{} // told of every look
	answer  func()
	hangs   atomic.Bool
}

func (f *folder) Open(name string) (fs.File, error)          { f.look(); return f.MapFS.Open(name) }
func (f *folder) ReadDir(name string) ([]fs.DirEntry, error) { f.look(); return f.MapFS.ReadDir(name) }

func (f *folder) look() {
	if f.hangs.Load() {
		f.reading <- struct{}{}
		f.answer()
	}
}

// A reload may take for ever, as on a network that is gone, or meet a bug.
// Neither keeps the server from stopping when it is told to.
func TestStoppingWaitsForNoReload(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(context.Context){
		"hangs":  func(ctx context.Context) { <-ctx.Done() },
		"panics": func(context.Context) { panic("a bug") },
	} {
		t.Run(name, func(t *testing.T) {
			f := &folder{
				MapFS:   fstest.MapFS{"one.md": {Data: []byte(postText(1, "One"))}},
				reading: make(chan struct{}, 100), // more looks than there will be
				answer:  func() { answer(t.Context()) },
			}
			lib, err := library.Open(f, library.Options{})
			if err != nil {
				t.Fatal(err)
			}
			keys, err := sshd.LoadHostKeys(t.TempDir(), sshd.AutoHostKeys)
			if err != nil {
				t.Fatal(err)
			}
			server, err := sshd.New(sshd.Config{Handler: func(ssh.Session) {}, HostKeys: keys})
			if err != nil {
				t.Fatal(err)
			}
			listener, err := sshd.Listen(t.Context(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var log lockedBuffer
			p := &program{settings: defaultSettings(), logger: slog.New(slog.NewTextHandler(&log, nil)), pages: newPages(defaultSettings(), slog.New(slog.DiscardHandler))}
			p.metrics = newMetrics(&p.health, p.pages, func() uint64 { return 0 })
			signals, ended := make(chan os.Signal), make(chan error, 1)
			go func() { ended <- p.untilSignalled(t.Context(), signals, server, []net.Listener{listener}, lib) }()

			f.hangs.Store(true)
			signals <- syscall.SIGHUP
			<-f.reading
			signals <- syscall.SIGHUP // and another, which waits
			signals <- syscall.SIGTERM
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if name == "panics" {
				eventually(t, func() bool { return strings.Contains(log.String(), "reload failed") }, "the panic is not logged: %s", &log)
			}
		})
	}
}
