package sshd

import (
	"net/netip"

	"golang.org/x/time/rate"

	"github.com/sshblog/sshblog/internal/ledger"
)

// The levels at which connections are counted. A source is part of a network, which is part
// of a wide network. The limits of all levels apply.
//
//	          IPv4  IPv6
//	source     /32   /64  a subscriber, or a machine
//	network    /24   /56  a company, a small provider's pool; a household
//	wide       /16   /48  a large provider or a data center; a site
//
// An IPv6 /32 is no level: it is what a whole provider is given, so a limit
// there would hit all of its customers, and those of large providers may well be
// most of the readers.
const (
	levelAll = iota
	levelWide
	levelNetwork
	levelSource
	levelCount
)

// networkOf returns the network of a source at a level. The network of the zero prefix is
// the zero prefix.
func networkOf(source netip.Prefix, level int) netip.Prefix {
	bits := [levelCount]int{levelWide: 48, levelNetwork: 56, levelSource: 64}[level]
	if source.Addr().Is4() {
		bits = [levelCount]int{levelWide: 16, levelNetwork: 24, levelSource: 32}[level]
	}
	network, err := source.Addr().Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// resource is what sources compete for.
type resource int

const (
	forConns resource = iota
	forHandshakes
	forSessions
	resources
)

// minShare is how many connections, and how many handshakes, a network may always have,
// even on the smallest server: a household opens a few windows.
const minShare = 8

// A network may connect more often than a source by these factors. A handshake
// costs half a millisecond of CPU, so with the default rate of a source, a
// network can take 2 % of a processor and a wide one 16 %.
const (
	networkRate = 8
	wideRate    = 64
)

// limits are what a source or a network may have.
type limits struct {
	held  [resources]int
	bytes int64 // of memory; 0: no limit beside those of the levels above
	rate  rate.Limit
	burst int
}

// levelLimits returns the limits of each level. A share of 1 leaves a network
// without limits of its own.
func levelLimits(cfg *Config) [levelCount]limits {
	network := func(share, times int) limits {
		l := limits{
			held: [resources]int{
				forConns:      cfg.MaxConns,
				forHandshakes: cfg.MaxHandshakes,
				forSessions:   cfg.MaxSessions,
			},
			rate: rate.Inf,
		}
		if share > 1 {
			for r := range l.held {
				l.held[r] = max(l.held[r]/share, minShare)
			}
			l.bytes = max(cfg.MemoryBudget/int64(share), maxConnBytes)
			l.rate = rate.Limit(cfg.ConnRate * float64(times))
			l.burst = cfg.ConnBurst * times
		}
		return l
	}
	all := [levelCount]limits{
		levelAll:     network(1, 1),
		levelWide:    network(cfg.WideNetworkShare, wideRate),
		levelNetwork: network(cfg.NetworkShare, networkRate),
	}
	all[levelSource] = limits{
		held: [resources]int{
			forConns:      cfg.MaxConnsPerSource,
			forHandshakes: min(cfg.MaxConnsPerSource, all[levelNetwork].held[forHandshakes]),
			forSessions:   cfg.MaxConnsPerSource,
		},
		bytes: max(cfg.MemoryBudget/sourceShare, maxConnBytes),
		rate:  rate.Limit(cfg.ConnRate),
		burst: cfg.ConnBurst,
	}
	return all
}

// node is a source or a network in the tree of the source table.
type node struct {
	key      netip.Prefix
	level    int
	limits   *limits
	parent   *node           // nil for levelAll, and for an exempt source
	known    int             // networks or sources in it that the table holds
	account  *ledger.Account // of its connections; nil until it has had one
	arrivals *rate.Limiter   // of new connections; nil: no limit
	held     *holding        // nil while it holds nothing
}

func newNode(key netip.Prefix, level int, limits *limits) node {
	n := node{key: key, level: level, limits: limits}
	if limits.rate != rate.Inf {
		n.arrivals = rate.NewLimiter(limits.rate, limits.burst)
	}
	return n
}

// count returns how much of a resource n holds.
func (n *node) count(r resource) int {
	if n.held == nil {
		return 0
	}
	return n.held.count[r]
}

// load returns the ratio of what n holds of a resource, and more, to its limit.
func (n *node) load(r resource, more int) float64 {
	return float64(n.count(r)+more) / float64(n.limits.held[r])
}

// openAccount returns the account of n, which is part of the accounts of the networks that n
// is in. It opens these if necessary.
func (n *node) openAccount(whole *ledger.Ledger) *ledger.Account {
	if n.account != nil {
		return n.account
	}
	own := ledger.Limits{Bytes: n.limits.bytes}
	if n.parent == nil || n.parent.level == levelAll {
		n.account = whole.Open(own)
	} else {
		n.account = n.parent.openAccount(whole).Open(own)
	}
	return n.account
}
