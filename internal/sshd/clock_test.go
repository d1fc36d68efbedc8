package sshd

import (
	"container/list"
	"io"
	"reflect"
	"testing"
	"time"
	"unsafe"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

// When the machine's clock is set, by a day and in either direction, nobody is
// warned, dropped, shut out or let in for it, and every limit goes on as if
// nothing had happened.
//
// A test cannot set the clock of the machine it runs on. But a clock that is
// set forward is the same to a program as if every time that it has noted
// before had been read a day earlier from the clock on the wall, and at the
// same moment from the monotonic one. So that is done to every time that the
// server holds.
func TestClockIsSet(t *testing.T) {
	for name, jump := range map[string]time.Duration{"forward": 24 * time.Hour, "back": -24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, Config{
				IdleTimeout: 30 * time.Minute, SessionTimeout: 12 * time.Hour,
				ConnRate: 1.0 / 3600, ConnBurst: 20, SessionRate: 1.0 / 3600, SessionBurst: 1,
			})
			client := server.dial(t)
			channel := openChannel(t, client)
			request(t, channel, "shell", nil) // the burst of sessions
			echoes(t, channel)
			c := server.connections.all()[0]
			var sess *session
			c.each(func(s *session) { sess = s })
			eventually(t, "the handler reading", func() bool { return sess.traffic.waitingSince.Load() > 0 }) // it looks at the clock before
			for i := range penaltyFloor/penaltyFailed + 1 {
				nc := server.connect(t, "127.0.0.3")
				_, _ = io.WriteString(nc, "GET / HTTP/1.1\r\n\r\n")
				_ = nc.Close()
				eventually(t, "the failure counted", func() bool { return server.Stats().EndedConns[HandshakeFailed] == uint64(i+1) })
			}
			penalised := sourceOf(tcpAddr("127.0.0.3"))
			spent := sourceOf(tcpAddr("127.0.0.4"))
			for range 20 {
				_, _ = server.admission.admit(spent)
			}
			server.logLimiter.warn(server.Server.log, Full, "told once")
			setClock(t, server.Server, jump)

			if _, why := server.admission.admit(penalised); why != Penalty {
				t.Errorf("the source that is shut out: %v", why)
			}
			if left := time.Until(server.admission.sources.get(penalised).penalty); left > penaltyMax {
				t.Errorf("it has to wait %v", left)
			}
			if _, why := server.admission.admit(spent); why != SourceRate {
				t.Errorf("the source that has used up its rate: %v", why)
			}
			refusedWith(t, newSession(t, client), SessionRate)
			server.logLimiter.warn(server.Server.log, Full, "told twice")
			if lines := server.log.lines("told twice"); len(lines) != 0 {
				t.Errorf("logged again too soon: %q", lines)
			}
			why, left := sess.deadline()
			if why != Idle || left > 30*time.Minute || left < 29*time.Minute {
				t.Errorf("the session ends for %v in %v", why, left)
			}
			c.look()
			sess.look()
			c.expire()
			echoes(t, channel)
			eventually(t, "the refused session gone and the other there", func() bool {
				stats := server.Stats()
				return stats.Sessions == 1 && len(stats.EndedSessions) == 1
			})
			if stats := server.Stats(); !stats.Accepting || stats.Exhausted {
				t.Errorf("the server says %+v", stats)
			}
		})
	}
}

// echoes sends something that has to come back.
func echoes(t *testing.T, channel gossh.Channel) {
	t.Helper()
	if _, err := io.WriteString(channel, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(channel, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// setClock makes every time that the server has noted look as it would if the
// machine's clock had been set by jump just now. It fails the test if it misses
// one that is known, or meets one that would not survive.
func setClock(t *testing.T, s *Server, jump time.Duration) {
	t.Helper()
	w := timeWalk{t: t, seen: make(map[visit]bool), jump: jump, found: make(map[string]int)}
	s.admission.mu.Lock()
	defer s.admission.mu.Unlock()
	s.connections.mu.Lock()
	defer s.connections.mu.Unlock()
	s.logLimiter.mu.Lock()
	defer s.logLimiter.mu.Unlock()
	w.walk(reflect.ValueOf(s))
	for _, known := range []string{"Server.born", "source.penalty", "Limiter.last", "logLimiter.last"} {
		if w.found[known] == 0 {
			t.Errorf("%s was not found, only %v", known, w.found)
		}
	}
}

type visit struct {
	at   unsafe.Pointer
	kind reflect.Type
}

// timeWalk walks through everything that is reachable from a value.
type timeWalk struct {
	t     *testing.T
	seen  map[visit]bool
	jump  time.Duration
	found map[string]int // how many times are in each TYPE.FIELD
}

func (w *timeWalk) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		at := visit{v.UnsafePointer(), v.Type()}
		if v.IsNil() || w.seen[at] || foreign(v.Type().Elem()) {
			return
		}
		w.seen[at] = true
		w.walk(v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			w.walk(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.walk(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			w.walk(key)
			w.walk(v.MapIndex(key))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			w.field(v, i)
		}
	default: // neither a time nor on the way to one
	}
}

func (w *timeWalk) field(v reflect.Value, i int) {
	field := v.Field(i)
	times := field.Type()
	if times.Kind() == reflect.Array {
		times = times.Elem()
	}
	if times != reflect.TypeFor[time.Time]() {
		w.walk(field)
		return
	}
	name := v.Type().Name() + "." + v.Type().Field(i).Name
	at := field.Addr().UnsafePointer()
	for j := range field.Type().Size() / times.Size() {
		noted := (*time.Time)(unsafe.Add(at, j*times.Size()))
		if noted.IsZero() {
			continue
		}
		if !isMonotonic(*noted) {
			w.t.Errorf("%s is without a monotonic reading", name)
		}
		w.found[name]++
		*noted = readBefore(*noted, w.jump)
	}
}

// foreign reports whether a type belongs to neither the server nor to what it
// reckons with: what a connection of x/crypto notes is not known here.
func foreign(t reflect.Type) bool {
	switch t.PkgPath() {
	case "", reflect.TypeFor[Server]().PkgPath(), reflect.TypeFor[rate.Limiter]().PkgPath(), reflect.TypeFor[list.List]().PkgPath():
		return false
	default:
		return true
	}
}

// isMonotonic reports whether a time has a reading of the monotonic clock.
func isMonotonic(at time.Time) bool { return at != at.Round(0) } //nolint:revive // Equal would not tell

// readBefore returns the time at the same moment of the monotonic clock, and
// jump earlier on the wall's. No function of package time does that. A Time
// with both readings has the seconds in the 33 bits from bit 30 of its first
// word.
func readBefore(at time.Time, jump time.Duration) time.Time {
	wall := (*uint64)(unsafe.Pointer(&at))
	*wall -= uint64(jump/time.Second) << 30
	return at
}

// What the test above stands on.
func TestReadBefore(t *testing.T) {
	now := time.Now()
	then := readBefore(now, 24*time.Hour)
	if d := now.Sub(then); d != 0 {
		t.Errorf("on the monotonic clock it is %v away", d)
	}
	if d := now.Round(0).Sub(then.Round(0)); d != 24*time.Hour {
		t.Errorf("on the wall clock it is %v away", d)
	}
	if then = readBefore(now, -24*time.Hour); now.Round(0).Sub(then.Round(0)) != -24*time.Hour || now.Sub(then) != 0 {
		t.Errorf("back: %v", then)
	}
}
