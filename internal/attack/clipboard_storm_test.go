//go:build linux

package attack

import "testing"

// A few bytes that have a lot written: in an article "y" opens the menu of what
// can be copied, "j" goes to the whole post, and enter sends it to the clipboard.
// 64 connections that typed this over and over, 8 MB each, had this server take
// 6.5 GB.
func TestClipboardStorm(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.storm(func() []*screen { return s.readers(from) }, "yj\r", 8_000_000, "\r")
	})
}
