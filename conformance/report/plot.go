package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

// slow is one row of the slowest operations, with its places on a scale of 0 to 100.
type slow struct {
	Latency
	X struct{ Lower, Width, Median, P95 float64 }
}

// slow lists the slowest operations, and the axis of their bars.
func (d *Document) slow() ([]slow, []string) {
	var out []slow
	for _, l := range slowest(d.Latency)[:min(mostSlow, len(d.Latency))] {
		out = append(out, slow{Latency: l})
	}
	if len(out) == 0 {
		return nil, nil
	}
	low, high := math.Inf(1), 0.0
	for _, s := range out {
		low, high = min(low, s.LowerQuartileMS), max(high, s.P95MS)
	}
	scale := logarithmic(low, high)
	for i := range out {
		s := &out[i]
		s.X.Lower, s.X.Median, s.X.P95 = 100*scale(s.LowerQuartileMS), 100*scale(s.MedianMS), 100*scale(s.P95MS)
		s.X.Width = max(0.5, 100*scale(s.UpperQuartileMS)-s.X.Lower)
	}
	var ticks []string // evenly apart on the scale
	low = max(low, least)
	for _, share := range []float64{0, 0.5, 1} {
		ticks = append(ticks, decimal(low*math.Pow(max(high, low*1.01)/low, share))+" ms")
	}
	return out, ticks
}

// least is the shortest time that a plot tells apart, in milliseconds.
const least = 0.01

// logarithmic maps a range to 0 to 1.
func logarithmic(low, high float64) func(float64) float64 {
	low = max(low, least)
	high = max(high, low*1.01)
	return func(v float64) float64 { return math.Log(max(v, low)/low) / math.Log(high/low) }
}

// plot is a picture of every answer: when it was asked for, and how long it took.
type plot struct {
	Says   string
	X, Y   []string
	Grid   []float64
	Series []series
}

type series struct {
	API  openapi.API
	Path string
}

// plot draws the answers on 1000 by 300; nil where there are none.
func (d *Document) plot() *plot {
	low, high, end, n := math.Inf(1), 0.0, 0.0, 0
	for i := range d.Checks {
		for _, e := range d.Checks[i].Exchanges {
			if e.Status != 0 {
				low, high, end = min(low, e.DurationMS), max(high, e.DurationMS), max(end, e.StartedMS)
				n++
			}
		}
	}
	if n == 0 {
		return nil
	}
	end = max(end, 1)
	first, last := math.Floor(math.Log10(max(low, least))), math.Ceil(math.Log10(max(high, least*10)))
	last = max(last, first+1)
	p := &plot{Says: fmt.Sprintf("%d answers in %s s, the fastest in %s ms, the slowest in %s ms", n, decimal(end/1000), decimal(low), decimal(high))}
	for decade := last; decade >= first; decade-- {
		p.Y = append(p.Y, decimal(math.Pow(10, decade))+" ms")
		p.Grid = append(p.Grid, math.Round(300*(last-decade)/(last-first)))
	}
	for i := range 5 {
		p.X = append(p.X, decimal(end*float64(i)/4000)+" s")
	}
	scale := logarithmic(math.Pow(10, first), math.Pow(10, last))
	for _, api := range openapi.APIs() {
		var path strings.Builder
		for i := range d.Checks {
			if d.Checks[i].API != api {
				continue
			}
			for _, e := range d.Checks[i].Exchanges {
				if e.Status != 0 {
					fmt.Fprintf(&path, "M%.0f %.0fh0", 1000*e.StartedMS/end, 300-300*scale(e.DurationMS))
				}
			}
		}
		if path.Len() > 0 {
			p.Series = append(p.Series, series{api, path.String()})
		}
	}
	return p
}

// decimal is a number with three significant digits at most before it is cut.
func decimal(v float64) string {
	digits := 0
	switch {
	case v != 0 && v < 0.1:
		digits = 3
	case v < 1:
		digits = 2
	case v < 10:
		digits = 2
	case v < 100:
		digits = 1
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
