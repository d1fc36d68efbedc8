//go:build linux

package attack

import (
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// The first packet of a client names its algorithms, separated by commas, and may
// have a quarter of a megabyte. One of nothing but commas is 260,000 empty names,
// 7.7 MB on a plain server, for as long as the login may take: 400 connections
// from eight addresses had this server take 3 GB.
//
// Here a login has 64 KiB in all, and the list of algorithms 8 KiB.
func TestEndlessNameLists(t *testing.T) {
	commas := newKexInit(strings.Repeat(",", 255<<10))
	sieges(t, nil, func(s *siege, from []string) {
		s.refuses(from, s.greets, func(w *wire) error { return w.send(commas) })
	})
}

// The least that is too much: a list of 9 KiB, or 70 KB in packets of which each
// is small.
func TestTooMuchBeforeLogin(t *testing.T) {
	list := newKexInit(strings.Repeat(",", 9<<10))
	ignored := ssh.Marshal(struct {
		Data []byte `sshtype:"2"`
	}{make([]byte, 1<<10)})
	sieges(t, nil, func(s *siege, from []string) {
		var n atomic.Int64
		s.refuses(from, s.greets, func(w *wire) (err error) {
			if n.Add(1)%2 == 0 {
				return w.send(list)
			}
			for sent := 0; err == nil && sent < 70_000; sent += len(ignored) {
				err = w.send(ignored)
			}
			return err
		})
	})
}

// greets connects and says hello.
func (s *siege) greets(source string) (*wire, error) { return s.hello(source, attackVersion) }

// refuses has every connection send something before it has logged in, and
// expects that the program closes it for that, and not for the time it takes.
func (s *siege) refuses(from []string, connect func(source string) (*wire, error), send func(*wire) error) {
	s.Helper()
	const soon = 5 * time.Second // half of what a login may take
	var mu sync.Mutex
	var all []*wire
	s.fullNumber(from, func(source string) error {
		w, err := connect(source)
		if err == nil {
			mu.Lock()
			all = append(all, w)
			mu.Unlock()
		}
		return err
	})
	var waiting sync.WaitGroup
	var held atomic.Int64
	for _, w := range all {
		waiting.Go(func() {
			err := send(w)
			_ = w.nc.SetReadDeadline(time.Now().Add(soon))
			for err == nil {
				_, err = w.receive()
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				held.Add(1)
			}
		})
	}
	waiting.Wait()
	if n := held.Load(); n > 0 {
		s.Errorf("%d connections are held for %s and more", n, soon)
	}
}
