// Package score measures how sharp the suite is: it runs it against every breach of
// the contract that a twin can be given, and says which of them it kills, and whether
// for the right reason.
package score

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Breach is one way in which a twin can be broken.
type Breach struct {
	ID         string
	Kind       string
	API        openapi.API
	Operations []string // operationIds
	Clauses    []string // the slugs that it breaks
	Says       string
}

// Outcome is what became of a breach.
type Outcome string

// The outcomes, from the best to the worst.
const (
	Killed    Outcome = "killed"     // a check failed that saw one of its clauses broken
	Reading   Outcome = "reading"    // the target was taken to follow another documented reading
	Permitted Outcome = "equivalent" // no check fails, and the contract permits it
	Wrong     Outcome = "wrong"      // checks failed, and none for one of its clauses
	Survived  Outcome = "survived"   // no check failed
)

// Outcomes lists the outcomes in the order of the summary.
func Outcomes() []Outcome { return []Outcome{Killed, Reading, Permitted, Wrong, Survived} }

// Row is a breach and what became of it.
type Row struct {
	Breach
	Outcome  Outcome
	Check    string              // the one that killed it; empty where none did
	Verdict  conformance.Verdict // of that check
	Broken   []string            // the clauses that the check saw broken
	Reason   string              // in words: of the check, or of an equivalent
	Duration time.Duration
}

// Config says what to score, and with what.
type Config struct {
	Breaches    []Breach
	Twin        func(breach string) (http.Handler, error) // a twin with a breach, or a sound one where it is empty
	Equivalents []Equivalent
	Whole       bool              // the breaches are all there are
	Unbroken    map[string]string // clause that no breach breaks → why
	Seed        uint64
	Parallel    int // breaches at once; 0 means one for each processor
	Progress    func(done, total int, row Row)
}

// Run scores every breach. It errs where the suite fails on a sound twin, a twin cannot
// be made, or the context ends; then what was scored by that time is in the matrix.
func Run(ctx context.Context, config Config) (*Matrix, error) {
	started := time.Now()
	if config.Parallel <= 0 {
		config.Parallel = runtime.GOMAXPROCS(0)
	}
	m := &Matrix{Started: started, Seed: config.Seed, Whole: config.Whole, Rows: make([]Row, len(config.Breaches)), Unbroken: config.Unbroken}
	if err := sound(ctx, config); err != nil {
		return m.unfinished(ctx, config, err)
	}
	var mu sync.Mutex
	done := 0
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(config.Parallel)
	for i, breach := range config.Breaches {
		group.Go(func() error {
			row, err := one(within, config, breach)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			m.Rows[i] = row
			done++
			if config.Progress != nil {
				config.Progress(done, len(config.Breaches), row)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return m.unfinished(ctx, config, err)
	}
	m.Mistakes = excuse(m.Rows, config.Equivalents)
	if config.Whole {
		var err error
		if m.Unnamed, err = unnamed(ctx, config, m.Rows); err != nil {
			return m.unfinished(ctx, config, err)
		}
	}
	m.Duration = time.Since(started)
	return m, nil
}

// unfinished is the matrix of the breaches that were scored before the context ended,
// with the error; no matrix where something else is wrong.
func (m *Matrix) unfinished(ctx context.Context, config Config, err error) (*Matrix, error) {
	if ctx.Err() == nil {
		return nil, err
	}
	all := len(m.Rows)
	m.Rows = slices.DeleteFunc(m.Rows, func(r Row) bool { return r.Outcome == "" })
	m.Whole = false
	m.Mistakes = append(excuse(m.Rows, slices.DeleteFunc(slices.Clone(config.Equivalents), func(e Equivalent) bool {
		return !slices.ContainsFunc(m.Rows, func(r Row) bool { return r.ID == e.ID })
	})), fmt.Sprintf("interrupted: %d of %d breaches are scored", len(m.Rows), all))
	m.Duration = time.Since(m.Started)
	return m, err
}

// sound runs the suite on a twin without a breach, on which nothing may fail.
func sound(ctx context.Context, config Config) error {
	report, err := verify(ctx, config, "", nil, conformance.Selection{}, nil)
	if err != nil {
		return err
	}
	for _, result := range report.Results {
		if bad(result) {
			return fmt.Errorf("score: the suite fails on a sound twin: %s: %s", result.ID, result.Reason)
		}
	}
	return nil
}

// one scores a breach: first by the checks that claim a broken clause, then, where none
// of them fails, by the others.
func one(ctx context.Context, config Config, breach Breach) (Row, error) {
	row := Row{Breach: breach, Outcome: Survived}
	started := time.Now()
	for _, selection := range []conformance.Selection{{Run: breach.Clauses}, {Skip: breach.Clauses}} {
		report, err := verify(ctx, config, breach.ID, []openapi.API{breach.API}, selection, row.take)
		if errors.As(err, new(conformance.ErrNothingSelected)) {
			continue
		}
		if err != nil {
			return row, err
		}
		if row.Outcome == Killed || row.Outcome == Wrong {
			break
		}
		if departures := report.Dialect.Departures(); len(departures) > 0 {
			row.Outcome, row.Reason = Reading, seenAs+departures[0]
		}
	}
	row.Duration = time.Since(started)
	return row, ctx.Err()
}

// take notes what a check says of the breach, and reports whether that settles it.
func (r *Row) take(result conformance.Result) (settled bool) {
	if !bad(result) || r.Outcome == Killed {
		return false
	}
	right := slices.ContainsFunc(result.Broken, func(id string) bool { return slices.Contains(r.Clauses, id) })
	switch {
	case right:
		r.Outcome = Killed
	case r.Outcome == Wrong:
		return false
	default:
		r.Outcome = Wrong
	}
	r.Check, r.Verdict, r.Broken, r.Reason = result.ID, result.Verdict, result.Broken, result.Reason
	return right
}

func bad(result conformance.Result) bool {
	return result.Verdict == conformance.Fail || result.Verdict == conformance.Warn
}

// verify runs the suite on a twin in this process, as `twinbill verify` does, until a
// result settles the matter.
func verify(ctx context.Context, config Config, breach string, apis []openapi.API, selection conformance.Selection, settles func(conformance.Result) bool) (*conformance.Report, error) {
	twin, err := config.Twin(breach)
	if err != nil {
		return nil, err
	}
	within, enough := context.WithCancel(ctx)
	defer enough()
	return conformance.Run(within, conformance.Config{
		Target: target.InProcess(standing{twin}), APIs: apis, Known: true, Selection: selection, Seed: config.Seed, Parallel: 1,
		Progress: func(_, _ int, result conformance.Result) {
			if settles != nil && settles(result) {
				enough()
			}
		},
	})
}

// standing answers 500 where a broken twin panics.
type standing struct{ next http.Handler }

func (s standing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if recover() != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}()
	s.next.ServeHTTP(w, r)
}
