package memory

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Codes have 12 characters of 5 bits each: with a thousand valid codes, a million guesses find one with a
// probability of one in a thousand million.
const (
	codeSigns = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // no I, L, O and U, as in Crockford's base 32
	codeLen   = 12
	codeGroup = 4
)

// codeHash returns the hash of a code that is stored, however the code is typed.
func (m *Memory) codeHash(code string) (string, bool) {
	code = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
	if len(code) != codeLen || strings.Trim(code, codeSigns) != "" {
		return "", false
	}
	h := hmac.New(sha256.New, m.secret)
	_, _ = h.Write([]byte("code\x00" + code))
	return hex.EncodeToString(h.Sum(nil)[:16]), true
}

// newCode returns a new code in the form in which it is shown.
func newCode() string {
	var random [codeLen]byte
	_, _ = rand.Read(random[:])
	var code strings.Builder
	for i, b := range random {
		if i > 0 && i%codeGroup == 0 {
			_ = code.WriteByte('-')
		}
		_ = code.WriteByte(codeSigns[int(b)%len(codeSigns)])
	}
	return code.String()
}

// joining limits how often clients may do what affects all readers, in total and for each source.
type joining struct {
	mu      sync.Mutex
	sources map[string]*tries //ledger:counted maxSources
	all     tries
}

// tries are what one source has left.
type tries struct {
	joins, newcomers *rate.Limiter
	used             time.Time
}

const (
	maxSources = 4096
	// One source may bring so many new readers at once, and two a minute after that.
	sourceBurst = 100
	sourceEvery = 30 * time.Second
	// All together may bring the readers of a day on which a post becomes known: how much room they take is
	// bounded by the store (see [Limited]), and this only keeps it from being filled within minutes.
	allBurst = 5000
	allEvery = time.Second / 50
)

// triesOf returns the tries of one source, and triesOfAll those of all together.
func triesOf() tries { return newTries(1, sourceEvery, sourceBurst) }

func triesOfAll() tries { return newTries(20, allEvery, allBurst) }

// newTries returns the tries of so many that try codes at the same time, who may bring a number of new readers at once,
// and one more each time that so much time has passed.
func newTries(joins int, every time.Duration, burst int) tries {
	return tries{
		joins:     rate.NewLimiter(rate.Every(12*time.Second/time.Duration(joins)), 5*joins),
		newcomers: rate.NewLimiter(rate.Every(every), burst),
	}
}

// of returns the tries of a source. The lock is held.
func (j *joining) of(source string, now time.Time) *tries {
	if j.sources == nil {
		j.sources, j.all = make(map[string]*tries), triesOfAll()
	}
	t := j.sources[source]
	if t == nil {
		if len(j.sources) >= maxSources {
			j.dropOldest()
		}
		fresh := triesOf()
		t = &fresh
		j.sources[source] = t
	}
	t.used = now
	return t
}

func (j *joining) dropOldest() {
	oldest := ""
	for source, t := range j.sources {
		if oldest == "" || t.used.Before(j.sources[oldest].used) {
			oldest = source
		}
	}
	delete(j.sources, oldest)
}

// try reports whether a client of a source may try a code, or get one.
func (j *joining) try(source string, now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.of(source, now).joins.AllowN(now, 1) && j.all.joins.AllowN(now, 1)
}

// newcomer reports whether one more reader of a source may be remembered.
func (j *joining) newcomer(source string, now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.of(source, now).newcomers.AllowN(now, 1) && j.all.newcomers.AllowN(now, 1)
}

// mayCome reports what newcomer would, and takes nothing.
func (j *joining) mayCome(source string, now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.of(source, now).newcomers.TokensAt(now) >= 1 && j.all.newcomers.TokensAt(now) >= 1
}
