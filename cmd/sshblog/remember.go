package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"charm.land/ssh"
	"github.com/spf13/pflag"
	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/command"
	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/memory"
	"github.com/sshblog/sshblog/internal/sshd"
)

// The files of what is kept of readers, in the folder of state.
const (
	readersFile  = "readers.db"
	readersSalt  = "readers.secret"
	readersAside = "readers.unwritten" // what could not be written until the server ended
	stateDefault = "state"             // the folder of state where none is set, if it is there
)

// remembersAuto derives settings.RememberReaders from whether there is a state folder; the other value is off.
const remembersAuto = "auto"

// readersMaxSize is the default of ReadersMaxSize: some two million readers.
const readersMaxSize = 1 << 30

func (s *settings) readerFlags(flags *pflag.FlagSet) {
	flags.Var(check(&s.RememberReaders, oneOf(remembersAuto, off)), "remember-readers", "auto or off: who comes with a key finds what was read, places, bookmarks and highlights again; auto is on where there is a state folder (`mode`)")
	flags.Var(check(&s.ReadersSecret, notEmpty), "readers-secret", "`file` with the secret by which readers' keys are known, of 32 bytes or more (default: readers.secret in the state folder, which is made)")
	flags.Var(check(&s.ReadersMaxSize, memorySize), "readers-max-size", "`size` of the file with what is known of readers from which no new ones are remembered; those who are known still are")
}

// minSecret is how short a secret may be, in bytes.
const minSecret = 32

// findState sets the default state folder, if it exists and none is set.
func (s *settings) findState() {
	if s.State != "" {
		return
	}
	if info, err := os.Stat(stateDefault); err == nil && info.IsDir() {
		s.State = stateDefault
	}
}

// readers are the remembered readers.
type readers struct {
	memory *memory.Memory // nil: readers are not remembered
	bolt   *memory.Bolt   // its store, if that is a file

	waiting lateAccount // of what is to be written of those who have gone

	mu            sync.Mutex
	before, after bool // whether a predecessor or the successor uses the file as well
}

// lateAccount is an account of the server's, which has nothing to take until there is one.
type lateAccount struct {
	of atomic.Pointer[ledger.Account]
}

// Take implements [memory.Account].
func (a *lateAccount) Take(n int64) bool {
	of := a.of.Load()
	return of != nil && of.Take(n)
}

// Give implements [memory.Account].
func (a *lateAccount) Give(n int64) { a.of.Load().Give(n) }

// payBy has what waits to be written of those who have gone take from what sessions may have.
func (r *readers) payBy(server *sshd.Server) {
	r.waiting.of.Store(server.OpenAccount(ledger.Limits{Bytes: memory.MaxUnwritten}))
}

// remembers reports whether readers are to be remembered.
func (s *settings) remembers() bool {
	return s.RememberReaders != off && (s.State != "" || len(s.Cluster.URLs) > 0)
}

// remember opens the store of readers. If that fails, the server runs without it, and logs one line.
func (p *program) remember(lib *library.Library) (stop func()) {
	dir := p.settings.State
	switch {
	case p.settings.RememberReaders == off:
		return func() {}
	case p.cluster != nil && p.settings.ReadersSecret == "":
		p.logger.Warn("readers are not remembered: all servers need one secret; set readers-secret, to a file that all have")
		return func() {}
	case p.cluster == nil && dir == "":
		p.logger.Info("readers are not remembered: there is no folder of state; set state, or make " + stateDefault)
		return func() {}
	}
	secret, err := readSecret(cmp.Or(p.settings.ReadersSecret, filepath.Join(dir, readersSalt)), p.settings.ReadersSecret == "")
	var store memory.Store
	if err == nil {
		store, err = p.readersStore()
	}
	if err != nil {
		p.logger.Warn("readers are not remembered, since what is kept of them cannot be opened", "error", err)
		return func() {}
	}
	options := memory.Options{Logger: p.logger, Waiting: &p.readers.waiting}
	if dir != "" {
		options.Aside = filepath.Join(dir, readersAside)
	}
	p.readers.memory = memory.New(store, secret, options)
	p.readers.follow(lib)
	p.health.readers.Store(p.readers.memory)
	return p.readers.memory.Close
}

// readersStore opens the store of readers.
func (p *program) readersStore() (memory.Store, error) {
	if p.cluster != nil {
		return p.cluster.Readers(), nil
	}
	p.readers.before = p.before != nil
	bolt, err := memory.OpenBolt(filepath.Join(p.settings.State, readersFile), p.readers.before, p.logger)
	if err != nil {
		return nil, err
	}
	bolt.Limit(p.settings.ReadersMaxSize)
	p.readers.bolt = bolt
	return bolt, nil
}

// follow gives the memory the list of posts. It is called again when they change.
func (r *readers) follow(lib *library.Library) {
	if r.memory == nil || lib == nil {
		return
	}
	r.memory.Posts(func(yield func(string, []string) bool) {
		all := lib.Current().ForAuthors().All()
		for i := range all.Len() {
			if p := all.At(i); !yield(p.Address, p.Names()[1:]) {
				return
			}
		}
	})
}

// share sets whether other processes use the file as well: predecessors, or the successor. nil leaves the
// value.
func (r *readers) share(before, after *bool) {
	if r.bolt == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if before != nil {
		r.before = *before
	}
	if after != nil {
		r.after = *after
	}
	r.bolt.Share(r.before || r.after)
}

// readSecret reads a secret from a file, which it creates if create is set.
func readSecret(path string, create bool) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := makeSecret(path); err != nil {
			return nil, err
		}
		text, err = os.ReadFile(path) //nolint:gosec // the same
	}
	if err != nil {
		return nil, err
	}
	text = bytes.TrimSpace(text)
	if len(text) < minSecret {
		return nil, fmt.Errorf("the secret in %s has %d bytes, and needs %d: remove the file to have a new one, with which nobody is known any more", path, len(text), minSecret)
	}
	return text, nil
}

// makeSecret writes a new secret, unless another process has just done so.
func makeSecret(path string) error {
	var random [minSecret]byte
	_, _ = rand.Read(random[:])
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+readersSalt+"-*") // readable for its owner alone
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(temporary, "%x\n", random)
	if err == nil {
		err = temporary.Sync()
	}
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Link(temporary.Name(), path)
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	return errors.Join(err, os.Remove(temporary.Name()))
}

// remembers reports whether readers are remembered.
func (p *program) remembers() bool { return p.readers.memory != nil }

// Why nothing is kept of a reader, for the client.
var (
	errNoKey = errors.New("you came without a key, so nothing is kept of you: ssh-keygen -t ed25519 makes one, which ssh then shows by itself")
	errGuest = errors.New(`who comes as "guest" is asked for no key, so nothing is kept of you: come by another name`)
)

// knownBy opens what is kept of a session's reader, or returns why nothing is. passing is for commands, which
// do not count as visits. The result must be closed.
func (a *sessions) knownBy(s sshd.Session, passing bool) (*memory.Reader, error) {
	key := s.PublicKey()
	switch {
	case key == nil && s.User() == guestName:
		return nil, errGuest
	case key == nil:
		return nil, errNoKey
	}
	wire := key.Marshal()
	if certificate, ok := key.(*gossh.Certificate); ok {
		wire = certificate.Key.Marshal()
	}
	return a.memory.OpenFor(wire, memory.Client{Account: s.Account(), Source: sourceOf(s.RemoteAddr()), Passing: passing}), nil
}

// remembered gives commands access to what is kept of the reader, which is opened on first use; nil if readers
// are not remembered. close is to be called at the session's end.
func (a *sessions) remembered(s sshd.Session) (open func() (command.Remembered, error), closeAll func()) {
	if a.memory == nil {
		return nil, func() {}
	}
	var known *memory.Reader
	return func() (command.Remembered, error) {
			if known != nil {
				return known, nil
			}
			of, err := a.knownBy(s, true)
			if err != nil {
				return nil, err
			}
			known = of
			return known, nil
		}, func() {
			if known != nil {
				known.Close()
			}
		}
}

// forgetCommand is the command by which a reader has everything forgotten.
func (a *sessions) forgetCommand(s ssh.Session) string {
	host, port := hostAndPort(cmp.Or(a.host, s.LocalAddr().String()))
	return sshTo("ssh", host, port) + " me forget"
}

// keptVisit is what is kept of the reader during a session. If memory is nil, why is the message for a reader
// who uses a feature that needs it. over is to be called at the end.
type keptVisit struct {
	memory *memory.Reader
	forget string
	why    string
	over   func()

	changed <-chan struct{} // closed when something that is known has changed from outside; nil: it does not
}

// visits returns what is kept of the reader of a session.
func (a *sessions) visits(s sshd.Session, private bool) keptVisit {
	v := keptVisit{over: func() {}}
	if a.memory == nil {
		v.why = command.NotRemembered
		return v
	}
	if private {
		v.why = "nothing is kept of this session, as --private says"
		return v
	}
	of, err := a.knownBy(s, false)
	switch {
	case errors.Is(err, errNoKey): // the readers' own message is shorter, and fits in a line
		return v
	case errors.Is(err, errGuest):
		v.why = "nothing is kept of a guest: come by another name, with a key"
		return v
	case err != nil:
		v.why = err.Error()
		return v
	}
	return keptVisit{memory: of, forget: a.forgetCommand(s), over: func() { closeVisit(s, of) }, changed: of.Changed()}
}

// flushTime is how long a session that ends with the server waits until what its reader has done is written: it is less than
// what sessions have to end.
const flushTime = 700 * time.Millisecond

// closeVisit ends a visit. If it ends with the server, the reader comes back at once, to another one or the next, and is to
// be known there as it is.
func closeVisit(s sshd.Session, of *memory.Reader) {
	of.Close()
	select {
	case <-s.Draining():
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		of.Flush(ctx)
	default:
	}
}

// again waits for the next change.
func (v *keptVisit) again() { v.changed = v.memory.Changed() }

// sourceOf returns where a client comes from: an address, or for IPv6 a /64.
func sourceOf(at net.Addr) string {
	tcp, err := netip.ParseAddrPort(at.String())
	if err != nil {
		return ""
	}
	address := tcp.Addr().Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, err := address.Prefix(64)
	if err != nil {
		return ""
	}
	return network.String()
}
