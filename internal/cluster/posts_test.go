package cluster_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/push/storetest"
)

func TestPosts(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	var n atomic.Int64
	fresh := func(tb testing.TB) push.Shared {
		c := open(tb, cluster.Config{URLs: nodes.URLs(), Name: fmt.Sprintf("blog-%d", n.Add(1))})
		await(tb, c)
		return c.Posts()
	}
	t.Run("shared", func(t *testing.T) { storetest.RunShared(t, fresh) })
	t.Run("store", func(t *testing.T) {
		storetest.Run(t, func(tb testing.TB) push.Store {
			s, err := push.OpenShared(filepath.Join(tb.TempDir(), "git"), fresh(tb))
			if err != nil {
				tb.Fatal(err)
			}
			return s
		})
	})
}

// raw is a client of NATS that is no server of the blog's.
func raw(t *testing.T, nodes *natstest.Nodes) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	conn, err := nats.Connect(nodes.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

// objectsOf yields objects by their names.
func objectsOf(texts map[string]string) iter.Seq2[push.Content, error] {
	return func(yield func(push.Content, error) bool) {
		for name, text := range texts {
			if !yield(push.Content{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}, nil) {
				return
			}
		}
	}
}

// Of a large object only the pieces travel that are not there; that the stream has lost what it had is seen.
func TestPiecesAreLost(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	c := open(t, cluster.Config{URLs: nodes.URLs()})
	await(t, c)
	posts, texts := c.Posts(), map[string]string{"a1": strings.Repeat("0123456789abcdef", 64<<10)} // four pieces
	if err := posts.Put(t.Context(), objectsOf(texts)); err != nil {
		t.Fatal(err)
	}
	known, _, err := posts.Lost(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	conn, js := raw(t, nodes)
	stream, err := js.Stream(t.Context(), "sshblog-objects")
	if err != nil {
		t.Fatal(err)
	}
	lose := func() {
		t.Helper()
		if err := js.DeleteStream(t.Context(), "sshblog-objects"); err != nil {
			t.Fatal(err)
		}
		if _, err := js.CreateStream(t.Context(), stream.CachedInfo().Config); err != nil {
			t.Fatal(err)
		}
	}
	lose()
	if _, lost, err := posts.Lost(t.Context(), known); !lost || err != nil {
		t.Errorf("it is not seen that all was lost, %v", err)
	}
	if _, err := posts.Get(t.Context(), "a1"); !errors.Is(err, push.ErrLost) {
		t.Errorf("an object that was lost is %v", err)
	}
	if _, err := js.Publish(t.Context(), "sshblog.objects.a1.2", []byte(texts["a1"][512<<10:768<<10])); err != nil {
		t.Fatal(err)
	}
	travelled, err := conn.SubscribeSync("sshblog.objects.>")
	if err != nil || conn.Flush() != nil {
		t.Fatal(err)
	}
	if err := posts.Put(t.Context(), objectsOf(texts)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil { // what was sent before its answer is here then
		t.Fatal(err)
	}
	if n, _, err := travelled.Pending(); n != 3 || err != nil {
		t.Errorf("%d pieces travel where three of four are not there, %v", n, err)
	}
	from, err := posts.Get(t.Context(), "a1")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(from); string(text) != texts["a1"] || err != nil {
		t.Errorf("%d bytes have come back, %v", len(text), err)
	}
}

// Records of the version of sshblog before and of the next one are read; what a later one has besides stays when the record
// is replaced, and one that this version cannot make sense of is refused, and left alone.
func TestFormats(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	c := open(t, cluster.Config{URLs: nodes.URLs()})
	await(t, c)
	posts := c.Posts()
	conn, js := raw(t, nodes)
	bucket, err := js.KeyValue(t.Context(), "sshblog-blog")
	if err != nil {
		t.Fatal(err)
	}
	put := func(key, text string) {
		t.Helper()
		if _, err := js.Publish(t.Context(), "$KV.sshblog-blog."+key, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want string) {
		t.Helper()
		e, err := bucket.Get(t.Context(), "head")
		if err != nil {
			t.Fatal(err)
		}
		if got := regexp.MustCompile(`"when":"[^"]*"`).ReplaceAllString(string(e.Value()), `"when":""`); got != want {
			t.Errorf("the record is %s, not %s", got, want)
		}
	}
	moved := func(from, to string) {
		t.Helper()
		if head, err := posts.Head(t.Context()); head != from || err != nil {
			t.Errorf("the newest version is %q, not %q, %v", head, from, err)
		}
		if err := posts.Move(t.Context(), from, to); err != nil {
			t.Error(err)
		}
	}
	put("head", `{"version":"v1"}`)
	moved("v1", "v2")
	is(`{"format":1,"least":1,"version":"v2","when":""}`)
	put("head", `{"format":2,"least":1,"version":"v3","when":"2026-02-02T00:00:00Z","seal":{"by":["a"]}}`)
	moved("v3", "v4")
	is(`{"format":2,"least":1,"seal":{"by":["a"]},"version":"v4","when":""}`)
	const newer = `{"format":3,"least":2,"versions":["v5"]}`
	put("head", newer)
	if _, err := posts.Head(t.Context()); !errors.Is(err, cluster.ErrNewer) {
		t.Errorf("a version that cannot be read is %v", err)
	}
	if err := posts.Move(t.Context(), "", "v6"); !errors.Is(err, cluster.ErrNewer) {
		t.Errorf("a version that cannot be read is replaced: %v", err)
	}
	is(newer)
	put("pushed.a1", `{"format":2,"least":1,"after":"b2","who":"anna","when":"2026-02-02T00:00:00Z","key":"x"}`)
	if after, by, ok, err := posts.Noted(t.Context(), "a1"); !ok || err != nil || after != "b2" || by.Author != "anna" {
		t.Errorf("a version was pushed after %q by %v, %t, %v", after, by, ok, err)
	}
	put("pushed.a2", `{"format":3,"least":2,"who":"anna"}`)
	if _, by, ok, err := posts.Noted(t.Context(), "a2"); ok || err != nil {
		t.Errorf("what cannot be read tells of %v, %v", by, err)
	}
	told := make(chan bool, 10)
	go func() { _ = c.Changes(t.Context(), func(lacks bool) { told <- lacks }) }()
	<-told                                      // it is connected
	eventually(t, 10*time.Second, func() bool { // NATS may not have heard yet that it listens
		if err := errors.Join(conn.Publish("sshblog.posts", []byte(`{"format":2,"server":"x","lacks":true,"why":{}}`)), conn.Flush()); err != nil {
			t.Fatal(err)
		}
		select {
		case lacks := <-told:
			return lacks
		case <-time.After(100 * time.Millisecond):
			return false
		}
	}, "what a later version asks for is not heard")
}
