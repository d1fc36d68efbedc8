package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/push"
)

// fakeJetStream has a test answer what a server asks of JetStream. "" is no answer.
func fakeJetStream(t *testing.T, answer func(m *nats.Msg) string) *cluster.Cluster {
	t.Helper()
	nodes := natstest.Start(t, 1, "jetstream: disabled")
	conn, err := nats.Connect(nodes.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	for _, subject := range []string{"$JS.API.>", "$KV.>", "sshblog.objects.>"} {
		if _, err := conn.Subscribe(subject, func(m *nats.Msg) {
			if text := answer(m); text != "" && m.Reply != "" {
				_ = m.Respond([]byte(text)) // who does not hear it complains
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return open(t, cluster.Config{URLs: nodes.URLs()})
}

// infoOf is what JetStream says of a stream in which these subjects have a message.
func infoOf(m *nats.Msg, subjects ...string) string {
	name := m.Subject[strings.LastIndex(m.Subject, ".")+1:]
	there := make(map[string]int)
	for _, s := range subjects {
		there[s] = 1
	}
	text, _ := json.Marshal(map[string]any{ // of nothing that could fail
		"config": map[string]any{"name": name}, "created": time.Unix(1, 0), "total": len(there),
		"state": map[string]any{"messages": len(there), "subjects": there},
	})
	return string(text)
}

const (
	underWay = `{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"}}`
	stored   = `{"stream":"sshblog-objects","seq":1}`
	nothing  = `{"error":{"code":404,"err_code":10037,"description":"no message found"}}`
)

// What NATS refuses since another writes the same at that moment is there only once it is: the other may yet fail.
func TestAnotherIsUnderWay(t *testing.T) {
	var sent, refusals atomic.Int64
	c := fakeJetStream(t, func(m *nats.Msg) string {
		switch {
		case strings.HasPrefix(m.Subject, "$JS.API.STREAM.INFO."):
			return infoOf(m)
		case strings.HasPrefix(m.Subject, "$JS.API.STREAM.MSG.GET."):
			return nothing
		}
		if sent.Add(1) <= refusals.Load() {
			return underWay
		}
		return stored
	})
	put := func(ctx context.Context) error { return c.Posts().Put(ctx, objectsOf(map[string]string{"a1": "text"})) }
	note := func(ctx context.Context) error {
		return c.Posts().Note(ctx, "a1", "", push.Signature{Author: "anna", When: time.Unix(1, 0)})
	}
	for name, write := range map[string]func(context.Context) error{"an object": put, "a note": note} {
		sent.Store(0)
		refusals.Store(2)
		if err := write(t.Context()); err != nil || sent.Load() != 3 {
			t.Errorf("%s: after %d writes: %v", name, sent.Load(), err)
		}
		sent.Store(0)
		refusals.Store(1 << 30)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if err := write(ctx); !errors.Is(err, push.ErrApart) {
			t.Errorf("%s: it is there though nobody has written it: %v", name, err)
		}
		cancel()
	}
}

// Who stops watching does not wait for a consumer that JetStream does not answer about.
func TestWatchEnds(t *testing.T) {
	var created atomic.Int64
	again := make(chan struct{}, 10)
	c := fakeJetStream(t, func(m *nats.Msg) string {
		switch {
		case strings.HasPrefix(m.Subject, "$JS.API.STREAM.INFO."):
			return infoOf(m)
		case strings.HasPrefix(m.Subject, "$JS.API.CONSUMER.CREATE."):
			parts := strings.Split(m.Subject, ".")
			if parts[4] == "KV_sshblog-readers" && created.Add(1) > 1 {
				again <- struct{}{}
				return ""
			}
			return fmt.Sprintf(`{"name":%q,"stream_name":%q,"config":{"name":%[1]q}}`, parts[5], parts[4])
		case strings.HasPrefix(m.Subject, "$JS.API.CONSUMER.MSG.NEXT.KV_sshblog-readers."):
			gone := nats.NewMsg(m.Reply) // so that it is made anew
			gone.Header.Set("Status", "409")
			gone.Header.Set("Description", "Consumer Deleted")
			_ = m.RespondMsg(gone) // it tries again
		}
		return ""
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Readers().Watch(ctx, func(string) {}) }()
	<-again
	cancel()
	const patience = 5 * time.Second // a request of the client's own has ten
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it waits for a consumer that is being made")
	}
}
