package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sshblog/sshblog/internal/memory"
)

// Readers is where the states of readers are, a [memory.Store].
type Readers struct {
	c     *Cluster
	stale stale
}

// Readers returns the store, which needs no server of NATS before it is used.
func (c *Cluster) Readers() *Readers { return &Readers{c: c} }

// numbers is the key of a record that never expires, however seldom it is written.
const numbers = "posts"

// pointers begins the keys of records that say whose a reader's key is.
const pointers = "k."

// codes begins the keys of records that nobody needs any more soon.
const codes = "j."

func kindOf(key string) kind {
	if key == numbers {
		return blog
	}
	return readers
}

// maxKey is how long a key may be, in bytes.
const maxKey = 100

// checkKey refuses what is no valid key of NATS.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" ||
		strings.HasPrefix(key, ".") || strings.HasSuffix(key, ".") || strings.Contains(key, "..") {
		return fmt.Errorf("%q is no key of a record", key)
	}
	return nil
}

// Get implements [memory.Store].
func (r *Readers) Get(ctx context.Context, key string) (memory.Record, error) {
	if err := checkKey(key); err != nil {
		return memory.Record{}, err
	}
	get := r.get
	if strings.HasPrefix(key, texts) {
		get = r.getText
	}
	is, err := get(ctx, key)
	if err == nil && is.gone {
		err = memory.ErrNotFound
	}
	if err != nil {
		return memory.Record{}, known(err)
	}
	// Which reader a key belongs to is written once, and must last as long as the reader comes.
	if strings.HasPrefix(key, pointers) && time.Since(is.written) > forgetAfter/2 {
		if revision, err := r.c.put(ctx, readers, key, is.value, is.revision); err == nil {
			is.revision = revision
		}
	}
	return memory.Record{Value: is.value, Revision: is.revision, Written: is.written.Truncate(time.Second)}, nil
}

func (r *Readers) get(ctx context.Context, key string) (record, error) {
	return r.c.get(ctx, kindOf(key), key)
}

// Put implements [memory.Store].
func (r *Readers) Put(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	return r.PutFor(ctx, key, value, last, 0)
}

// PutFor implements [memory.Timed].
func (r *Readers) PutFor(ctx context.Context, key string, value []byte, last uint64, lasts time.Duration) (uint64, error) {
	if err := checkValue(key, value); err != nil {
		return 0, err
	}
	if strings.HasPrefix(key, texts) {
		revision, err := r.putText(ctx, key, value, last, lasts)
		return revision, known(err)
	}
	revision, err := r.c.putFor(ctx, kindOf(key), key, value, last, lasts)
	return revision, known(err)
}

func checkValue(key string, value []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(value) > memory.MaxValue {
		return fmt.Errorf("the value of %s has %d bytes, and may have %d", key, len(value), memory.MaxValue)
	}
	return nil
}

// known converts an error to package memory's.
func known(err error) error {
	if errors.Is(err, errChanged) {
		return memory.ErrConflict
	}
	return err
}

// PutAll implements [memory.Batcher]: all writes are under way at once.
func (r *Readers) PutAll(ctx context.Context, writes []memory.Write) []memory.Written {
	ctx, cancel := bounded(ctx)
	defer cancel()
	answers := make([]memory.Written, len(writes))
	acks := make([]jetstream.PubAckFuture, len(writes))
	for i, w := range writes {
		if strings.HasPrefix(w.Key, texts) {
			answers[i].Revision, answers[i].Err = r.PutFor(ctx, w.Key, w.Value, w.Last, w.Lasts)
			continue
		}
		k := kindOf(w.Key)
		err := checkValue(w.Key, w.Value)
		var s jetstream.Stream
		if err == nil {
			s, err = r.c.stream(ctx, k)
		}
		if err == nil {
			options := append(timed(s, w.Lasts), jetstream.WithExpectLastSequencePerSubject(w.Last))
			acks[i], err = r.c.js.PublishMsgAsync(r.c.message(k, w.Key, w.Value), options...)
		}
		answers[i].Err = err
	}
	for i, ack := range acks {
		if ack == nil {
			continue
		}
		select {
		case done := <-ack.Ok():
			answers[i].Revision = done.Sequence
		case err := <-ack.Err():
			answers[i] = r.refused(ctx, writes[i], err)
		case <-ctx.Done():
			answers[i].Err = r.c.failure(ctx.Err())
		}
	}
	return answers
}

// refused is the answer to a write that NATS has refused.
func (r *Readers) refused(ctx context.Context, w memory.Write, err error) memory.Written {
	k := kindOf(w.Key)
	switch {
	case conflict(err) && w.Last == 0: // what was removed may have left a marker
		revision, err := r.c.putFor(ctx, k, w.Key, w.Value, 0, w.Lasts)
		return memory.Written{Revision: revision, Err: known(err)}
	case conflict(err):
		return memory.Written{Err: memory.ErrConflict}
	}
	r.c.lost(k, err)
	return memory.Written{Err: r.c.failure(err)}
}

// Delete implements [memory.Store].
func (r *Readers) Delete(ctx context.Context, key string, last uint64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	lasts := memory.MarkerKept
	if strings.HasPrefix(key, codes) {
		lasts = memory.CodeValid
	}
	if err := r.Erase(ctx, key, last); err != nil {
		return err
	}
	return r.c.mark(ctx, kindOf(key), key, lasts)
}

// Erase implements [memory.Eraser].
func (r *Readers) Erase(ctx context.Context, key string, last uint64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if last == 0 {
		return memory.ErrConflict
	}
	if strings.HasPrefix(key, texts) {
		return known(r.eraseText(ctx, key, last))
	}
	return known(r.c.erase(ctx, kindOf(key), key, last))
}

// clocks is how far the clocks of this server and of NATS may differ.
const clocks = time.Minute

// watchPause is how long it takes until a watch that cannot be begun is tried again.
const watchPause = time.Second

// Watch implements [memory.Store]. While NATS is away it waits; the changes of that time are reported
// afterwards.
func (r *Readers) Watch(ctx context.Context, changed func(key string)) error {
	seen := make(map[kind]uint64) // the last message of each stream
	for {
		err := r.watch(ctx, seen, changed)
		if errors.Is(err, errClosed) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchPause):
		}
	}
}

// watch reports what others write to the streams, after what was seen, or since this server was started.
func (r *Readers) watch(ctx context.Context, seen map[kind]uint64, changed func(key string)) error {
	failed := make(chan error, 1)
	var mu sync.Mutex // of seen, and of calls of changed
	over := false
	var consuming []jetstream.ConsumeContext // at most two
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		// While NATS is away, stopping a consumer that is being recreated takes half a minute, which nobody
		// waits for.
		for _, c := range consuming {
			go c.Stop() //ledger:counted at most two for each time that NATS is away
		}
	}()
	for _, k := range [...]kind{readers, blog} {
		mu.Lock()
		consumer, err := r.follow(ctx, k, seen)
		mu.Unlock()
		if err != nil {
			return err
		}
		_, subject := r.c.names(k)
		c, err := consumer.Consume(func(m jetstream.Msg) {
			mu.Lock()
			defer mu.Unlock()
			if over {
				return
			}
			if about, err := m.Metadata(); err == nil {
				seen[k] = about.Sequence.Stream
			}
			if m.Headers().Get(headerServer) != r.c.server {
				changed(strings.TrimPrefix(m.Subject(), subject))
			}
		}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			if errors.Is(err, jetstream.ErrConnectionClosed) || errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrStreamNotFound) {
				select {
				case failed <- err:
				default:
				}
			}
		}))
		if err != nil {
			return r.c.failure(err)
		}
		consuming = append(consuming, c)
	}
	tidies := time.NewTicker(staleRest)
	defer tidies.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tidies.C:
			r.tidy(ctx)
		case err := <-failed:
			if e := r.c.ready(); errors.Is(e, errClosed) {
				return e
			}
			return r.c.failure(err)
		}
	}
}

// follow makes the consumer of a stream that begins behind what was seen.
func (r *Readers) follow(ctx context.Context, k kind, seen map[kind]uint64) (jetstream.Consumer, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := r.c.stream(ctx, k)
	if err != nil {
		return nil, err
	}
	info, err := r.c.info(ctx, k)
	if err != nil {
		return nil, err
	}
	_, subject := r.c.names(k)
	config := jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject + ">"}, HeadersOnly: true}
	if k == blog {
		config.FilterSubjects[0] = subject + numbers
	}
	if info.State.LastSeq < seen[k] { // the stream is another
		delete(seen, k)
	}
	if last, known := seen[k]; known {
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, last+1
	} else { // from before anything was read
		began := r.c.began.Add(-clocks)
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &began
	}
	consumer, err := s.OrderedConsumer(ctx, config)
	if err != nil {
		return nil, r.c.failure(err)
	}
	return consumer, nil
}
