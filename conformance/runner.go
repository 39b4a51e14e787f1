package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Config says what to run, against what.
type Config struct {
	Target    *target.Target
	APIs      []openapi.API // none means both
	Selection Selection
	Declared  openapi.Dialect // readings that are declared, not observed
	Known     bool            // Declared describes an in-process twin: observe it all the same
	Parallel  int             // checks at once; 0 means one for each processor
	Seed      uint64
	Contact   time.Duration                        // how long the first answer may take; 0 means as long as any other
	Progress  func(done, total int, result Result) // called for each result, one at a time

	Writes           Writes                                      // what may be done to the target
	Journal          *journal.Journal                            // where creates are written down before they are sent; nil writes none
	JournalSandboxes bool                                        // write the journal also where each check has a sandbox of its own
	Shared           bool                                        // present Credentials also to a Twinbill, so that all checks share its state; else each has a sandbox of its own there
	Credentials      target.Credentials                          // what admits the suite
	Secrets          []string                                    // further values that no report may show
	Inputs           map[string]any                              // what the deployment supplies, by the names of scenarios/inputs.yaml
	Scenarios        []*scenarios.Scenario                       // the user's own, run beside the suite's
	Expected         []ExpectedFailure                           // failures that are known
	Shard            Shard                                       // the part of the checks to run; zero means all
	MaxFailures      int                                         // failures after which no further check starts; 0 means no bound
	Twin             func(openapi.Dialect) (http.Handler, error) // makes a twin, for the write plan and for blame; nil where there is none
	Replay           string                                      // the command line that a report repeats
}

// ErrNothingSelected says that no check is selected.
type ErrNothingSelected struct{}

func (ErrNothingSelected) Error() string {
	return "no check is selected; `twinbill verify --list` lists them"
}

// List returns the checks that a configuration selects, under the declared dialect; it
// needs no target. The checks on all readings are listed.
func List(config Config) ([]Check, error) {
	if len(config.APIs) == 0 {
		config.APIs = openapi.APIs()
	}
	contracts, err := load(config.APIs, config.Declared)
	if err != nil {
		return nil, err
	}
	all, err := assemble(contracts, config.Scenarios...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all.checks(), func(c Check) bool { return !config.includes(c) }), nil
}

// Run verifies a target. It errs where nothing can be verified at all: nothing is
// selected, or the target does not answer. Once the context is done no further check
// starts, those under way end after their exchange, and what they created is removed.
func Run(ctx context.Context, config Config) (*Report, error) {
	if len(config.APIs) == 0 {
		config.APIs = openapi.APIs()
	}
	if config.Parallel <= 0 {
		config.Parallel = runtime.GOMAXPROCS(0)
	}
	if !config.Known {
		if err := config.anySelected(); err != nil {
			return nil, err
		}
	}
	started := time.Now()
	health, err := contact(ctx, config)
	if err != nil {
		return nil, err
	}
	if health.Product == "" {
		config.Target.PaceByDefault()
	}
	r := newRun(ctx, config, health.Product != "")
	defer r.stop(nil)
	dialect, observations, err := r.observe()
	if err == nil {
		err = r.verify(dialect, observations)
	}
	r.finally()
	if err != nil {
		return nil, r.leaving(err)
	}
	r.blame(ctx, dialect)
	return r.report(started, health, dialect)
}

// anySelected errs where no check of any reading is selected, before anything is sent.
func (c Config) anySelected() error {
	c.Shard = Shard{}
	checks, err := List(c)
	if err == nil && len(checks) == 0 {
		err = ErrNothingSelected{}
	}
	return err
}

// leaving adds to an error what the run has left behind, since no report will say so.
func (r *run) leaving(err error) error {
	if len(r.residue) == 0 {
		return err
	}
	return fmt.Errorf("%w; left behind: %s", err, strings.Join(r.residue, "; "))
}

// newRun is a run against a target that is, or is not, a Twinbill.
func newRun(ctx context.Context, config Config, twinbill bool) *run {
	madeUp := twinbill && !config.Shared
	if madeUp && !config.JournalSandboxes {
		config.Journal = nil
	}
	ctx, stop := context.WithCancelCause(ctx)
	return &run{
		config: config, ctx: ctx, stop: stop, may: config.Writes.permission(twinbill, madeUp), footprint: newFootprint(config.Journal),
		supply: &supply{target: config.Target, credentials: config.Credentials, given: config.given(twinbill), madeUp: madeUp, seed: config.Seed},
	}
}

// given is what the deployment supplies: what the configuration says, over the fixtures
// of a Twinbill.
func (c Config) given(twinbill bool) map[string]any {
	out := map[string]any{}
	if twinbill {
		maps.Copy(out, scenarios.LoadInputs().Supplied)
	}
	maps.Copy(out, c.Inputs)
	return out
}

// contact asks the target for a first answer of any kind.
func contact(ctx context.Context, config Config) (target.Health, error) {
	if config.Contact > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, config.Contact, fmt.Errorf("nothing came within %v", config.Contact))
		defer cancel()
	}
	health, err := config.Target.Health(ctx)
	if ctx.Err() != nil {
		err = fmt.Errorf("target: no answer from %s: %w", config.Target.Base, context.Cause(ctx))
	}
	if err != nil {
		return health, fmt.Errorf("%w; is it running, and is the URL right?", err)
	}
	return health, nil
}

// run is one verification under way.
type run struct {
	config    Config
	ctx       context.Context
	supply    *supply
	may       permission
	footprint *footprint
	contracts map[openapi.API]*openapi.Contract // under the dialect as far as it is known
	exclusive sync.Mutex                        // for checks that share a deployment's CloudHealth customers

	stop context.CancelCauseFunc // ends the run's context
	due  []string                // the checks that hold under the dialect, selected or not

	mu       sync.Mutex
	total    int
	failures int // that are not expected
	results  []Result
	residue  []string
	late     []*session // those that have to look once more for what lost answers created
	assumed  []string   // points that could not be observed
}

func load(apis []openapi.API, dialect openapi.Dialect) (map[openapi.API]*openapi.Contract, error) {
	contracts := map[openapi.API]*openapi.Contract{}
	for _, api := range apis {
		contract, err := openapi.Load(api, dialect)
		if err != nil {
			return nil, err
		}
		contracts[api] = contract
	}
	return contracts, nil
}

// job is what one worker does without a break: a scenario, or the probes of one
// operation.
type job struct {
	api    openapi.API
	checks []Check
	start  func()
}

// skip reports the checks of a job that an interruption kept from starting.
func (r *run) skip(j job) {
	for _, c := range j.checks {
		r.finish(Result{Check: c, Verdict: Skipped, Reason: r.stopped(), Started: time.Now()})
	}
}

// interrupted is the reason of a check that was kept from ending by an interruption.
const interrupted = "interrupted"

// verify runs the selected checks under the observed dialect.
func (r *run) verify(dialect openapi.Dialect, observations []observation) error {
	if err := r.under(dialect); err != nil {
		return err
	}
	suite, err := assemble(r.contracts, r.config.Scenarios...)
	if err != nil {
		return err
	}
	r.due = due(suite, dialect, observations)
	jobs := r.jobs(suite, dialect, observations)
	shuffle(jobs, r.config.Seed)
	for _, j := range jobs {
		r.total += len(j.checks)
	}
	if r.total == 0 {
		return r.config.nothing(candidates(suite, observations))
	}
	var group errgroup.Group
	group.SetLimit(r.config.Parallel)
	for _, j := range jobs {
		group.Go(func() error {
			if j.api == openapi.CloudHealth && !r.supply.madeUp {
				r.exclusive.Lock()
				defer r.exclusive.Unlock()
			}
			if r.ctx.Err() != nil {
				r.skip(j)
			} else {
				j.start()
			}
			return nil
		})
	}
	_ = group.Wait()
	return nil
}

func (r *run) jobs(suite *suite, dialect openapi.Dialect, observations []observation) []job {
	var jobs []job
	for _, g := range suite.probes {
		var wanted []probeCheck
		var checks []Check
		for _, p := range g.probes {
			if r.config.includes(p.Check) {
				wanted, checks = append(wanted, p), append(checks, p.Check)
			}
		}
		if len(wanted) > 0 {
			g.probes = wanted
			jobs = append(jobs, job{g.operation.API, checks, func() { r.runProbes(g, dialect) }})
		}
	}
	for _, o := range observations {
		if r.config.includes(o.check.Check) {
			jobs = append(jobs, job{o.check.API, []Check{o.check.Check}, func() { r.finish(r.confirm(o)) }})
		}
	}
	for _, c := range suite.scenarios {
		if r.config.includes(c.Check) {
			jobs = append(jobs, job{c.API, []Check{c.Check}, func() { r.finish(r.runScenario(c, dialect)) }})
		}
	}
	return jobs
}

// left notes what a check could not take back.
func (r *run) left(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.residue = append(r.residue, s.residue...)
	if len(s.uncertain) > 0 {
		r.late = append(r.late, s)
	}
}

// finally looks once more for what lost answers may have created.
func (r *run) finally() {
	late := r.late
	r.late = nil
	for _, s := range late {
		s.residue = nil
		s.finally(r.ctx)
		r.left(s)
	}
	if r.supply.madeUp {
		return
	}
	for _, contract := range r.contracts {
		s := r.session(contract, nil, false)
		s.residue = slices.Clone(r.residue)
		s.audit(r.ctx)
		r.residue = append(r.residue, s.residue[len(r.residue):]...)
	}
}

// session begins a conversation with the target.
func (r *run) session(contract *openapi.Contract, inputs map[string]any, hold bool) *session {
	return &session{target: r.config.Target, contract: contract, supply: r.supply, may: r.may, footprint: r.footprint, inputs: inputs, hold: hold}
}

// finish takes in a result. One that an interruption left open is no news about the
// target.
func (r *run) finish(result Result) {
	over := r.stopped() == interrupted || result.Reason == interrupted
	if result.Verdict == Inconclusive && r.ctx.Err() != nil && over {
		result.Verdict, result.Reason = Skipped, r.stopped()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, result)
	r.tally(result)
	if r.config.Progress != nil {
		r.config.Progress(len(r.results), r.total, result)
	}
}

// runScenario runs one scenario as a check.
func (r *run) runScenario(c scenarioCheck, dialect openapi.Dialect) Result {
	result := Result{Check: c.Check, Started: time.Now()}
	for _, condition := range c.scenario.When {
		if !applies(condition, dialect) {
			result.Verdict, result.Reason = Skipped, "holds only under "+condition
			return result
		}
	}
	return r.converse(c, true)
}

// applies tells whether a `point=reading` condition holds.
func applies(condition string, dialect openapi.Dialect) bool {
	point, reading, _ := strings.Cut(condition, "=")
	return dialect.Is(point, reading)
}

// converse performs a scenario and judges it.
func (r *run) converse(c scenarioCheck, hold bool) Result {
	result := Result{Check: c.Check, Started: time.Now()}
	contract := r.contracts[c.API]
	if err := r.possible(c.scenario, contract); err != nil {
		return result.because(err)
	}
	inputs, err := r.supply.inputs(r.ctx, c.ID, contract, c.scenario.Inputs, c.scenario.Defaults)
	if err != nil {
		return result.because(err)
	}
	s := r.session(contract, inputs, hold)
	passed, failure := c.scenario.Run(r.ctx, inputs, s.execute)
	s.undoTo(r.ctx, 0)
	for _, step := range passed {
		result.Proven = append(result.Proven, step.Clauses...)
		result.Proven = append(result.Proven, shown(step, contract, s.answers[step.ID])...)
	}
	r.left(s)
	result.Exchanges, result.Duration = s.exchanges, time.Since(result.Started)
	switch {
	case failure == nil && (c.scenario.Reading != "" || c.Level == openapi.Silent):
		result.Verdict = Observed
	case failure == nil:
		result.Verdict = Pass
	default:
		result.explain(contract, s, c.scenario, failure)
	}
	return result
}

// possible tells why a scenario cannot be run on this target, before anything is sent.
func (r *run) possible(s *scenarios.Scenario, contract *openapi.Contract) error {
	if err := r.may.run(s, contract); err != nil {
		return err
	}
	for _, name := range s.Inputs {
		if err := r.supply.missing(name); err != nil {
			return err
		}
	}
	return nil
}

// because sets the verdict of a check that could not be run.
func (r Result) because(err error) Result {
	r.Reason = err.Error()
	r.Verdict = Inconclusive
	var missing unavailable
	if errors.As(err, &missing) {
		r.Verdict = Skipped
	}
	return r
}
