package conformance

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
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
	Linger    time.Duration                        // how long something has lasted, at least, when it is looked at later; 0 means two seconds
	Contact   time.Duration                        // how long the first answer may take; 0 means as long as any other
	Deadline  time.Duration                        // how long the run may take, clean-up aside; 0 means no bound
	Progress  func(done, total int, result Result) // called for each result, one at a time

	Writes           Writes                                      // what may be done to the target
	Journal          *journal.Journal                            // where creates are written down before they are sent; nil writes none
	ByValue          bool                                        // a clean-up removes also what has nothing but the values of a create
	JournalSandboxes bool                                        // write the journal also where each check has a sandbox of its own
	Shared           bool                                        // present Credentials also to a Twinbill, so that all checks share its state; else each has a sandbox of its own there
	Credentials      target.Credentials                          // what admits the suite
	Secrets          []string                                    // further values that no report may show
	Inputs           map[string]any                              // what the deployment supplies, by the names of scenarios/inputs.yaml
	Scenarios        []*scenarios.Scenario                       // the user's own, run in addition to the suite's
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
	limited, cancel := config.withDeadline(ctx)
	defer cancel()
	r := newRun(limited, config, health.Product != "")
	defer r.stop(nil)
	if r.supply.madeUp && health.Auth == "strict" {
		return nil, wrongTarget{"this Twinbill admits the clients and keys of its --clients alone (--auth strict), and verify was given none; name some in a target file (--target)"}
	}
	if err := r.preflight(); err != nil {
		return nil, err
	}
	if r.uncredentialed() {
		return nil, wrongTarget{"every read is refused, and verify was given no credential; name a client or a key in a target file (--target)"}
	}
	dialect, observations, err := r.observe()
	if err == nil {
		err = r.verify(dialect, observations)
	}
	r.finally()
	r.forget(ctx)
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
	settle := config.Target.Settle
	if twinbill {
		settle = 0
	}
	return &run{
		documented: map[string]openapi.Clause{},
		settling:   settle,
		lag:        newLag(settle),
		shared:     map[string]*sync.Mutex{laneCustomers: {}, laneMonths: {}},
		config:     config, ctx: ctx, stop: stop, twinbill: twinbill, may: config.Writes.permission(twinbill, madeUp), footprint: newFootprint(config.Journal),
		supply: &supply{target: config.Target, credentials: config.Credentials, given: config.given(twinbill), twinbill: twinbill, madeUp: madeUp, seed: config.Seed, nonce: config.newNonce(),
			months: config.chosenMonths(time.Now().UTC())},
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
		ctx, cancel = context.WithTimeoutCause(ctx, config.Contact, target.Late{Timeout: config.Contact})
		defer cancel()
	}
	health, err := config.Target.Health(ctx)
	if ctx.Err() != nil {
		err = fmt.Errorf("target: no answer from %s: %w", config.Target.Base, context.Cause(ctx))
	}
	if err != nil {
		return health, fmt.Errorf("%w; %s", err, advice(err, config.Target.Base))
	}
	return health, nil
}

// advice says what to look at where a target gave no answer at all.
func advice(err error, base string) string {
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &authority):
		return "name the certificate of its authority as tls.ca in the target file"
	case errors.As(err, new(target.Late)):
		return "is it running, and is the URL right? A slow one gets more time by timeouts.contact in the target file"
	case strings.HasPrefix(base, "http://") && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)):
		return "does it speak HTTPS? Then the URL begins with https://"
	}
	return "is it running, and is the URL right?"
}

// run is one verification under way.
type run struct {
	config    Config
	ctx       context.Context
	supply    *supply
	twinbill  bool          // the target is one
	settling  time.Duration // see target.Target
	may       permission
	footprint *footprint
	lag       *lag
	contracts map[openapi.API]*openapi.Contract // under the dialect as far as it is known
	shared    map[string]*sync.Mutex            // one for the checks that share a lane

	first []*target.Exchange // what the preflight heard

	roles reach // what hangs on which role covers which, where that could not be observed

	stop context.CancelCauseFunc // ends the run's context
	due  []string                // the checks that hold under the dialect, selected or not

	mu       sync.Mutex
	total    int
	failures int // that are not expected
	results  []Result
	kept     int // about how many bytes the results have
	residue  []string
	open     []string   // what is kept because the configuration says so
	late     []*session // those that have to look once more for what lost answers created
	assumed  []string   // points that could not be observed

	documented map[string]openapi.Clause // what a target breaks by an undeclared reading
	unsettled  []unsettled               // points whose listed readings the target shows none of
	unasked    []string                  // points that nothing selected depends on
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
	later  bool // it comes back after all others, which start runs in its pause
	start  func(pause func())
}

// The lanes of a deployment that all checks share: in each, one job runs at a time.
const (
	laneCustomers = "customers" // CloudHealth's, whose assignments are counted together
	laneMonths    = "months"    // of which there are few, so that several checks set the rates of one
)

// lane names the lane that a job has to keep to; empty where there is none.
func (j job) lane() string {
	switch {
	case j.api == openapi.CloudHealth:
		return laneCustomers
	case slices.ContainsFunc(j.checks, func(c Check) bool { return slices.ContainsFunc(c.Operations, monthly) }):
		return laneMonths
	}
	return ""
}

// laneOf is the lane of an operation.
func laneOf(op *openapi.Operation) string {
	switch {
	case op.API == openapi.CloudHealth:
		return laneCustomers
	case monthly(op.ID):
		return laneMonths
	}
	return ""
}

// monthly reports whether an operation is about the rates of a month.
func monthly(operation string) bool { return strings.Contains(operation, "ExchangeRate") }

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
	r.around(jobs, func(jobs []job) {
		var group errgroup.Group
		group.SetLimit(r.config.Parallel)
		for _, queue := range r.queues(jobs) {
			group.Go(func() error {
				for _, j := range queue {
					r.start(j, nil)
				}
				return nil
			})
		}
		_ = group.Wait()
	})
	return nil
}

// queues are the jobs that one worker does after another: those of a lane, which come
// first because they take longest, and each of the others by itself.
func (r *run) queues(jobs []job) [][]job {
	var lanes, others [][]job
	at := map[string]int{}
	for _, j := range jobs {
		lane := j.lane()
		i, begun := at[lane]
		switch {
		case lane == "" || r.supply.madeUp:
			others = append(others, []job{j})
		case begun:
			lanes[i] = append(lanes[i], j)
		default:
			at[lane] = len(lanes)
			lanes = append(lanes, []job{j})
		}
	}
	return append(lanes, others...)
}

// around runs the checks that come back later around all others: each begins, and has
// the rest run before it goes on.
func (r *run) around(jobs []job, rest func([]job)) {
	i := slices.IndexFunc(jobs, func(j job) bool { return j.later })
	if i < 0 {
		rest(jobs)
		return
	}
	others := slices.Concat(jobs[:i], jobs[i+1:])
	pause := sync.OnceFunc(func() { r.around(others, rest) })
	r.start(jobs[i], pause)
	pause() // where it did not come that far
}

// start runs a job, or says that it was not run.
func (r *run) start(j job, pause func()) {
	if lane := r.shared[j.lane()]; lane != nil && !r.supply.madeUp {
		lane.Lock()
		defer lane.Unlock()
	}
	if r.ctx.Err() != nil {
		r.skip(j)
		return
	}
	j.start(pause)
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
			jobs = append(jobs, job{api: g.operation.API, checks: checks, start: func(func()) { r.runProbes(g, dialect) }})
		}
	}
	for _, o := range observations {
		if r.config.includes(o.check.Check) {
			jobs = append(jobs, job{api: o.check.API, checks: []Check{o.check.Check}, start: func(func()) { r.finish(r.confirm(o)) }})
		}
	}
	for _, c := range suite.scenarios {
		if r.config.includes(c.Check) {
			j := job{api: c.API, checks: []Check{c.Check}, start: func(pause func()) { r.finish(r.runScenario(c, dialect, pause)) }}
			j.later = c.scenario.Later() && j.lane() == "" // one that keeps a lane waits in it
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// keepOpen leaves what a check did as it is, open in the journal, and notes it.
func (r *run) keepOpen(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, u := range s.undo {
		line := u.String()
		if u.As != "" && r.supply.madeUp {
			line += " in the sandbox " + u.As
		}
		r.open = append(r.open, line)
	}
	s.undo = nil
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

// finally gives the target the time to settle where an answer was lost, and looks once
// more for what that may have created. Then it compares every list with what it held
// before the run.
func (r *run) finally() {
	settle, hurry := r.settling, r.ctx.Err() != nil && r.stopped() == interrupted
	if hurry {
		settle = 0
	}
	late := r.late
	r.late = nil
	if len(late) > 0 && !r.supply.madeUp {
		time.Sleep(settle)
	}
	for _, s := range late {
		s.residue, s.hasty = nil, hurry && r.settling > 0
		s.finally(r.ctx)
		r.left(s)
	}
	if r.supply.madeUp || len(r.open) > 0 { // the lists show what is kept
		return
	}
	for _, api := range r.config.APIs {
		s := r.session(r.contracts[api], nil, false)
		results := s.close(r.ctx, settle, hurry)
		r.left(s)
		for _, result := range results {
			r.due = append(r.due, result.ID)
			if r.config.Selection.skips(result.Check) || result.Verdict == Pass && !r.config.Selection.includes(result.Check) {
				continue
			}
			r.total++
			r.finish(result)
		}
	}
	r.residue = slices.DeleteFunc(r.residue, func(left string) bool { return r.footprint.gone[left] })
}

// forget removes the sandboxes that the run began on a Twinbill elsewhere, so that they do
// not push out those of its users.
func (r *run) forget(ctx context.Context) {
	if r.config.Known || !r.supply.madeUp || len(r.open) > 0 {
		return
	}
	const enough = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), enough)
	defer cancel()
	r.config.Target.Forget(ctx, r.supply.sandboxes())
}

// session begins a conversation with the target.
func (r *run) session(contract *openapi.Contract, inputs map[string]any, hold bool) *session {
	return &session{target: r.config.Target, contract: contract, supply: r.supply, may: r.may, footprint: r.footprint, lag: r.lag, inputs: inputs, hold: hold, unsettled: r.unsettled}
}

// finish takes in a result. One that an interruption left open is no news about the
// target.
func (r *run) finish(result Result) {
	if err := r.inTheWay(&result); err != nil {
		result.Broken = nil
		result = result.because(err)
	}
	over := r.stopped() == interrupted || result.Reason == interrupted
	if result.Verdict == Inconclusive && r.ctx.Err() != nil && over {
		result.Verdict, result.Reason = Skipped, r.stopped()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(&result)
	r.results = append(r.results, result)
	r.tally(result)
	if r.config.Progress != nil {
		r.config.Progress(len(r.results), r.total, result)
	}
}

// inTheWay is why nobody knows what a create was refused for: the run's own things may be
// in its way, where the target did not answer when they were to be removed.
func (r *run) inTheWay(result *Result) error {
	e := result.Decisive
	if result.Verdict != Fail || e == nil || e.Err != nil || e.Status/100 != 4 || !creator(e.Request.Operation) {
		return nil
	}
	r.footprint.mu.Lock()
	defer r.footprint.mu.Unlock()
	if left := r.footprint.stuck[result.API]; left != "" {
		return lost{"the run could not remove what it created, which may be in the way: " + left}
	}
	return nil
}

// runScenario runs one scenario as a check.
func (r *run) runScenario(c scenarioCheck, dialect openapi.Dialect, pause func()) Result {
	result := Result{Check: c.Check, Started: time.Now()}
	if err := r.unsettledBy(c.scenario); err != nil {
		return result.because(err)
	}
	if condition := unmetCondition(c.scenario, dialect); condition != "" {
		result.Verdict, result.Reason = Skipped, "holds only under "+condition
		return result
	}
	return r.converse(c, true, pause)
}

// unmetCondition is the first condition of a scenario that a dialect does not meet, or
// empty.
func unmetCondition(s *scenarios.Scenario, dialect openapi.Dialect) string {
	for _, condition := range s.When {
		if !applies(condition, dialect) {
			return condition
		}
	}
	return ""
}

// applies reports whether a condition holds: `point=reading`, or `point=reading|reading`.
func applies(condition string, dialect openapi.Dialect) bool {
	point, readings, _ := strings.Cut(condition, "=")
	return slices.Contains(strings.Split(readings, "|"), dialect.Reading(point))
}

// converse performs a scenario and judges it. It pauses before a step that comes later.
// What others may have disturbed is performed again, and so is what lists may have shown
// too late.
func (r *run) converse(c scenarioCheck, hold bool, pause func()) Result {
	result, doubtful := r.attempt(c, c.ID, hold, pause)
	if doubtful {
		return r.againAmong(c, hold, result)
	}
	if result.Verdict == Fail && r.lag.further(c.API) {
		again, _ := r.attempt(c, c.ID+" again", hold, nil)
		again.Exchanges = append(result.Exchanges, again.Exchanges...)
		return again
	}
	return result
}

// attempt performs a scenario once, with the inputs that a name makes fresh, and reports
// whether others may have disturbed it.
func (r *run) attempt(c scenarioCheck, name string, hold bool, pause func()) (result Result, doubtful bool) {
	result = Result{Check: c.Check, Started: time.Now()}
	contract := r.contracts[c.API]
	if err := r.possible(c.scenario, contract); err != nil {
		return result.because(err), false
	}
	inputs, err := r.supply.inputs(r.ctx, name, contract, c.scenario.Inputs, c.scenario.Defaults)
	if err != nil {
		return result.because(err), false
	}
	s := r.session(contract, inputs, hold)
	var paused time.Duration
	s.pause = func() {
		began := time.Now()
		if pause != nil {
			pause()
		}
		r.linger(result.Started)
		paused += time.Since(began)
	}
	passed, failure := c.scenario.Run(r.ctx, inputs, s.execute)
	s.amongHeaders(r.ctx, failure)
	if r.config.Writes.Keep && c.scenario.Reading == "" {
		r.keepOpen(s)
	} else {
		s.undoTo(r.ctx, 0)
	}
	for _, step := range passed {
		result.Proven = append(result.Proven, step.Clauses...)
		result.Proven = append(result.Proven, shown(step, contract, s.answers[step.ID])...)
	}
	r.left(s)
	result.Exchanges, result.Duration, result.answers = s.exchanges, time.Since(result.Started)-paused, s.answers
	switch {
	case failure == nil && (c.scenario.Reading != "" || c.Level == openapi.Silent):
		result.Verdict = Observed
	case failure == nil:
		result.Verdict = Pass
	default:
		result.explain(contract, s, c.scenario, failure)
		var among disturbed
		doubtful = errors.As(failure.Err, &among) && !among.proven && r.ctx.Err() == nil
	}
	result.clip(mostOfOne)
	s.exchanges, s.answers, s.bytes = nil, nil, 0 // the session may have to look for what is late
	return result, doubtful
}

// linger waits until something that began at a time has lasted for a while. A Twinbill's
// clock is its own.
func (r *run) linger(began time.Time) {
	if r.twinbill {
		return
	}
	pause(r.ctx, cmp.Or(r.config.Linger, 2*time.Second)-time.Since(began))
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
	return r.vacant(s, contract)
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
