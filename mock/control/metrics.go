package control

import (
	"bytes"
	"net/http"
	"runtime"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
)

// metrics counts what a twin did, in a registry of its own.
type metrics struct {
	sandboxes *sandbox.Sandboxes
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	faults    *prometheus.CounterVec
}

func newMetrics(sandboxes *sandbox.Sandboxes, version string) *metrics {
	m := &metrics{
		sandboxes: sandboxes,
		registry:  prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "twinbill_requests_total", Help: "Requests answered, by the operation they met.",
		}, []string{"api", "operation", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "twinbill_request_duration_seconds", Help: "How long answers took, latencies on request included.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5, 1, 5, 30},
		}, []string{"api"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "twinbill_faults_total", Help: "Requests that met a fault, by its kind.",
		}, []string{"kind"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "twinbill_build_info", Help: "Which twinbill this is; always 1.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	gauge := func(name, help string, count func(sandbox.Census) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return count(sandboxes.Census()) })
	}
	m.registry.MustRegister(m.requests, m.durations, m.faults, build,
		gauge("twinbill_sandboxes", "Sandboxes kept.", func(c sandbox.Census) float64 { return float64(c.Sandboxes) }),
		gauge("twinbill_journal_requests", "Requests that the journals hold.", func(c sandbox.Census) float64 { return float64(c.Requests) }),
		gauge("twinbill_journal_bytes", "About how much memory the journals take.", func(c sandbox.Census) float64 { return float64(c.Bytes) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "twinbill_evictions_total", Help: "Sandboxes that were evicted."},
			func() float64 { return float64(sandboxes.Census().Evicted) }),
	)
	sandboxes.Tell(m.count)
	return m
}

// count takes one request in.
func (m *metrics) count(e *journal.Entry) {
	api, operation := "none", "none"
	if e.Of != nil {
		api, operation = string(e.Of.API), e.Of.ID
	}
	m.requests.WithLabelValues(api, operation, strconv.Itoa(e.Status)).Inc()
	m.durations.WithLabelValues(api).Observe(e.DurationMs / 1000)
	if e.Fault != nil {
		m.faults.WithLabelValues(m.kind(e.Sandbox, *e.Fault)).Inc()
	}
}

// kind is that of a fault, as far as it is still there.
func (m *metrics) kind(name, id string) string {
	if sb, ok := m.sandboxes.Find(name); ok {
		if f, ok := sb.Faults.Get(id); ok {
			return string(f.Kind)
		}
	}
	if f, ok := m.sandboxes.Everywhere.Get(id); ok {
		return string(f.Kind)
	}
	return "gone"
}

// gather writes the metrics as text.
func (m *metrics) gather() (text, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&out, family); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// text is an answer in Prometheus's text format.
type text []byte

// VisitGetMetricsResponse writes the answer.
func (t text) VisitGetMetricsResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(t)
	return err
}
