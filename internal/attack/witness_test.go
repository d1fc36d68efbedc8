//go:build linux

package attack

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Those who want to read while a program is attacked are processes of their own,
// and their delays are what the program is judged by. In the attackers' process
// they would wait behind hundreds of goroutines of theirs, and on the attackers'
// processors for the attackers; other machines have processors of their own. So the
// kernel lets them run before both, which takes the program nothing: they wait most
// of the time.

// witnessRole is what has the tests' executable be such a process, as the name of
// an environment variable. Its value is what it does: visit, press, open or probe.
const witnessRole = "SSHBLOG_ATTACK_WITNESS"

// turnedAway is how long somebody waits who sees no frame at all.
const turnedAway = time.Hour

// witnesses are what such a process does, until stop is closed. Each reports how
// long somebody waited, or why in vain.
var witnesses = map[string]func(p *program, report func(began time.Time, waited time.Duration, err error), stop <-chan struct{}){
	"visit": (*program).visits,
	"press": (*program).presses,
	"open":  (*program).opens,
	"probe": (*program).probes,
}

// bearWitness is the main function of such a process. Its arguments are the
// program's address, and how long to wait for anything. It ends with stdin.
func bearWitness(role string, stdin io.Reader, stdout io.Writer) error {
	if len(os.Args) != 3 {
		return errors.New("a witness wants an address and a time")
	}
	patience, err := time.ParseDuration(os.Args[2])
	if err != nil {
		return err
	}
	p := &program{addr: os.Args[1], patience: patience, role: role}
	stop := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		close(stop)
	}()
	witnesses[role](p, func(began time.Time, waited time.Duration, err error) {
		why := ""
		if err != nil {
			why = strings.ReplaceAll(err.Error(), "\n", " ")
			waited = turnedAway
		}
		_, _ = fmt.Fprintln(stdout, began.UnixNano(), int64(waited), why)
	}, stop)
	return nil
}

// witness starts a process that does what the role says. The function that it returns ends it, and tells how long each waited who
// has begun since a time.
func (p *program) witness(role string) (end func(since time.Time) waits) {
	p.t.Helper()
	executable, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	args := []string{executable, p.addr, p.patience.String()}
	if os.Getuid() == 0 {
		args = append([]string{"nice", "-n", "-15"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(plainEnviron(), witnessRole+"="+role)
	cmd.Stderr = os.Stderr
	stop, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	begin := cmd.Start
	if p.box != nil {
		begin = func() error { return p.box.inside(cmd.Start) } // a process has its parent thread's network
	}
	if err := begin(); err != nil {
		p.t.Fatalf("somebody who wants to read: %v", err)
	}
	var all waits
	over := make(chan struct{})
	go func() {
		defer close(over)
		all = readWaits(out)
		if err := cmd.Wait(); err != nil {
			all = append(all, wait{time.Now(), turnedAway, err.Error()})
		}
	}()
	quit := sync.OnceFunc(func() {
		_ = stop.Close()
		<-over
	})
	p.t.Cleanup(quit)
	return func(since time.Time) waits {
		quit()
		return p.since(all, since)
	}
}

// wait is how long somebody waited, from when, and why in vain.
type wait struct {
	began  time.Time
	lasted time.Duration
	failed string
}

// waits are some, in the order in which they ended.
type waits []wait

// sorted returns how long they lasted, the longest last.
func (w waits) sorted() []time.Duration {
	lasted := make([]time.Duration, len(w))
	for i := range w {
		lasted[i] = w[i].lasted
	}
	slices.Sort(lasted)
	return lasted
}

// steady returns the time that 99 of 100 do not exceed, as the middle one of three that
// are taken from a third of them each: what disturbs the machine for a moment does not
// count, and what slows the program for longer does.
func (w waits) steady() time.Duration {
	var slow []time.Duration
	for third := range 3 {
		slow = append(slow, quantile(w[third*len(w)/3:(third+1)*len(w)/3].sorted(), 0.99))
	}
	slices.Sort(slow)
	return slow[1]
}

// readWaits reads what a witness reports.
func readWaits(from io.Reader) (all waits) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		began, rest, _ := strings.Cut(lines.Text(), " ")
		lasted, why, _ := strings.Cut(rest, " ")
		nanos, err := strconv.ParseInt(began, 10, 64)
		d, err2 := strconv.ParseInt(lasted, 10, 64)
		if err := errors.Join(err, err2); err != nil {
			all = append(all, wait{time.Now(), turnedAway, lines.Text()})
			continue
		}
		all = append(all, wait{time.Unix(0, nanos), time.Duration(d), why})
	}
	return all
}

// since returns those of some waits that have begun since a time, and logs why some
// were in vain.
func (p *program) since(all waits, since time.Time) (some waits) {
	p.t.Helper()
	failed, first := 0, ""
	for _, w := range all {
		if w.began.Before(since) {
			continue
		}
		some = append(some, w)
		if w.lasted == turnedAway {
			failed++
			first = cmp.Or(first, w.failed)
		}
	}
	if failed > 0 && !p.dead() { // withstands tells of the other
		p.t.Logf("%d of %d who want to read are turned away, the first with: %s", failed, len(some), first)
	}
	return some
}

// somewhere is the i-th address of those who want to read, in a network where no attacker
// is. Readers come from all over the world: a /16 would be one network, and wait for
// what it has used itself.
func (p *program) somewhere(i int) string {
	role := slices.Index([]string{"visit", "press", "open"}, p.role)
	return fmt.Sprintf("127.%d.%d.%d", 220+i%30, role, 1+i/30%250)
}

// visits has somebody connect time and again, at least some times, and reports how
// long each waits for the first frame.
func (p *program) visits(report func(began time.Time, waited time.Duration, err error), stop <-chan struct{}) {
	const least = 5
	pace := 100 * time.Millisecond
	if p.patience == recovery { // in a box
		pace = 20 * time.Millisecond // enough of them for a percentile
	}
	for i := 0; ; i++ {
		began := time.Now()
		waited, err := p.visit(p.somewhere(i))
		report(began, waited, err)
		select {
		case <-stop:
			if i+1 < least {
				continue
			}
			return
		case <-time.After(pace): // of those who come
		}
	}
}

// presses has some who read already press a key, and another as soon as they see
// what the one before has changed, but no faster than a key repeats. It reports how
// long each waits for that.
func (p *program) presses(report func(began time.Time, waited time.Duration, err error), stop <-chan struct{}) {
	const readers, pace = 4, 30 * time.Millisecond
	const keys = "jjjkkk" // within a page of the list, so that each is one small packet
	var all sync.WaitGroup
	var mu sync.Mutex
	for i := range readers {
		all.Go(func() {
			typed, changes, end, err := p.readList(p.somewhere(i))
			if err == nil {
				defer end()
			}
			for n := 0; ; n++ {
				began := time.Now()
				if err == nil {
					if _, err = io.WriteString(typed, keys[n%len(keys):][:1]); err == nil {
						err = awaitChange(changes, p.patience)
					}
				}
				mu.Lock()
				report(began, time.Since(began), err)
				mu.Unlock()
				if err != nil {
					return
				}
				select {
				case <-stop:
					return
				case <-time.After(pace):
				}
			}
		})
	}
	all.Wait()
}

// readList logs in and waits until the list is seen. What is written to keys is typed there,
// and what the program writes then is a change.
func (p *program) readList(from string) (keys io.Writer, changes <-chan struct{}, end func(), err error) {
	client, err := p.dial(from)
	if err != nil {
		return nil, nil, nil, err
	}
	session, err := client.NewSession()
	if err == nil {
		keys, changes, err = p.seeList(session)
	}
	if err != nil {
		_ = client.Close()
		return nil, nil, nil, err
	}
	return keys, changes, func() { _ = client.Close() }, nil
}

func (p *program) seeList(session *ssh.Session) (io.Writer, <-chan struct{}, error) {
	keys, screen, err := shell(session)
	if err != nil {
		return nil, nil, err
	}
	const whole = 300 * time.Millisecond // when nothing comes for this long, the frame has come
	changes := make(chan struct{}, 1)
	go func() {
		defer close(changes)
		for buf := make([]byte, 32<<10); ; {
			if _, err := screen.Read(buf); err != nil {
				return
			}
			select {
			case changes <- struct{}{}:
			default: // more of what has been seen already
			}
		}
	}()
	for quiet := false; !quiet; {
		select {
		case <-changes:
		case <-time.After(whole):
			quiet = true
		}
	}
	return keys, changes, nil
}

func awaitChange(changes <-chan struct{}, limit time.Duration) error {
	select {
	case _, more := <-changes:
		if !more {
			return errors.New("the session has ended")
		}
		return nil
	case <-time.After(limit):
		return errors.New("a key has no effect")
	}
}
