package terminal

import (
	"strings"
	"testing"

	"github.com/sshblog/sshblog/internal/ledger"
)

// What a model or a client can have the terminal's side hold has these limits.
func TestEdges(t *testing.T) {
	for name, edge := range map[string]struct {
		limit  int
		passes func(n int) bool
	}{
		"runes of a title": {200, func(n int) bool {
			title := strings.Repeat("ö", n)
			return cleanTitle(title) == title
		}},
		"bytes of a plain title": {200, func(n int) bool {
			title := strings.Repeat("o", n)
			return cleanTitle(title) == title
		}},
		"bytes of an output buffer that is kept": {512, func(n int) bool {
			s := screen{}
			s.paint(make([]byte, 0, n), nil, nil)
			return s.scratch != nil
		}},
		"bytes of a large buffer for input": {32 << 10, func(n int) bool {
			h := &Host{account: ledger.New(ledger.Limits{}).Open(ledger.Limits{})}
			return len(h.nextBuffer(make([]byte, 256), 256)) >= n
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if !edge.passes(edge.limit) {
				t.Errorf("%d do not pass", edge.limit)
			}
			if edge.passes(edge.limit + 1) {
				t.Errorf("%d pass", edge.limit+1)
			}
		})
	}
}
