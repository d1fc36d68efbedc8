package plaintext_test

import (
	"testing"

	"github.com/sshblog/sshblog/internal/plaintext"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 posts", 1: "1 post", 2: "2 posts"} {
		if got := plaintext.Count(n, "post"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
