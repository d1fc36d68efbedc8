package main

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/netip"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
)

// documents are what the ops listener serves at /-/NAME.
func (p *program) documents() map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{"sources": p.writeSources, "posts": p.writePosts}
}

// refusedSource is a source in /-/sources.
type refusedSource struct {
	Source      string     `json:"source"` // a prefix; "" for addresses that are not IP
	Reason      string     `json:"reason"`
	Misdeed     string     `json:"misdeed,omitempty"` // for a penalty
	Refusals    uint32     `json:"refusals"`
	Since       time.Time  `json:"since"`
	Until       *time.Time `json:"until,omitempty"` // for a penalty
	Connections int        `json:"connections"`
}

// writeSources writes the sources that are refused now, one a line.
func (p *program) writeSources(w io.Writer) error {
	server := p.health.server.Load()
	if server == nil {
		return errors.New("the server is starting, and refuses nobody yet")
	}
	return writeSources(w, server.RefusedSources())
}

// writeSources writes {"sources":[…]} with each source on a line of its own as it comes, so that
// nothing of it is held.
func writeSources(w io.Writer, sources iter.Seq[sshd.RefusedSource]) error {
	if _, err := io.WriteString(w, `{"sources":[`); err != nil {
		return err
	}
	separator := "\n"
	for r := range sources {
		text, err := json.Marshal(lineOf(r))
		if err != nil {
			return err
		}
		if _, err := w.Write(append([]byte(separator), text...)); err != nil {
			return err
		}
		separator = ",\n"
	}
	_, err := io.WriteString(w, "\n]}\n")
	return err
}

// lineOf returns a source as it is listed.
func lineOf(r sshd.RefusedSource) refusedSource {
	line := refusedSource{
		Reason: r.Reason.String(), Refusals: r.Refusals, Since: r.Since.UTC().Truncate(time.Second), Connections: r.Connections,
	}
	if r.Source != (netip.Prefix{}) {
		line.Source = r.Source.String()
	}
	if !r.Until.IsZero() {
		until := r.Until.UTC().Truncate(time.Second)
		line.Misdeed, line.Until = r.Misdeed.String(), &until
	}
	return line
}
