package report

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Latency is how long an operation's answers took, in milliseconds.
type Latency struct {
	Operation       string  `json:"operation"`
	Requests        int     `json:"requests"` // that were answered
	LowerQuartileMS float64 `json:"lower_quartile_ms"`
	MedianMS        float64 `json:"median_ms"`
	UpperQuartileMS float64 `json:"upper_quartile_ms"`
	P95MS           float64 `json:"p95_ms"`
	MaxMS           float64 `json:"max_ms"`
}

// latencies sums the answered exchanges up by operation, in the order of their names.
func latencies(checks []Check) []Latency {
	times := map[string][]float64{}
	for _, c := range checks {
		for _, e := range c.Exchanges {
			if e.Status != 0 && e.Operation != "" {
				times[e.Operation] = append(times[e.Operation], e.DurationMS)
			}
		}
	}
	out := []Latency{}
	for _, op := range slices.Sorted(maps.Keys(times)) {
		t := times[op]
		slices.Sort(t)
		out = append(out, Latency{op, len(t), quantile(t, 0.25), quantile(t, 0.5), quantile(t, 0.75), quantile(t, 0.95), t[len(t)-1]})
	}
	return out
}

// quantile is the smallest of some sorted values that a share of them does not exceed.
func quantile(sorted []float64, share float64) float64 {
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// slowest sorts operations by their median, the slowest first.
func slowest(all []Latency) []Latency {
	return slices.SortedStableFunc(slices.Values(all), func(a, b Latency) int { return cmp.Compare(b.MedianMS, a.MedianMS) })
}
