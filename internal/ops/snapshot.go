package ops

import "time"

// Snapshot is what the blog's parts say of themselves at one moment. Counters
// are since the start and never fall. Where a counter is a map, its keys become
// a label: they come from small, fixed sets of the program's own, and those
// that should be seen at zero are in the map.
type Snapshot struct {
	Door  Door
	Pages Pages
	// Posts are counted by state.
	Posts map[string]int
	// LogDropped are the log's lines that could not be written.
	LogDropped uint64
}

// Door is the SSH server.
type Door struct {
	// Connections and Sessions are there now; Handshakes are the connections
	// still logging in; Penalties, the sources shut out.
	Connections, Handshakes, Sessions, Penalties int
	// MaxConnections and MaxSessions are how many there can be.
	MaxConnections, MaxSessions int

	// Accepted connections.
	Accepted uint64
	// Started sessions by kind.
	Started map[string]uint64
	// EndedConnections and EndedSessions by reason.
	EndedConnections, EndedSessions map[string]uint64
	// HandshakeFailures and Refused, by reason.
	HandshakeFailures, Refused map[string]uint64
}

// Pages is the cache of rendered pages.
type Pages struct {
	Hits, Misses, Evicted, Renders, Failures, Panics uint64
	// Rendering is the time that Renders took together.
	Rendering time.Duration
	// Held pages, and their memory in bytes.
	Held, Bytes int64
}
