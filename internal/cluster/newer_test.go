package cluster_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/memory"
)

// withField returns a record to which a newer version has added a field.
func withField(record []byte, text string) []byte {
	const tag = 77 // that no version has
	data := binary.BigEndian.AppendUint32(nil, uint32(time.Now().Unix()-946_598_400))
	data = append(data, text...)
	record = binary.AppendUvarint(binary.AppendUvarint(bytes.Clone(record), tag), uint64(len(data)))
	return append(record, data...)
}

// A server beside one of a newer version takes nothing away: what that has added to the records of a reader stays when the
// older one writes them, and a record of another form is left as it is.
func TestServersOfTwoVersions(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	newer, older := open(t, cluster.Config{URLs: nodes.URLs()}), open(t, cluster.Config{URLs: nodes.URLs()})
	await(t, newer)
	await(t, older)
	store := newer.Readers()
	keyOf := func(kind string) (key string) {
		t.Helper()
		for _, at := range keysIn(t, nodes) {
			if strings.HasPrefix(at, kind) {
				key = at
			}
		}
		return key
	}
	get := func(kind string) memory.Record {
		t.Helper()
		is, err := store.Get(t.Context(), keyOf(kind))
		if err != nil {
			t.Fatal(kind, err)
		}
		return is
	}
	put := func(kind string, change func(value []byte) []byte) []byte {
		t.Helper()
		is := get(kind)
		value := change(is.Value)
		if _, err := store.Put(t.Context(), keyOf(kind), value, is.Revision); err != nil {
			t.Fatal(err)
		}
		return value
	}

	m := memoryOf(t, newer)
	r := m.Open([]byte("one"))
	r.Read("2026/first")
	keepsOver(t, nodes, r, "kept by the newer one")
	eventually(t, 20*time.Second, func() bool { return keyOf("m.") != "" }, "it is not written")
	r.Close()
	m.Close()
	const added = "what a newer version has added"
	for _, kind := range []string{"m.", "h."} {
		put(kind, func(value []byte) []byte { return withField(value, added) })
	}

	m = memoryOf(t, older)
	r = m.Open([]byte("one"))
	if r.Mark("2026/first").Read.IsZero() {
		t.Error("the older one does not know what was read")
	}
	r.Read("2026/second")
	keepsOver(t, nodes, r, "kept by the older one")
	r.Close()
	m.Close() // which writes
	for _, kind := range []string{"m.", "h."} {
		if is := get(kind); !bytes.Contains(is.Value, []byte(added)) {
			t.Errorf("%s is %q", kind, is.Value)
		}
	}
	m = memoryOf(t, newer)
	r = m.Open([]byte("one"))
	if list, err := r.Highlights(t.Context()); err != nil || len(list) != 2 || r.Mark("2026/first").Read.IsZero() || r.Mark("2026/second").Read.IsZero() {
		t.Errorf("%v, %v, %+v, %+v", list, err, r.Mark("2026/first"), r.Mark("2026/second"))
	}
	r.Close()
	m.Close()

	form := func(value []byte) []byte { return append([]byte{value[0], value[1] + 1}, "of a form to come"...) }
	left := map[string][]byte{"m.": put("m.", form), "h.": put("h.", form)}
	m = memoryOf(t, older)
	r = m.Open([]byte("one"))
	r.Read("2026/third")
	if err := r.AddHighlight(t.Context(), memory.Highlight{Address: "2026/third", Text: "words"}); err == nil {
		t.Error("something is kept in a record of another form")
	}
	other := m.Open([]byte("two"))
	other.Read("2026/third")
	other.Close()
	r.Close()
	m.Close()
	for kind, value := range left {
		found := false
		for _, at := range keysIn(t, nodes) {
			if strings.HasPrefix(at, kind) {
				is, err := store.Get(t.Context(), at)
				found = found || err == nil && bytes.Equal(is.Value, value)
			}
		}
		if !found {
			t.Errorf("%s is not what the newer one has written", kind)
		}
	}
}
