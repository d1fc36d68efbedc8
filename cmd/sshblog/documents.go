package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
)

// documents are what the ops listener serves at /-/NAME.
func (p *program) documents() map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{"sources": p.writeSources, "posts": p.writePosts}
}

// maxRefusedSources is how many sources /-/sources lists: as many as are remembered unless
// max-sources is raised. They take 2 MB of the program's share while they are written.
const maxRefusedSources = 16384

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
	list, besides := server.RefusedSources(maxRefusedSources)
	return writeList(w, "sources", list, besides, lineOf)
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

// writeList writes {"NAME":[…],"omitted":…} with each item on a line of its own, and without
// having all of it in memory.
func writeList[T, L any](w io.Writer, name string, list []T, omitted int, item func(T) L) error {
	if _, err := fmt.Fprintf(w, "{%q:[", name); err != nil {
		return err
	}
	separator := "\n"
	for _, v := range list {
		text, err := json.Marshal(item(v))
		if err != nil {
			return err
		}
		if _, err := w.Write(append([]byte(separator), text...)); err != nil {
			return err
		}
		separator = ",\n"
	}
	_, err := fmt.Fprintf(w, "\n],\"omitted\":%d}\n", omitted)
	return err
}
