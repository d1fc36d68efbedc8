package cluster_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/memory"
)

// readersPrefix begins the subjects of what NATS has of readers.
const readersPrefix = "$KV.sshblog-readers."

// streamOf is what NATS has of readers.
func streamOf(t *testing.T, nodes *natstest.Nodes) jetstream.Stream {
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
	s, err := js.Stream(t.Context(), "KV_sshblog-readers")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keysIn are the keys of all that NATS has of readers.
func keysIn(t *testing.T, nodes *natstest.Nodes) (keys []string) {
	t.Helper()
	info, err := streamOf(t, nodes).Info(t.Context(), jetstream.WithSubjectFilter(readersPrefix+">"))
	if err != nil {
		t.Fatal(err)
	}
	for subject := range info.State.Subjects {
		keys = append(keys, strings.TrimPrefix(subject, readersPrefix))
	}
	return keys
}

// lastings are the times after which NATS removes what it has of readers, by the beginnings of the keys; "": with
// the others.
func lastings(t *testing.T, nodes *natstest.Nodes) map[string][]string {
	t.Helper()
	s := streamOf(t, nodes)
	all := make(map[string][]string)
	for _, key := range keysIn(t, nodes) {
		m, err := s.GetLastMsgForSubject(t.Context(), readersPrefix+key)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // it is erased by now
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(key, ".")
		all[kind] = append(all[kind], m.Header.Get("Nats-TTL"))
	}
	return all
}

// memoryOf is that of a server.
func memoryOf(t *testing.T, c *cluster.Cluster) *memory.Memory {
	t.Helper()
	m := memory.New(c.Readers(), []byte("0123456789abcdef0123456789abcdef"), memory.Options{Wait: 5 * time.Second, Interval: 50 * time.Millisecond, Patience: 2 * time.Second})
	t.Cleanup(m.Close)
	return m
}

// keepsOver has a reader keep a passage, and waits until NATS has it.
func keepsOver(t *testing.T, nodes *natstest.Nodes, r *memory.Reader, text string) {
	t.Helper()
	if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "2026/a-post", Text: text}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, func() bool { return len(nodes.Holding(text)) > 0 }, "it is not written")
}

// What a reader had forgotten is not in the files of NATS any more when that is answered, nor, if NATS was away, when it
// is back; and what is left of it is removed after 30 days, a code after minutes.
func TestForgottenOverNATS(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	c := open(t, cluster.Config{URLs: nodes.URLs()})
	await(t, c)
	m := memoryOf(t, c)
	keeps := func(key, text string) *memory.Reader {
		t.Helper()
		r := m.Open([]byte(key))
		t.Cleanup(r.Close)
		r.Opened("2026/a-post")
		r.Read("2026/a-post")
		for _, n := range []string{"", " again", " once more"} { // each is in the versions that replace the one before
			keepsOver(t, nodes, r, text+n)
		}
		return r
	}
	const first, second = "what nobody should read any more", "nor this, when NATS is back"
	one, two := keeps("one", first), keeps("two", second)
	if _, _, err := one.Link(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := lastings(t, nodes); len(all["j"]) != 1 || all["j"][0] != "15m0s" || strings.Join(all["m"], "")+strings.Join(append(all["h"], all["v"]...), "") != "" {
		t.Errorf("NATS removes %q", all)
	}
	if err := one.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if files := nodes.Holding(first); len(files) > 0 {
		t.Errorf("it lies in %q", files)
	}
	nodes.Kill(0)
	eventually(t, 20*time.Second, func() bool { return !c.Stats().Connected }, "it is not noticed that NATS is away")
	if err := two.Forget(t.Context()); !errors.Is(err, memory.ErrAway) {
		t.Error(err)
	}
	nodes.Start(0)
	eventually(t, 60*time.Second, func() bool { return len(nodes.Holding(second)) == 0 }, "it lies there after NATS is back")
	markers := func() bool {
		all := lastings(t, nodes)
		left := strings.Join(slices.Concat(all["m"], all["h"], all["k"], all["v"]), " ")
		return left == strings.TrimSpace(strings.Repeat("720h0m0s ", 6))
	}
	eventually(t, 20*time.Second, markers, "what is left is not removed after 30 days")
}

// A passage that was removed is not in the files of NATS any more soon afterwards; the others are, at another server too.
func TestRemovedOverNATS(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	a, b := open(t, cluster.Config{URLs: nodes.URLs()}), open(t, cluster.Config{URLs: nodes.URLs()})
	await(t, a)
	await(t, b)
	here, there := memoryOf(t, a).Open([]byte("one")), memoryOf(t, b).Open([]byte("one"))
	t.Cleanup(here.Close)
	t.Cleanup(there.Close)
	const gone, stays, later = "what nobody should read any more", "what is kept", "what the other server adds"
	keepsOver(t, nodes, here, gone)
	keepsOver(t, nodes, here, stays)
	keepsOver(t, nodes, there, later)
	list := func(r *memory.Reader) (texts []string) {
		t.Helper()
		all, err := r.Highlights(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range all {
			texts = append(texts, h.Text)
			if h.Text == gone && r == here {
				if err := r.RemoveHighlight(t.Context(), h.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		slices.Sort(texts)
		return texts
	}
	eventually(t, 20*time.Second, func() bool { return len(list(here)) == 2 && len(list(there)) == 2 }, "it is not removed")
	eventually(t, 60*time.Second, func() bool { return len(nodes.Holding(gone)) == 0 }, "it lies there")
	want := []string{stays, later}
	for _, r := range []*memory.Reader{here, there} {
		if is := list(r); !slices.Equal(is, want) {
			t.Errorf("there are %q", is)
		}
	}
	for _, text := range want {
		if len(nodes.Holding(text)) == 0 {
			t.Errorf("%q is nowhere", text)
		}
	}
}
