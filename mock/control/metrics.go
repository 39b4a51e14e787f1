package control

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"sync"

	prometheus "github.com/VictoriaMetrics/metrics"

	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/openapi"
)

// metrics counts what a twin did, in a set of its own.
type metrics struct {
	sandboxes *sandbox.Sandboxes
	set       *prometheus.Set
	series    sync.Map // outcome → *series, so that no name is written for each request
}

// outcome is what the series of a request are told apart by.
type outcome struct {
	of     *openapi.Operation
	status int
}

// series are those that an outcome counts in.
type series struct {
	requests  *prometheus.Counter
	durations *prometheus.PrometheusHistogram
}

// durations are the upper bounds of the histogram of answers, in seconds.
var durations = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5, 1, 5, 30}

func newMetrics(sandboxes *sandbox.Sandboxes, version string) *metrics {
	m := &metrics{sandboxes: sandboxes, set: prometheus.NewSet()}
	m.set.NewGauge(fmt.Sprintf("twinbill_build_info{go=%q,version=%q}", runtime.Version(), version), func() float64 { return 1 })
	for name, count := range map[string]func(sandbox.Census) float64{
		"twinbill_sandboxes":        func(c sandbox.Census) float64 { return float64(c.Sandboxes) },
		"twinbill_journal_requests": func(c sandbox.Census) float64 { return float64(c.Requests) },
		"twinbill_journal_bytes":    func(c sandbox.Census) float64 { return float64(c.Bytes) },
		"twinbill_evictions_total":  func(c sandbox.Census) float64 { return float64(c.Evicted) },
	} {
		m.set.NewGauge(name, func() float64 { return count(sandboxes.Census()) })
	}
	sandboxes.Tell(m.count)
	return m
}

// count takes one request in.
func (m *metrics) count(e *journal.Entry) {
	its := m.seriesOf(outcome{e.Of, e.Status})
	its.requests.Inc()
	its.durations.Update(e.DurationMs / 1000)
	if e.Fault != nil {
		m.set.GetOrCreateCounter(fmt.Sprintf("twinbill_faults_total{kind=%q}", m.kind(e.Sandbox, *e.Fault))).Inc()
	}
}

// seriesOf are those of an outcome, made at its first.
func (m *metrics) seriesOf(a outcome) *series {
	if known, ok := m.series.Load(a); ok {
		return known.(*series)
	}
	api, operation := "none", "none"
	if a.of != nil {
		api, operation = string(a.of.API), a.of.ID
	}
	made, _ := m.series.LoadOrStore(a, &series{
		m.set.GetOrCreateCounter(fmt.Sprintf("twinbill_requests_total{api=%q,operation=%q,status=\"%d\"}", api, operation, a.status)),
		m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf("twinbill_request_duration_seconds{api=%q}", api), durations),
	})
	return made.(*series)
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
func (m *metrics) gather() text {
	var out bytes.Buffer
	m.set.WritePrometheus(&out)
	return out.Bytes()
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
