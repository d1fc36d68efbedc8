package main

import (
	"errors"
	"io"
	"iter"
	"net/netip"
	"strconv"
	"time"

	"github.com/sshblog/sshblog/internal/sshd"
)

// documents are what the ops listener serves at /-/NAME.
func (p *program) documents() map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{"sources": p.writeSources, "posts": p.writePosts}
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
	var line []byte // the same for all: of 16,384 sources there would be megabytes of garbage
	separator := "\n"
	for r := range sources {
		line = appendSource(append(line[:0], separator...), r)
		if _, err := w.Write(line); err != nil {
			return err
		}
		separator = ",\n"
	}
	_, err := io.WriteString(w, "\n]}\n")
	return err
}

// appendSource appends a source as JSON. Reasons are plain words.
func appendSource(line []byte, r sshd.RefusedSource) []byte {
	line = append(line, `{"source":"`...)
	if r.Source != (netip.Prefix{}) { // else its address is not IP
		line = r.Source.AppendTo(line)
	}
	line = append(append(line, `","reason":"`...), r.Reason.String()...)
	penalty := !r.Until.IsZero()
	if penalty {
		line = append(append(line, `","offence":"`...), r.Offence.String()...)
	}
	line = strconv.AppendUint(append(line, `","refusals":`...), uint64(r.Refusals), 10)
	line = r.Since.UTC().AppendFormat(append(line, `,"since":"`...), time.RFC3339)
	if penalty {
		line = r.Until.UTC().AppendFormat(append(line, `","until":"`...), time.RFC3339)
	}
	line = strconv.AppendInt(append(line, `","connections":`...), int64(r.Connections), 10)
	return append(line, '}')
}
