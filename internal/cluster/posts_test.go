package cluster_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/sshblog/sshblog/internal/cluster"
	"github.com/sshblog/sshblog/internal/cluster/natstest"
	"github.com/sshblog/sshblog/internal/push"
	"github.com/sshblog/sshblog/internal/push/storetest"
)

func TestPosts(t *testing.T) {
	nodes := natstest.Start(t, 1, "")
	var n atomic.Int64
	storetest.RunShared(t, func(tb testing.TB) push.Shared {
		c := open(tb, cluster.Config{URLs: nodes.URLs(), Name: fmt.Sprintf("blog-%d", n.Add(1))})
		await(tb, c)
		return c.Posts()
	})
}
