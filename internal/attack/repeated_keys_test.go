//go:build linux

package attack

import "testing"

// Keys of the win32 input mode that say that they were pressed 65,535 times: 24 bytes
// each, of which the decoder made as many events. One key of each of 64 connections
// took 353 MB, and those of eight sources the container.
//
// Here they are one key.
func TestRepeatedKeys(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.storm(func() []*screen { return s.readers(from) }, "\x1b[74;36;106;1;0;65535_", 8_000_000)
	})
}

// A conversation in lines, whose every character was echoed by a write of its own:
// 400 KB of letters that are taken back took a second of a processor.
func TestEchoStorm(t *testing.T) {
	sieges(t, nil, func(s *siege, from []string) {
		s.storm(func() []*screen { return s.screens(from, opening{command: "plain"}) }, "a\x7f", 8_000_000)
	})
}
