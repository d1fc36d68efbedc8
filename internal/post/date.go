package post

import (
	"strings"
	"time"
)

// parseDate reads a point in time as authors of Hugo, Jekyll and Zola write it:
//
//	2019-06-18   2019/6/18   20190618   18.06.2019
//	2019-06-18T09:00:00Z   2019-06-18 9:00   2019-06-18 09:00:00.5 -0500
//	June 18, 2019   18 Jun 2019 9:00 PM   Tue, 18 Jun 2019 09:00:00 EST
//	Tue Jun 18 09:00:00 2019 -0500   1560848400 (Unix seconds, or milliseconds)
//
// Without an offset or a known zone it is UTC. Day and month both as numbers
// with slashes are refused, since half of the world would read the other date.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if isDigits(s) {
		return numericDate(s)
	}
	var d dateParts
	for s != "" {
		end := strings.IndexAny(s, " \t,")
		if end < 0 {
			end = len(s)
		}
		if !d.add(s[:end]) {
			return time.Time{}, false
		}
		s = strings.TrimLeft(s[end:], " \t,")
	}
	return d.time()
}

// numericDate reads YYYYMMDD, or Unix time in seconds or milliseconds.
func numericDate(s string) (time.Time, bool) {
	switch len(s) {
	case 8:
		d := dateParts{year: number(s[:4]), month: number(s[4:6]), day: number(s[6:])}
		return d.time()
	case 9, 10:
		return time.Unix(int64(number(s)), 0).UTC(), true
	case 12, 13:
		return time.UnixMilli(int64(number(s))).UTC(), true
	}
	return time.Time{}, false
}

// dateParts is a date as far as it has been read. Zero means not yet.
type dateParts struct {
	year, month, day  int
	clock, afternoon  bool
	hour, minute, sec int
	nsec              int
	zone              *time.Location
}

// add reads one word, and tells whether it can be part of a date.
func (d *dateParts) add(word string) bool {
	switch c := word[0]; {
	case c >= '0' && c <= '9':
		return d.addNumber(word)
	case c == '+' || c == '-':
		return d.addOffset(word)
	default:
		return d.addName(word)
	}
}

func (d *dateParts) addNumber(word string) bool {
	end := strings.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(word)
	}
	n, rest := number(word[:end]), word[end:]
	switch {
	case rest == "" && end == 4:
		// A year. The date command's output, pasted behind a date, repeats it.
		ok := d.year == 0 || d.year == n
		d.year = n
		return ok
	case rest == "" || isOrdinal(rest):
		return end <= 2 && set(&d.day, n)
	case rest[0] == ':':
		return d.addClock(word)
	case rest[0] == '-' || rest[0] == '/' || rest[0] == '.':
		return d.addDate(word, rest[0])
	}
	// "5pm" has only an hour.
	return end <= 2 && !d.clock && d.addMeridiem(rest, n)
}

// addDate reads 2019-06-18, 2019/6/18, 2019.06.18 or 18.06.2019, and the time
// of day that may follow it after a T.
func (d *dateParts) addDate(word string, sep byte) bool {
	a, word := cutNumber(word)
	b, word, ok := cutSep(word, sep)
	if !ok {
		return false
	}
	c, word, ok := cutSep(word, sep)
	if !ok {
		return false
	}
	if sep == '.' && a <= 31 {
		a, c = c, a
	}
	if a < 1000 || !set(&d.year, a) || !set(&d.month, b) || !set(&d.day, c) {
		return false
	}
	if word == "" {
		return true
	}
	return (word[0] == 'T' || word[0] == 't') && len(word) > 1 && d.addClock(word[1:])
}

// addClock reads 9:00, 09:00:00 or 09:00:00.123, and what may follow without a
// space: Z, an offset, am or pm.
func (d *dateParts) addClock(word string) bool {
	if d.clock || word[0] < '0' || word[0] > '9' {
		return false
	}
	d.clock = true
	var ok bool
	d.hour, word = cutNumber(word)
	if d.minute, word, ok = cutSep(word, ':'); !ok {
		return false
	}
	if word != "" && word[0] == ':' {
		if d.sec, word, ok = cutSep(word, ':'); !ok {
			return false
		}
		if word != "" && (word[0] == '.' || word[0] == ',') {
			d.nsec, word = cutFraction(word[1:])
		}
	}
	switch {
	case word == "":
		return true
	case word[0] == '+' || word[0] == '-':
		return d.addOffset(word)
	default:
		return d.addName(word)
	}
}

// addMeridiem reads am or pm behind an hour, which it sets.
func (d *dateParts) addMeridiem(word string, hour int) bool {
	pm := strings.EqualFold(word, "pm") || strings.EqualFold(word, "p.m.")
	am := strings.EqualFold(word, "am") || strings.EqualFold(word, "a.m.")
	if hour < 1 || hour > 12 || d.afternoon || (!am && !pm) {
		return false
	}
	d.hour, d.clock, d.afternoon = hour%12, true, pm
	if pm {
		d.hour += 12
	}
	return true
}

// addOffset reads +02, -0500 or +05:30.
func (d *dateParts) addOffset(word string) bool {
	digits := strings.Replace(word[1:], ":", "", 1)
	if d.zone != nil || !isDigits(digits) || (len(digits) != 2 && len(digits) != 4) {
		return false
	}
	hours, minutes := number(digits[:2]), 0
	if len(digits) == 4 {
		minutes = number(digits[2:])
	}
	if hours > 14 || minutes > 59 { // UTC+14 is the farthest that exists
		return false
	}
	seconds := hours*3600 + minutes*60
	if word[0] == '-' {
		seconds = -seconds
	}
	d.zone = fixedZone(seconds)
	return true
}

// addName reads the name of a month, a weekday or a zone, am and pm, and "at".
func (d *dateParts) addName(word string) bool {
	word = strings.TrimSuffix(word, ".")
	if seconds, ok := zoneOffset(word); ok && d.zone == nil {
		d.zone = fixedZone(seconds)
		return true
	}
	for m := time.January; m <= time.December; m++ {
		if isShort(word, m.String()) || (m == time.September && strings.EqualFold(word, "sept")) {
			return set(&d.month, int(m))
		}
	}
	for w := time.Sunday; w <= time.Saturday; w++ {
		if isShort(word, w.String()) {
			return true
		}
	}
	if d.clock && d.addMeridiem(word, d.hour) {
		return true
	}
	return strings.EqualFold(word, "at")
}

// time puts the parts together, if they are a date that exists.
func (d *dateParts) time() (time.Time, bool) {
	if d.year < 1 || d.year > 9999 || d.month == 0 || d.day == 0 ||
		d.hour > 23 || d.minute > 59 || d.sec > 59 {
		return time.Time{}, false
	}
	zone := d.zone
	if zone == nil {
		zone = time.UTC
	}
	t := time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.sec, d.nsec, zone)
	// time.Date turns February 30 into March 2.
	return t, t.Year() == d.year && int(t.Month()) == d.month && t.Day() == d.day
}

// zoneOffset returns the seconds east of UTC of a zone that is called by its
// letters: those of RFC 822 §5.1, which mail and Ruby know, and Europe's.
// Others mean different offsets to different people.
func zoneOffset(name string) (seconds int, ok bool) {
	const hour = 3600
	switch strings.ToUpper(name) {
	case "Z", "UT", "UTC", "GMT", "WET":
		return 0, true
	case "EST", "CDT":
		return -5 * hour, true
	case "EDT":
		return -4 * hour, true
	case "CST", "MDT":
		return -6 * hour, true
	case "MST", "PDT":
		return -7 * hour, true
	case "PST":
		return -8 * hour, true
	case "CET", "WEST":
		return 1 * hour, true
	case "CEST", "EET":
		return 2 * hour, true
	case "EEST":
		return 3 * hour, true
	}
	return 0, false
}

// fixedZone returns UTC itself for no offset; the standard library shares the
// others that are whole hours, so a hundred thousand posts need few.
func fixedZone(seconds int) *time.Location {
	if seconds == 0 {
		return time.UTC
	}
	return time.FixedZone("", seconds)
}
