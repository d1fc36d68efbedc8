package main

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// settings are what a user can set.
type settings struct {
	Target string
	Mine   bool // the target is the user's own, wherever it is

	Sessions int
	Parallel int     // connections being made at once
	Ramp     float64 // connections a second; 0: as fast as they are made
	Size     size
	Term     string
	User     string
	Sources  netip.Prefix // where connections come from; the zero value leaves it to the system
	Each     int          // connections from one source

	Mix      mix
	Rate     float64 // keys a second, of all readers together
	Settle   time.Duration
	Duration time.Duration
	Patience time.Duration
	Posts    int    // how many of the list's first posts are opened
	Word     string // what is searched for
	Burst    int    // keys that one more reader sends at once, at the end
	Reload   string // what every reader must be shown after a SIGHUP, at the end

	Expect     string // what the list shows
	ExpectPost string // what an open post shows
	Check      int    // sessions that are followed on an emulator

	Command string        // that clients run, instead of reading
	Seed    string        // what the keys of those are made from; "": new ones
	Move    time.Duration // how often readers who return go on a line; 0: never
	Return  bool          // readers stay at a place, and come back to it with keys of their own when they are cut off

	PID   int
	JSON  bool
	Quiet bool
}

// size is a window's, in cells.
type size struct{ Width, Height int }

func (s size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

func defaultSettings() *settings {
	s := &settings{
		Target: "localhost:2222", Sessions: 100, Parallel: 16, Size: size{80, 24}, Term: "xterm-256color",
		User: "reader", Each: 32,
		Mix:  mix{idle: 60, scrolling: 20, browsing: 12, opening: 5, searching: 3},
		Rate: 50, Settle: 2 * time.Second, Duration: 20 * time.Second, Patience: 10 * time.Second,
		Posts: 8, Word: "the", Expect: "PAGE", Check: 8,
	}
	if runtime.GOOS == "linux" { // elsewhere only 127.0.0.1 can be bound
		s.Sources = netip.MustParsePrefix("127.0.0.0/8")
	}
	return s
}

func (s *settings) flags(fs *pflag.FlagSet) {
	fs.SortFlags = false
	fs.IntVar(&s.Sessions, "sessions", s.Sessions, "`number` of sessions")
	fs.IntVar(&s.Parallel, "parallel", s.Parallel, "`number` of connections being made at once")
	fs.Float64Var(&s.Ramp, "ramp", s.Ramp, "connections a second, as `number`; 0: as fast as they are made")
	fs.Var(parsed(&s.Size, parseSize), "size", "the terminals' `size` in cells")
	fs.StringVar(&s.Term, "term", s.Term, "the terminals' `type`")
	fs.StringVar(&s.User, "user", s.User, "login `name`")
	fs.Var(parsed(&s.Sources, parseRange), "source-range", "IPv4 `range` of the addresses to connect from, or none (with a target elsewhere: none)")
	fs.IntVar(&s.Each, "per-source", s.Each, "`number` of connections from one address")
	fs.Var(parsed(&s.Mix, parseMix), "mix", "`shares` of readers who are idle, scrolling, browsing, opening, searching")
	fs.Float64Var(&s.Rate, "rate", s.Rate, "keys a second, of all readers together, as `number`")
	fs.DurationVar(&s.Settle, "settle", s.Settle, "how `long` to wait before anything is measured")
	fs.DurationVar(&s.Duration, "duration", s.Duration, "how `long` readers read")
	fs.DurationVar(&s.Patience, "patience", s.Patience, "how `long` an answer may take")
	fs.IntVar(&s.Posts, "posts", s.Posts, "`number` of posts that are opened, from the top of the list; scrolling needs long ones")
	fs.StringVar(&s.Word, "search", s.Word, "`word` to search for")
	fs.IntVar(&s.Burst, "burst", s.Burst, "at the end, one reader sends this `number` of keys at once and leaves")
	fs.StringVar(&s.Reload, "reload", s.Reload, "at the end, send SIGHUP to --pid and wait until every session is shown this `text`")
	fs.StringVar(&s.Expect, "expect", s.Expect, "`text` that the list shows")
	fs.StringVar(&s.ExpectPost, "expect-post", s.ExpectPost, "`text` that an open post shows at its beginning")
	fs.IntVar(&s.Check, "check", s.Check, "`number` of sessions to follow on a terminal emulator")
	fs.StringVar(&s.Command, "command", s.Command, "instead of readers, run this `command` --rate times a second for --duration, each on a connection from a source of its own, and print JSON")
	fs.StringVar(&s.Seed, "seed", s.Seed, "make the keys of those who return from a `text`, so that readers of another run with it are the same ones: a blog takes few new readers of one address")
	fs.BoolVar(&s.Return, "return", s.Return, "instead of reading, each reader goes to a place in a post with a key of its own, stays there for --settle and --duration, and whenever it is cut off comes back, continues (C) and has to see the same line; prints JSON")
	fs.DurationVar(&s.Move, "move", s.Move, "readers who --return go on or back a line each time that so `long` has passed, and may be back where they were 20 seconds before they were cut off; 0: they rest")
	fs.IntVar(&s.PID, "pid", s.PID, "the server's process `id`: measure what it spends (Linux)")
	fs.BoolVar(&s.JSON, "json", s.JSON, "print JSON instead of a table")
	fs.BoolVar(&s.Quiet, "quiet", s.Quiet, "no progress on stderr")
	fs.BoolVar(&s.Mine, "yes-this-is-mine", s.Mine, "load a server that is not on this machine")
}

// Limits that keep a typing mistake from becoming an attack or a run without
// end.
const (
	maxSessions = 100_000
	maxRate     = 100_000
	maxBurst    = 10_000_000
	maxDuration = time.Hour
)

func (s *settings) validate() error {
	switch {
	case s.Sessions < 1 || s.Sessions > maxSessions:
		return fmt.Errorf("setting sessions: %d: want a number from 1 to %d", s.Sessions, maxSessions)
	case s.Parallel < 1:
		return fmt.Errorf("setting parallel: %d: want a number above 0", s.Parallel)
	case !(s.Ramp >= 0 && s.Ramp <= maxRate):
		return fmt.Errorf("setting ramp: %v: want a number from 0 to %d", s.Ramp, maxRate)
	case s.Each < 1:
		return fmt.Errorf("setting per-source: %d: want a number above 0", s.Each)
	case !(s.Rate > 0 && s.Rate <= maxRate):
		return fmt.Errorf("setting rate: %v: want a number above 0, up to %d", s.Rate, maxRate)
	case s.Duration <= 0 || s.Duration > maxDuration:
		return fmt.Errorf("setting duration: %v: want up to %v", s.Duration, maxDuration)
	case s.Settle < 0 || s.Settle > maxDuration:
		return fmt.Errorf("setting settle: %v: want up to %v", s.Settle, maxDuration)
	case s.Patience <= 0 || s.Patience > maxDuration:
		return fmt.Errorf("setting patience: %v: want up to %v", s.Patience, maxDuration)
	case s.Move < 0:
		return fmt.Errorf("setting move: %v: want 0 or more", s.Move)
	case s.Posts < 1:
		return fmt.Errorf("setting posts: %d: want a number above 0", s.Posts)
	case s.Word == "" || strings.ContainsFunc(s.Word, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("setting search: %q: want one word in ASCII", s.Word)
	case s.Burst < 0 || s.Burst > maxBurst:
		return fmt.Errorf("setting burst: %d: want a number from 0 to %d", s.Burst, maxBurst)
	case s.Check < 0:
		return fmt.Errorf("setting check: %d: want 0 or more", s.Check)
	case s.Expect == "":
		return errors.New("setting expect: must not be empty: without it any answer would pass for the blog")
	case s.PID < 0:
		return fmt.Errorf("setting pid: %d is no process", s.PID)
	case s.Reload != "" && s.PID == 0:
		return errors.New("setting reload: needs --pid, the process to send SIGHUP to")
	}
	return nil
}

// value is a flag with a type of its own.
type value[T fmt.Stringer] struct {
	at    *T
	parse func(string) (T, error)
}

func parsed[T fmt.Stringer](at *T, parse func(string) (T, error)) *value[T] {
	return &value[T]{at, parse}
}

func (v *value[T]) Set(text string) error {
	to, err := v.parse(text)
	if err == nil {
		*v.at = to
	}
	return err
}

func (v *value[T]) String() string {
	if v.at == nil {
		return ""
	}
	return (*v.at).String()
}

func (v *value[T]) Type() string { return "value" }

func parseSize(text string) (size, error) {
	wide, high, ok := strings.Cut(text, "x")
	w, err1 := strconv.Atoi(wide)
	h, err2 := strconv.Atoi(high)
	if !ok || err1 != nil || err2 != nil || w < 20 || h < 5 || w > 500 || h > 200 {
		return size{}, errors.New("want columns and rows from 20x5 to 500x200, as in 80x24")
	}
	return size{w, h}, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if text == "none" {
		return netip.Prefix{}, nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || !p.Addr().Is4() || p.Bits() > 30 || p != p.Masked() {
		return netip.Prefix{}, errors.New("want an IPv4 range such as 127.0.0.0/8, or none")
	}
	return p, nil
}
