//go:build linux

package attack

import (
	"testing"
	"time"
)

// No attack: the full number of readers, who look at the list. What this takes is
// what the others are compared with.
func TestFullNumber(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.readers(from)
		time.Sleep(time.Second)
	})
}
