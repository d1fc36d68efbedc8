//go:build linux

package attack

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// screens opens as many sessions, each on a connection of its own.
func (s *siege) screens(from []string, o opening) []*screen {
	s.Helper()
	var mu sync.Mutex
	var all []*screen
	s.fullNumber(from, func(source string) error {
		w, err := s.wire(source)
		if err != nil {
			return err
		}
		c, err := w.open(o)
		if err == nil {
			mu.Lock()
			all = append(all, c)
			mu.Unlock()
		}
		return err
	})
	return all
}

// readers are as many who see the list of posts.
func (s *siege) readers(from []string) []*screen {
	s.Helper()
	all := s.screens(from, opening{})
	deadline, unseen := time.Now().Add(recovery), 0
	for _, c := range all {
		if !c.awaits(firstFrame, time.Until(deadline)) {
			unseen++
		}
	}
	if unseen > 0 && !s.p.dead() && unseen > s.madeRoom(from) {
		s.Errorf("%d of %d saw no first frame in %s", unseen, len(all), recovery)
	}
	return all
}

// madeRoom returns how many sessions may have ended because there is no room for those of
// all the sources: one is within what there is room for; of several some have to leave,
// or come too late.
func (s *siege) madeRoom(from []string) int {
	if len(from) == 1 {
		return 0
	}
	return s.p.roomMade() - s.roomMade
}

// roomMade returns how many sessions have ended so far, or were refused, because there is no room for all.
func (p *program) roomMade() int {
	if p.box == nil {
		return 0
	}
	return p.metric(`sshblog_sessions_ended_total{reason="made_room"}`) + p.refused()
}

// refused returns how many sessions were refused so far.
func (p *program) refused() int { return p.metric(`sshblog_rejections_total{reason="sessions_full"}`) }

// fullNumber does something as often as a source may hold connections, for each
// source, a few at a time. Not all need succeed: a program that turns some of
// them away defends itself. But some have to.
func (s *siege) fullNumber(from []string, connect func(source string) error) {
	s.Helper()
	var some sync.WaitGroup
	var done atomic.Int64
	var last atomic.Pointer[error]
	queue := make(chan string)
	for range 8 {
		some.Go(func() {
			for source := range queue {
				if err := connect(source); err != nil {
					last.Store(&err)
					continue
				}
				done.Add(1)
			}
		})
	}
	for range fullNumber {
		for _, source := range from {
			queue <- source
		}
	}
	close(queue)
	some.Wait()
	n := int(done.Load())
	s.Logf("%d of %d connections were made", n, len(from)*fullNumber)
	if err := last.Load(); n < fullNumber && err != nil && !s.p.dead() {
		s.Fatalf("not even one source's connections are let in: %v", *err)
	}
}

// repeated is a text over and over, in about as many bytes.
func repeated(text string, bytes int) []byte {
	return []byte(strings.Repeat(text, max(1, bytes/len(text))))
}

// lasts is how long an attack goes on.
func lasts() time.Duration {
	if *full {
		return 40 * time.Second
	}
	return 4 * time.Second
}

// maxKeyDelay is how long a key of somebody who reads waits for its effect, while
// others have slow ones acted on, in 99 of 100 cases.
const maxKeyDelay = 100 * time.Millisecond

// storm has some others read and press keys while all attackers that open returns
// type, as with types. It judges how long these keys wait for their effect, from
// when the first ones of the attackers have come.
func (s *siege) storm(open func() []*screen, again string, bytes int, first ...string) {
	s.Helper()
	s.disturbs(func() (since time.Time) {
		all := open()
		since = time.Now().Add(time.Duration(len(first)) * keyPause)
		s.types(all, again, bytes, first...)
		return since
	})
}

// disturbs has some others read and press keys while something is done, and judges
// how long these keys wait for their effect, from the time that do returns. With eight
// sources it is only told, but in the test that is about it.
func (s *siege) disturbs(do func() (since time.Time)) {
	s.Helper()
	press := s.p.witness("press")
	pressed := press(do())
	delays := pressed.sorted()
	judges := s.judgesKeys || s.p.box != nil && s.p.box.one
	if s.p.dead() {
		return // withstands tells
	}
	const enough = 50
	if judges && len(delays) < enough || len(delays) == 0 {
		s.Errorf("others pressed only %d keys meanwhile", len(delays))
		return
	}
	if judges && delays[len(delays)-1] == turnedAway {
		s.Error("somebody who reads lost the session")
	}
	slow := quantile(delays, 0.99)
	s.Logf("keys of others took %s in the middle, %s at the 99th percentile and %s at worst of %d",
		quantile(delays, 0.5).Round(time.Millisecond), slow.Round(time.Millisecond), quantile(delays, 1).Round(time.Millisecond), len(delays))
	if judges && slow > maxKeyDelay { // for that two stops of the machine are enough: all readers feel each
		slow = pressed.steady()
		s.Logf("the 99th percentile is %s in the middle one of three thirds", slow.Round(time.Millisecond))
		if !s.judgesKeys { // a third is short: what slows most of one counts
			slow = max(slow, quantile(delays, 0.95))
		}
	}
	switch {
	case slow == turnedAway:
		s.Error("keys of others have no effect")
	case slow > maxKeyDelay && judges:
		s.Errorf("the keys of others wait %s", slow)
	}
}

// keyPause is how long the attackers wait for the effect of their first keys.
const keyPause = 500 * time.Millisecond

// types has all of them type some keys, each when the one before has been acted
// on, and then others over and over: until so many bytes are sent or the attack
// is over, or the program has had enough of it.
func (s *siege) types(all []*screen, again string, bytes int, first ...string) {
	s.Helper()
	lasts := lasts()
	if s.judgesKeys {
		lasts *= 3 // a third is as long as all of another storm
	}
	var block []byte
	if bytes > 0 {
		block = repeated(again, 16<<10)
	}
	until := time.Now().Add(lasts)
	end := time.AfterFunc(time.Until(until), func() {
		for _, c := range all {
			c.rest()
		}
	})
	defer end.Stop()
	var typing sync.WaitGroup
	for _, c := range all {
		typing.Go(func() {
			for _, keys := range first {
				if !c.write([]byte(keys)) {
					return
				}
				time.Sleep(keyPause) // a guess
			}
			for sent := 0; sent < bytes && time.Now().Before(until); sent += len(block) {
				if !c.write(block) {
					return
				}
			}
			time.Sleep(time.Until(until)) // what is begun goes on
		})
	}
	typing.Wait()
}
