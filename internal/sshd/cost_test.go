package sshd

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"

	"golang.org/x/time/rate"
)

// SourceCost is what is remembered of a source at the worst, and not much more: of one
// that has had sessions, and is the only one of its networks.
func TestSourceCost(t *testing.T) {
	cfg := Config{}.withDefaults()
	known := newSourceTable(&cfg)
	inUse := func() int64 {
		runtime.GC()
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		return int64(now.HeapAlloc)
	}
	before := inUse()
	for i := range cfg.MaxSources {
		address := [16]byte{0x20, 0x01}
		binary.BigEndian.PutUint32(address[2:], uint32(i))
		s := known.get(netip.PrefixFrom(netip.AddrFrom16(address), 64))
		s.requests, s.input = rate.NewLimiter(1, 1), newInput(1, 1, 1)
	}
	got := (inUse() - before) / int64(cfg.MaxSources)
	t.Logf("%d bytes a source", got)
	if got > SourceCost || got < SourceCost/4*3 {
		t.Errorf("%d bytes are remembered of a source, and SourceCost is %d", got, SourceCost)
	}
	runtime.KeepAlive(known)
}
