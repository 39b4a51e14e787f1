package control

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"

	prometheus "github.com/VictoriaMetrics/metrics"

	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
)

// metrics counts what a twin did, in a set of its own.
type metrics struct {
	sandboxes *sandbox.Sandboxes
	set       *prometheus.Set
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
	api, operation := "none", "none"
	if e.Of != nil {
		api, operation = string(e.Of.API), e.Of.ID
	}
	m.set.GetOrCreateCounter(fmt.Sprintf("twinbill_requests_total{api=%q,operation=%q,status=\"%d\"}", api, operation, e.Status)).Inc()
	m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf("twinbill_request_duration_seconds{api=%q}", api), durations).Update(e.DurationMs / 1000)
	if e.Fault != nil {
		m.set.GetOrCreateCounter(fmt.Sprintf("twinbill_faults_total{kind=%q}", m.kind(e.Sandbox, *e.Fault))).Inc()
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
