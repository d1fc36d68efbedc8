package post

import (
	"strconv"
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
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && s[0] != '+' && s[0] != '-' {
		return numericDate(s, n)
	}
	for _, layout := range [...]string{time.DateOnly, time.RFC3339, "2006-01-02 15:04:05 -0700"} { // nearly all
		if t, err := time.Parse(layout, s); err == nil {
			return inZone(t)
		}
	}
	var w dateWords
	for _, word := range strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }) {
		w.add(word)
	}
	return w.parse()
}

// numericDate reads YYYYMMDD, or Unix time in seconds or milliseconds.
func numericDate(s string, n int64) (time.Time, bool) {
	switch len(s) {
	case 8:
		t, err := time.Parse("20060102", s)
		return t, err == nil && t.Year() > 0
	case 9, 10:
		return time.Unix(n, 0).UTC(), true
	case 12, 13:
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

// dateWords are the words of a date, of each kind those that there are.
type dateWords struct{ date, clock, half, zone []string }

// add sorts in a word in capitals, which may be several without a space between.
func (w *dateWords) add(word string) {
	end := strings.IndexFunc(word, func(r rune) bool { return r >= 'A' && r <= 'Z' })
	name := strings.TrimSuffix(word, ".")
	switch {
	case word[0] == '+' || word[0] == '-':
		w.zone = append(w.zone, fullOffset(word))
	case strings.HasPrefix(word, "UTC") && len(word) > 4, strings.HasPrefix(word, "GMT") && len(word) > 4: // GMT+2
		w.add(word[3:])
	case word[0] >= '0' && word[0] <= '9':
		w.addNumber(word, end)
	case name == "AM" || name == "PM" || name == "A.M" || name == "P.M":
		w.half = append(w.half, name[:1]+"M")
	case zoneOffset(name) != "" && len(w.zone) > 0: // -0500 EST
	case zoneOffset(name) != "":
		w.zone = append(w.zone, zoneOffset(name))
	case name == "AT" || isWeekday(name):
	case name == "SEPT":
		w.date = append(w.date, "SEP")
	default:
		w.date = append(w.date, name)
	}
}

// addNumber sorts in a word that starts with a digit, in which letters start at an
// offset, or nowhere.
func (w *dateWords) addNumber(word string, letters int) {
	if letters < 0 {
		letters = len(word)
	}
	number, rest := word[:letters], word[letters:]
	switch offset := strings.LastIndexAny(number, "+-"); {
	case strings.Contains(number, ":") && offset > 0:
		w.clock = append(w.clock, number[:offset])
		w.zone = append(w.zone, fullOffset(number[offset:]+rest))
	case strings.Contains(number, ":"):
		w.clock = append(w.clock, number)
		if rest != "" {
			w.add(rest)
		}
	case len(rest) > 1 && rest[0] == 'T' && rest[1] >= '0' && rest[1] <= '9':
		w.date = append(w.date, number)
		w.add(rest[1:])
	case rest == "ST" || rest == "ND" || rest == "RD" || rest == "TH":
		w.date = append(w.date, number)
	case strings.HasPrefix(rest, "A") || strings.HasPrefix(rest, "P"): // "5pm" has only an hour
		w.clock = append(w.clock, number+":00")
		w.add(rest)
	case len(number) == 4 && strings.Contains(strings.Join(w.date, " "), number):
		// The date command's output, pasted behind a date, repeats the year.
	default:
		w.date = append(w.date, word)
	}
}

// parse reads the words in the orders that there are.
func (w *dateWords) parse() (time.Time, bool) {
	if len(w.date) == 0 || len(w.clock) > 1 || len(w.half) > 1 || len(w.zone) > 1 {
		return time.Time{}, false
	}
	text := strings.Join(w.date, " ") + " " + strings.Join(append(append(w.clock, w.half...), w.zone...), " ")
	for _, date := range [...]string{"2006-1-2", "2006/1/2", "2006.1.2", "2.1.2006", "Jan 2 2006", "January 2 2006", "2 Jan 2006", "2 January 2006"} {
		for _, clock := range [...]string{" ", " 15:04", " 15:04:05", " 3:04 PM", " 3:04:05 PM"} {
			for _, zone := range [...]string{"", " -07:00", " -0700", " -07"} {
				if t, err := time.Parse(date+clock+zone, text); err == nil {
					return inZone(t)
				}
			}
		}
	}
	return time.Time{}, false
}

// inZone returns a time whose zone may exist: none is beyond UTC+14 and some minutes. The
// standard library shares the zones of whole hours, so a hundred thousand posts need few.
func inZone(t time.Time) (time.Time, bool) {
	_, offset := t.Zone()
	if t.Year() < 1 || max(offset, -offset) >= 15*3600 {
		return time.Time{}, false
	}
	if offset == 0 {
		return t.UTC(), true
	}
	return t.In(time.FixedZone("", offset)), true
}

// fullOffset completes an offset whose hours are one digit: -5, +1:30 or +530.
func fullOffset(s string) string {
	if hours, _, _ := strings.Cut(s, ":"); len(hours) == 2 || len(hours) == 4 {
		return s[:1] + "0" + s[1:]
	}
	return s
}

func isWeekday(name string) bool {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if full := strings.ToUpper(day.String()); len(name) >= 3 && strings.HasPrefix(full, name) && (len(name) < 5 || name == full) {
			return true
		}
	}
	return false
}

// zoneOffset returns the offset of a zone that is called by its letters: those of RFC
// 822 §5.1, which mail and Ruby know, and Europe's. Others mean different offsets to
// different people.
func zoneOffset(name string) string {
	for offset, names := range map[string]string{
		"+00": " Z UT UTC GMT WET ", "-05": " EST CDT ", "-04": " EDT ", "-06": " CST MDT ", "-07": " MST PDT ", "-08": " PST ",
		"+01": " CET WEST ", "+02": " CEST EET ", "+03": " EEST ",
	} {
		if strings.Contains(names, " "+name+" ") {
			return offset
		}
	}
	return ""
}
