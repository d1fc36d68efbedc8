package ops

import "github.com/prometheus/client_golang/prometheus"

// collector turns a Snapshot into metrics. It keeps nothing: each scrape is
// one Snapshot, so its figures belong together.
type collector struct {
	read    func() Snapshot
	metrics []metric
}

// metric is one of the collector's: how it is described, and how it is read
// from a Snapshot.
type metric struct {
	desc *prometheus.Desc
	emit func(s *Snapshot, desc *prometheus.Desc, ch chan<- prometheus.Metric)
}

func newCollector(read func() Snapshot) *collector {
	c := &collector{read: read}
	c.addDoor()
	c.addPages()
	c.labelled("posts", "state", "Posts by state: listed, draft, future, expired, or broken, whose newest version cannot be shown; if an older one is, it is listed too.", prometheus.GaugeValue,
		func(s *Snapshot) map[string]float64 { return floats(s.Posts) })
	c.counter("log_lines_dropped_total", "Lines of the log that were dropped, since it could not be written as fast as they came.",
		func(s *Snapshot) float64 { return float64(s.LogDropped) })
	return c
}

func (c *collector) addDoor() {
	c.gauge("connections_active", "Connections held now.",
		func(s *Snapshot) float64 { return float64(s.Door.Connections) })
	c.gauge("connections_handshaking", "Connections held now that are still logging in.",
		func(s *Snapshot) float64 { return float64(s.Door.Handshakes) })
	c.gauge("connections_limit", "Connections that are held at most.",
		func(s *Snapshot) float64 { return float64(s.Door.MaxConnections) })
	c.gauge("sessions_active", "Sessions running now.",
		func(s *Snapshot) float64 { return float64(s.Door.Sessions) })
	c.gauge("sessions_limit", "Sessions that are run at most.",
		func(s *Snapshot) float64 { return float64(s.Door.MaxSessions) })
	c.gauge("penalties_active", "Sources that are shut out now for what they did.",
		func(s *Snapshot) float64 { return float64(s.Door.Penalties) })
	c.counter("connections_total", "Connections that were let in.",
		func(s *Snapshot) float64 { return float64(s.Door.Accepted) })
	c.counters("connections_ended_total", "reason", "Connections that have ended, by reason.",
		func(s *Snapshot) map[string]uint64 { return s.Door.EndedConnections })
	c.counters("sessions_total", "kind", "Sessions that were served, by kind.",
		func(s *Snapshot) map[string]uint64 { return s.Door.Started })
	c.counters("sessions_ended_total", "reason", "Sessions that have ended, by reason; also those that were refused.",
		func(s *Snapshot) map[string]uint64 { return s.Door.EndedSessions })
	c.counters("handshake_failures_total", "reason", "Connections that ended before they had logged in, by reason.",
		func(s *Snapshot) map[string]uint64 { return s.Door.HandshakeFailures })
	c.counters("rejections_total", "reason", "Connections, channels and sessions that were refused, by reason.",
		func(s *Snapshot) map[string]uint64 { return s.Door.Refused })
}

func (c *collector) addPages() {
	c.counter("page_cache_hits_total", "Pages that had been rendered before.",
		func(s *Snapshot) float64 { return float64(s.Pages.Hits) })
	c.counter("page_cache_misses_total", "Pages that had to be waited for.",
		func(s *Snapshot) float64 { return float64(s.Pages.Misses) })
	c.counter("page_cache_evictions_total", "Pages that made room for others.",
		func(s *Snapshot) float64 { return float64(s.Pages.Evicted) })
	c.gauge("page_cache_bytes", "Memory of the rendered pages that are kept, in bytes.",
		func(s *Snapshot) float64 { return float64(s.Pages.Bytes) })
	c.gauge("page_cache_pages", "Rendered pages that are kept.",
		func(s *Snapshot) float64 { return float64(s.Pages.Held) })
	c.counter("render_failures_total", "Renders that ended with an error.",
		func(s *Snapshot) float64 { return float64(s.Pages.Failures) })
	c.counter("render_panics_total", "Renders in which the renderer panicked; the log names the posts.",
		func(s *Snapshot) float64 { return float64(s.Pages.Panics) })
	c.add("render_duration_seconds", "How long renders of pages took.", nil,
		func(s *Snapshot, desc *prometheus.Desc, ch chan<- prometheus.Metric) {
			ch <- prometheus.MustNewConstSummary(desc, s.Pages.Renders, s.Pages.Rendering.Seconds(), nil)
		})
}

// add declares a metric.
func (c *collector) add(name, help string, labels []string, emit func(*Snapshot, *prometheus.Desc, chan<- prometheus.Metric)) {
	c.metrics = append(c.metrics, metric{prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil), emit})
}

func (c *collector) gauge(name, help string, value func(*Snapshot) float64) {
	c.plain(name, help, prometheus.GaugeValue, value)
}

func (c *collector) counter(name, help string, value func(*Snapshot) float64) {
	c.plain(name, help, prometheus.CounterValue, value)
}

func (c *collector) plain(name, help string, kind prometheus.ValueType, value func(*Snapshot) float64) {
	c.add(name, help, nil, func(s *Snapshot, desc *prometheus.Desc, ch chan<- prometheus.Metric) {
		ch <- prometheus.MustNewConstMetric(desc, kind, value(s))
	})
}

func (c *collector) counters(name, label, help string, values func(*Snapshot) map[string]uint64) {
	c.labelled(name, label, help, prometheus.CounterValue, func(s *Snapshot) map[string]float64 { return floats(values(s)) })
}

// labelled declares a metric that is counted by one label.
func (c *collector) labelled(name, label, help string, kind prometheus.ValueType, values func(*Snapshot) map[string]float64) {
	c.add(name, help, []string{label}, func(s *Snapshot, desc *prometheus.Desc, ch chan<- prometheus.Metric) {
		for value, n := range values(s) {
			ch <- prometheus.MustNewConstMetric(desc, kind, n, value)
		}
	})
}

func floats[N int | uint64](counts map[string]N) map[string]float64 {
	out := make(map[string]float64, len(counts))
	for name, n := range counts {
		out[name] = float64(n)
	}
	return out
}

// Describe implements [prometheus.Collector].
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		ch <- m.desc
	}
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s := c.read()
	for _, m := range c.metrics {
		m.emit(&s, m.desc, ch)
	}
}
