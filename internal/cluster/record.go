package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Headers of messages. The operation is as in NATS' buckets, so that its tools show what is there.
const (
	headerServer    = "Sshblog-Server"
	headerOperation = "KV-Operation"
	operationPurge  = "PURGE"
)

// errChanged says that a record is another than the one that was to be replaced.
var errChanged = errors.New("the record has changed")

// record is the last message of a subject.
type record struct {
	value    []byte
	revision uint64
	written  time.Time
	header   nats.Header
	gone     bool // it was removed; the revision is the marker's
}

// get returns what a subject has. One without a message has revision 0, and is gone.
func (c *Cluster) get(ctx context.Context, k kind, key string) (record, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := c.stream(ctx, k)
	if err != nil {
		return record{}, err
	}
	_, subject := c.names(k)
	m, err := s.GetLastMsgForSubject(ctx, subject+key)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return record{gone: true}, nil
	case err != nil:
		c.lost(k, err)
		return record{}, c.failure(err)
	}
	gone := m.Header.Get(headerOperation) != "" || m.Header.Get("Nats-Marker-Reason") != ""
	return record{m.Data, m.Sequence, m.Time, m.Header, gone}, nil
}

// message is what is written for a key.
func (c *Cluster) message(k kind, key string, value []byte) *nats.Msg {
	_, subject := c.names(k)
	return &nats.Msg{Subject: subject + key, Data: value, Header: nats.Header{headerServer: {c.server}}}
}

// put replaces the record with a revision, 0 for none, and returns the new revision. The error is
// errChanged if there is another.
func (c *Cluster) put(ctx context.Context, k kind, key string, value []byte, last uint64) (uint64, error) {
	return c.putFor(ctx, k, key, value, last, 0)
}

// timed are the options of a message that NATS is to remove after a time; 0: when it removes all of the stream.
func timed(s jetstream.Stream, lasts time.Duration) []jetstream.PublishOpt {
	if of := s.CachedInfo().Config; lasts <= 0 || !of.AllowMsgTTL || of.MaxAge > 0 && lasts >= of.MaxAge {
		return nil // who runs NATS was warned of a stream that does not have it
	}
	return []jetstream.PublishOpt{jetstream.WithMsgTTL(lasts)}
}

// putFor is put of what is to be removed after a time.
func (c *Cluster) putFor(ctx context.Context, k kind, key string, value []byte, last uint64, lasts time.Duration) (uint64, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := c.stream(ctx, k)
	if err != nil {
		return 0, err
	}
	options := timed(s, lasts)
	after := func(last uint64) []jetstream.PublishOpt {
		return append([]jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(last)}, options...)
	}
	ack, err := c.js.PublishMsg(ctx, c.message(k, key, value), after(last)...)
	for conflict(err) && last == 0 {
		var is record
		if is, err = c.get(ctx, k, key); err != nil || !is.gone {
			return 0, errors.Join(err, errChanged)
		}
		if is.revision == 0 { // another is on its way, and may yet fail
			if err := pause(ctx); err != nil {
				return 0, c.failure(err)
			}
		} // else what was removed has left a marker
		ack, err = c.js.PublishMsg(ctx, c.message(k, key, value), after(is.revision)...)
	}
	switch {
	case conflict(err):
		return 0, errChanged
	case err != nil:
		c.lost(k, err)
		return 0, c.failure(err)
	}
	return ack.Sequence, nil
}

// pause waits a moment for requests of others.
func pause(ctx context.Context) error {
	const moment = 50 * time.Millisecond
	select {
	case <-time.After(moment):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// info asks for what a stream is and has.
func (c *Cluster) info(ctx context.Context, k kind, options ...jetstream.StreamInfoOpt) (*jetstream.StreamInfo, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := c.stream(ctx, k)
	if err != nil {
		return nil, err
	}
	info, err := s.Info(ctx, options...)
	if err != nil {
		c.lost(k, err)
		return nil, c.failure(err)
	}
	return info, nil
}

// subjects returns those of a stream that have a message, as far as a filter lets through.
func (c *Cluster) subjects(ctx context.Context, k kind, filter string) (map[string]uint64, error) {
	info, err := c.info(ctx, k, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	return info.State.Subjects, nil
}

// conflict reports whether an error means that the last message of a subject is not the expected one.
func conflict(err error) bool {
	if e, ok := errors.AsType[*jetstream.APIError](err); ok {
		return e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || e.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant
	}
	return false
}

// erase removes the record with a revision: NATS overwrites it where it lies. The error is errChanged if there is
// another record.
func (c *Cluster) erase(ctx context.Context, k kind, key string, last uint64) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	is, err := c.get(ctx, k, key)
	switch {
	case err != nil:
		return err
	case is.gone || is.revision != last:
		return errChanged
	}
	s, err := c.stream(ctx, k)
	if err != nil {
		return err
	}
	// Each message has its own sequence number, so this cannot remove a newer one.
	if err := s.SecureDeleteMsg(ctx, last); err != nil {
		if is, failed := c.get(ctx, k, key); failed == nil && is.revision != last { // another was faster
			return errChanged
		}
		return c.failure(err)
	}
	return nil
}

// mark leaves a marker without a value where a record was erased, which tells the others for a while.
func (c *Cluster) mark(ctx context.Context, k kind, key string, lasts time.Duration) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := c.stream(ctx, k)
	if err != nil {
		return err
	}
	marker := c.message(k, key, nil)
	marker.Header.Set(headerOperation, operationPurge)
	options := append(timed(s, lasts), jetstream.WithExpectLastSequencePerSubject(0))
	if _, err = c.js.PublishMsg(ctx, marker, options...); err != nil && !conflict(err) {
		return fmt.Errorf("it is removed, but others are not told: %w", c.failure(err))
	}
	return nil
}
