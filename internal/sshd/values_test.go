package sshd

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/ledger"
)

// What a server does for which nothing is set, written out.
func TestDefaults(t *testing.T) {
	want := Config{
		MaxHandshakes: 512, MaxConnsPerSource: 64, NetworkShare: 8, WideNetworkShare: 4,
		ConnRate: 8, ConnBurst: 64, SessionRate: 5, SessionBurst: 64, MaxSources: 16384,
		ProxyTimeout: 3 * time.Second, HandshakeTimeout: 10 * time.Second, SignTimeout: 2 * time.Minute,
		Linger: 10 * time.Second, WriteTimeout: 30 * time.Second, KeepAlive: time.Minute,
		IdleTimeout: 30 * time.Minute, SessionTimeout: 12 * time.Hour, WarnBefore: time.Minute, Drain: 7 * time.Second,
		MaxChannels: 4, InputRate: 256 << 10, MaxInput: 16 << 20, AuthorInputRate: 4 << 20, AuthorMaxInput: 128 << 20,
	}
	got := reflect.ValueOf(DefaultConfig())
	for i := range got.NumField() {
		field := got.Field(i)
		if is := reflect.ValueOf(want).Field(i); (field.CanInt() || field.CanFloat()) && !field.Equal(is) {
			t.Errorf("%s: %v, want %v", got.Type().Field(i).Name, field, is)
		}
	}
	whole := Config{}.withDefaults()
	if whole.MemoryBudget != 1<<30 || whole.MaxSessions != 1<<30/(192<<10) {
		t.Errorf("%d bytes for %d sessions", whole.MemoryBudget, whole.MaxSessions)
	}
	if fast := (Config{InputRate: 8 << 20}).withDefaults(); fast.AuthorInputRate != 8<<20 {
		t.Errorf("authors may send %d bytes a second, and others more", fast.AuthorInputRate)
	}
}

// What a connection, and all of a source together, may send and be answered with.
func TestInputFigures(t *testing.T) {
	cfg := Config{}.withDefaults()
	for name, c := range map[string]struct {
		input *input
		want  [8]float64
	}{
		"connection": {newInput(256<<10, 1, 1), [8]float64{256 << 10, 4 << 20, 64 << 10, 512 << 10, 4 << 20, 16 << 20, 1, 32}},
		"source":     {newSourceInput(&cfg), [8]float64{1 << 20, 8 << 20, 256 << 10, 1 << 20, 16 << 20, 32 << 20, 8, 64}},
	} {
		in := c.input
		if got := [8]float64{
			float64(in.bytes.Limit()), float64(in.bytes.Burst()), float64(in.packets.perSecond), float64(in.packets.burst),
			float64(in.answers.perSecond), float64(in.answers.burst), float64(in.exchanges.Limit()), float64(in.exchanges.Burst()),
		}; got != c.want {
			t.Errorf("%s: bytes, packets, answers and key exchanges are %v, want %v", name, got, c.want)
		}
	}
}

// Who has typed in the last minute is active, and who is not there three seconds yet is new.
func TestRanks(t *testing.T) {
	for _, c := range []struct {
		sessions int
		silent   time.Duration
		class    int
		slow     bool
	}{
		{0, 3*time.Second - 1, 0, false},
		{0, 3 * time.Second, 0, true},
		{1, time.Minute - 1, 2, false},
		{1, time.Minute, 1, true},
	} {
		a := &admitted{}
		a.has[forSessions] = c.sessions
		a.heard.Store(int64(time.Hour))
		rank, slow := (&eviction{now: time.Hour + c.silent}).rankOf(a)
		if rank.class != c.class || slow != c.slow {
			t.Errorf("%d sessions, silent for %s: class %d, slow %t", c.sessions, c.silent, rank.class, slow)
		}
	}
}

// What clients say is cut in the log.
func TestLoggedLengths(t *testing.T) {
	said := func(n int) string { return strings.Repeat("s", n) }
	for over := range 2 {
		all := endLine(t, Config{Handler: echo},
			&gossh.ClientConfig{User: said(64 + over), ClientVersion: "SSH-2.0-" + said(120+over)},
			func(s *gossh.Session) { _ = s.Start(said(256 + over)) })
		log := &logBuffer{}
		c := bare(t, Config{Logger: slog.New(slog.NewTextHandler(log, nil))}).conn
		c.deny(Request, "refused", said(128+over))
		c.server.logPanic("testing", said(1024+over))
		for _, name := range []string{"asked", "panic"} {
			_, rest, _ := strings.Cut(log.String(), name+"=")
			all[name], _, _ = strings.Cut(rest, " ")
		}
		for name, limit := range map[string]int{"user": 64, "client": 128, "command": 256, "asked": 128, "panic": 1024} {
			text, _ := all[name].(string)
			text = strings.TrimSpace(text)
			if cut := strings.HasSuffix(text, "…"); cut != (over > 0) || len(text) > limit || len(text) < limit-1 {
				t.Errorf("%s of %d bytes: %q", name, limit+over, text)
			}
		}
	}
}

// When all else waits, a stream that no client uses is read, and how often is looked at what waits.
func TestWhatIsReceivedIsLookedAt(t *testing.T) {
	for received, want := range map[int64]struct{ checked, discards bool }{
		4<<10 - 1: {}, 4 << 10: {checked: true}, 64 << 10: {checked: true}, 64<<10 + 1: {checked: true, discards: true},
	} {
		s := bare(t, Config{})
		s.account = ledger.New(ledger.Limits{}).Open(ledger.Limits{})
		s.Channel = mutedChannel{}
		s.conn.account, s.conn.sessions = s.account, []*session{s}
		s.traffic.taken.Store(received)
		s.conn.meter(int(received))
		if checked, discards := s.conn.checked > 0, s.traffic.discarding.Load(); checked != want.checked || discards != want.discards {
			t.Errorf("%d bytes: checked %t, stderr is read %t", received, checked, discards)
		}
	}
}

// mutedChannel has a stderr on which nothing comes.
type mutedChannel struct{ gossh.Channel }

func (mutedChannel) Stderr() io.ReadWriter { return &bytes.Buffer{} }

// How long things may take that nothing sets.
func TestTimes(t *testing.T) {
	// ends returns when something that begins now ends a connection.
	ends := func(t *testing.T, c *conn, begin func()) time.Duration {
		t.Helper()
		began := time.Now()
		begin()
		synctest.Wait()
		for c.fate() == None && time.Since(began) < time.Hour {
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		return time.Since(began)
	}
	unread := func(started bool, cfg Config) func(*testing.T) time.Duration {
		return func(t *testing.T) time.Duration {
			t.Helper()
			s := bare(t, cfg)
			s.started = started
			s.conn.sessions = []*session{s}
			s.conn.received.Store(64<<10 + 1)
			return ends(t, s.conn, s.conn.awaitReading)
		}
	}
	signs := func(cfg Config) func(*testing.T) time.Duration {
		return func(t *testing.T) time.Duration {
			t.Helper()
			c := bare(t, cfg).conn
			c.timer = time.AfterFunc(30*time.Minute, c.expire)
			return ends(t, c, c.awaitSignature)
		}
	}
	for name, c := range map[string]struct {
		want time.Duration
		took func(*testing.T) time.Duration
	}{
		"unread before the handler runs": {2 * time.Second, unread(false, Config{})},
		"unread while it runs":           {5 * time.Second, unread(true, Config{})},
		"unread, with a short patience":  {time.Second, unread(true, Config{WriteTimeout: time.Second})},
		"signing":                        {2 * time.Minute, signs(Config{})},
		"signing, no less than a login":  {10 * time.Second, signs(Config{SignTimeout: time.Second})},
		"a handler that does not return": {3 * time.Second, func(t *testing.T) time.Duration {
			t.Helper()
			s := bare(t, Config{})
			return ends(t, s.conn, func() { s.end(Idle) })
		}},
		"out of descriptors": {10 * time.Second, func(t *testing.T) time.Duration {
			t.Helper()
			server := bare(t, Config{}).server
			time.Sleep(time.Second)
			server.exhausted.Store(int64(server.clock()))
			began := time.Now()
			for server.exhaustedNow() {
				time.Sleep(10 * time.Millisecond)
			}
			return time.Since(began)
		}},
		"refusing with the descriptor in reserve": {20 * time.Millisecond, func(t *testing.T) time.Duration {
			t.Helper()
			l, spare := &deadlines{}, &reserve{}
			defer spare.release()
			bare(t, Config{}).server.shortOfDescriptors(l, spare, syscall.EMFILE)
			return time.Until(l.first)
		}},
		"writing a refusal": {100 * time.Millisecond, func(t *testing.T) time.Duration {
			t.Helper()
			here, there := net.Pipe() // where nobody reads
			defer func() { _ = there.Close() }()
			began := time.Now()
			bare(t, Config{}).server.turnAway(here, Full)
			return time.Since(began)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if took := c.took(t); took != c.want {
					t.Errorf("%s, want %s", took, c.want)
				}
			})
		})
	}
}

// deadlines is a listener for which nobody waits, and its first deadline.
type deadlines struct {
	listenerFunc
	first time.Time
}

func (l *deadlines) Accept() (net.Conn, error) { return nil, os.ErrDeadlineExceeded }

func (l *deadlines) SetDeadline(at time.Time) error {
	if l.first.IsZero() {
		l.first = at
	}
	return nil
}

// Between two failures to accept the pause doubles, from 5 ms to a second, and begins anew afterwards.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pause backoff
		wait := func() time.Duration {
			began := time.Now()
			pause.wait(t.Context())
			return time.Since(began)
		}
		for _, want := range []int64{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000} {
			if got := wait(); got.Milliseconds() != want {
				t.Errorf("a pause of %s, want %d ms", got, want)
			}
		}
		pause.reset()
		if got := wait(); got != 5*time.Millisecond {
			t.Errorf("after a success the pause is %s", got)
		}
	})
}

// Room for posts is made by 64 connections at once.
func TestRoomForPostsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testAdmission(Config{MemoryBudget: 1000 * SessionCost, NetworkShare: 1, WideNetworkShare: 1}, 0)
		left := 0
		for i := range 70 {
			source := g.sources.get(sourceNo(1 + i))
			account := g.account(&admitted{source: source}).Open(ledger.Limits{})
			account.Take(1000)
			a := g.enter(source)
			a.account, a.evict = account, func() { left++ }
		}
		time.Sleep(2 * time.Minute)
		if g.makeRoom(1 << 30); left != 64 {
			t.Errorf("%d leave", left)
		}
	})
}
