package ops

import "github.com/prometheus/client_golang/prometheus"

// Scrape is one answer to Prometheus, to which the program adds its metrics. Values of labels
// come from small, fixed sets, and include those whose count is zero.
type Scrape chan<- prometheus.Metric

// Gauge adds a current value.
func (s Scrape) Gauge(name, help string, value float64) {
	s <- prometheus.MustNewConstMetric(describe(name, help), prometheus.GaugeValue, value)
}

// Counter adds a total since the start.
func (s Scrape) Counter(name, help string, value float64) {
	s <- prometheus.MustNewConstMetric(describe(name, help), prometheus.CounterValue, value)
}

// GaugeBy is Gauge for each value of a label.
func (s Scrape) GaugeBy(label, name, help string, values map[string]int) {
	desc := describe(name, help, label)
	for of, n := range values {
		s <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), of)
	}
}

// CounterBy is Counter for each value of a label.
func (s Scrape) CounterBy(label, name, help string, values map[string]uint64) {
	desc := describe(name, help, label)
	for of, n := range values {
		s <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), of)
	}
}

// Summary adds how often something was done, and how many seconds it took in total.
func (s Scrape) Summary(name, help string, count uint64, seconds float64) {
	s <- prometheus.MustNewConstSummary(describe(name, help), count, seconds, nil)
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// collector is a [prometheus.Collector] that calls a function at each scrape.
type collector func(Scrape)

// Describe sends nothing: the collector is unchecked, since its metrics are known only at a
// scrape.
func (collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(ch chan<- prometheus.Metric) { c(ch) }
