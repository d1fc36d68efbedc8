package command

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/sshblog/sshblog/internal/post"
)

// jsonPost is a post in what commands print as JSON. Its fields are documented in README.md.
type jsonPost struct {
	Slug        string     `json:"slug"`
	Title       string     `json:"title"`
	Date        *time.Time `json:"date"`
	Category    string     `json:"category"`
	Tags        []string   `json:"tags"`
	Language    string     `json:"lang"`
	ReadingTime int        `json:"reading_time"`
	Summary     string     `json:"summary"`
	URL         string     `json:"url"`
	Excerpt     string     `json:"excerpt,omitempty"` // of what a search found
	State       string     `json:"state,omitempty"`   // of a post that readers do not see: draft, future or expired
	Until       *time.Time `json:"until,omitempty"`   // when it appears
}

func (s *Session) asJSON(p *post.Post) *jsonPost {
	j := &jsonPost{
		Slug: p.Address, Title: p.Title(), Category: p.Category(), Tags: p.Tags, Language: s.Index.LanguageOf(p),
		ReadingTime: p.Minutes(), Summary: p.Summary(),
	}
	if !p.Date.IsZero() {
		date := p.Date.Truncate(time.Second)
		j.Date = &date
	}
	if held, ok := s.Index.Held(p); ok {
		j.State = held.Reason
		if !held.Until.IsZero() {
			j.Until = &held.Until
		}
	}
	if j.Tags == nil {
		j.Tags = []string{}
	}
	if s.URL != nil {
		j.URL = s.URL(p)
	}
	return j
}

// comma ends the line before, in a list that has one element a line.
func comma(after bool) string {
	if after {
		return ",\n"
	}
	return "\n"
}

// json prints a value on one line, without an end.
func (o *output) json(v any) bool {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return false
	}
	return o.write(string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
}
