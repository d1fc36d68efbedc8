package ops

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "sshblog"

// Limits of scrapes: how long one may take, and how many are answered at once.
const (
	scrapeTimeout = 10 * time.Second
	maxScrapes    = 4
)

// Build says what program this is.
type Build struct{ Version, Revision, GoVersion string }

// Metrics are the metrics for Prometheus. What other packages count is added at each scrape;
// only histograms and reloads are counted here. It is safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	durations  *prometheus.HistogramVec
	firstPaint prometheus.Histogram
	reloads    *prometheus.CounterVec
	reloaded   prometheus.Gauge
	lastFailed prometheus.Gauge
}

// The results of a reload.
const (
	changed   = "changed"
	unchanged = "unchanged"
	failed    = "failed"
)

// NewMetrics makes the metrics. kinds are all the kinds of sessions there are; add is
// called once for each scrape, and adds what the parts count themselves.
func NewMetrics(build Build, kinds []string, add func(Scrape)) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "session_duration_seconds",
			Help: "How long sessions that were served lasted, by kind.",
			// From a command's milliseconds to a session's time limit.
			Buckets: []float64{.01, .1, 1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200},
		}, []string{"kind"}),
		firstPaint: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "first_paint_seconds",
			Help:    "How long a reader's terminal waited for its first frame, from the request for a shell to the first write.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "reloads_total",
			Help: "Reloads of the posts, by result: changed, unchanged or failed; host keys that could not be read again count as failed.",
		}, []string{"result"}),
		reloaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "reload_last_success_timestamp_seconds",
			Help: "When the posts were last read with success, in seconds since 1970.",
		}),
		lastFailed: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "reload_last_failed",
			Help: "1 from a reload that failed to one that succeeds, else 0.",
		}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info",
		Help:        "Always 1; the labels say what program this is.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "goversion": build.GoVersion},
	})
	info.Set(1)
	// At zero from the start: rate() does not see the increase of a series that appears.
	for _, kind := range kinds {
		m.durations.WithLabelValues(kind)
	}
	for _, result := range []string{changed, unchanged, failed} {
		m.reloads.WithLabelValues(result)
	}
	m.registry.MustRegister(
		m.durations, m.firstPaint, m.reloads, m.reloaded, m.lastFailed, info,
		collector(add),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// SessionEnded counts a session that was served: its kind, how long it lasted,
// and, where there was a terminal, how long that waited for its first frame.
// A negative firstPaint counts none.
func (m *Metrics) SessionEnded(kind string, duration, firstPaint time.Duration) {
	m.durations.WithLabelValues(kind).Observe(duration.Seconds())
	if firstPaint >= 0 {
		m.firstPaint.Observe(firstPaint.Seconds())
	}
}

// Reloaded counts a successful reload: when it was, and whether anything has changed. The
// first read of the posts counts as well.
func (m *Metrics) Reloaded(at time.Time, different bool) {
	result := unchanged
	if different {
		result = changed
	}
	m.reloads.WithLabelValues(result).Inc()
	m.reloaded.Set(float64(at.UnixMilli()) / 1e3)
	m.lastFailed.Set(0)
}

// ReloadFailed counts a reload that left everything as it was.
func (m *Metrics) ReloadFailed() {
	m.reloads.WithLabelValues(failed).Inc()
	m.lastFailed.Set(1)
}

func (m *Metrics) handler(errorLog promhttp.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            errorLog,
		ErrorHandling:       promhttp.HTTPErrorOnError,
		EnableOpenMetrics:   true,
		MaxRequestsInFlight: maxScrapes,
		Timeout:             scrapeTimeout,
	})
}
