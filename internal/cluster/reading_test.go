package cluster_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
)

func totals(t *testing.T, c cluster.Config) *cluster.Totals {
	t.Helper()
	all, err := open(t, c).Totals()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Who reads on several servers is added up, by post too, and of one that says nothing any more nobody is left,
// at once if it says that it ends.
func TestTotals(t *testing.T) {
	t.Parallel()
	config := cluster.Config{URLs: natstest.Start(t, 1, "").URLs()}
	a, b, c := totals(t, config), totals(t, config), totals(t, config)
	atB := cluster.Reading{All: 3, Posts: map[string]int{"redis": 2}}
	atC := cluster.Reading{All: 1}
	sum := func() cluster.Reading {
		return a.Exchange(cluster.Reading{All: 2, Posts: map[string]int{"redis": 1, "nats": 1}})
	}
	eventually(t, 10*time.Second, func() bool {
		b.Exchange(atB)
		c.Exchange(atC)
		all := sum()
		return all.All == 6 && all.Posts["redis"] == 3 && all.Posts["nats"] == 1
	}, "three servers do not come to 6 readers")
	c.Close()
	eventually(t, 10*time.Second, func() bool { b.Exchange(atB); return sum().All == 5 }, "who reads on a server that has ended is still counted")
	var after []int
	for range 4 {
		after = append(after, sum().All)
	}
	if after[0] != 5 || after[3] != 2 {
		t.Errorf("with a server that says nothing any more there were %v readers, want 5 at first and then 2", after)
	}
}

// Many posts are not told of all, and what another says that cannot be right is not shown to readers.
func TestTotalsAreBounded(t *testing.T) {
	t.Parallel()
	config := cluster.Config{URLs: natstest.Start(t, 1, "").URLs()}
	conn, err := nats.Connect(config.URLs[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	told, err := conn.SubscribeSync("sshblog.reading")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	a := totals(t, config)
	posts := map[string]int{strings.Repeat("x", 1000): 9, "much-read": 5}
	for i := range 10_000 {
		posts[fmt.Sprintf("post-%d", i)] = 1
	}
	var m *nats.Msg
	eventually(t, 10*time.Second, func() bool {
		a.Exchange(cluster.Reading{All: 10_014, Posts: posts})
		m, err = told.NextMsg(100 * time.Millisecond)
		return err == nil
	}, "nothing is told")
	if len(m.Data) > 1<<14 || !strings.Contains(string(m.Data), `"much-read":5`) {
		t.Errorf("%d bytes are told: %.300s", len(m.Data), m.Data)
	}
	wrong := []string{
		"{", `{"format":1,"server":"","all":5}`, `{"format":1,"server":"w","all":-5}`, `{"format":1,"server":"w","all":5,"posts":{"a":6}}`,
		`{"format":1,"server":"w","all":5,"posts":{"a":-1}}`, `{"format":1,"server":"w","all":5,"posts":{"` + strings.Repeat("a", 300) + `":1}}`,
		`{"format":1,"server":"w","all":5` + strings.Repeat(" ", 1<<18) + `}`,
	}
	for _, text := range wrong {
		if err := conn.Publish("sshblog.reading", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 200 {
		if err := conn.Publish("sshblog.reading", fmt.Appendf(nil, `{"format":1,"server":"s%d","all":1}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, 10*time.Second, func() bool { return a.Exchange(cluster.Reading{}).All == 64 }, "there are not the readers of 64 servers")
}
