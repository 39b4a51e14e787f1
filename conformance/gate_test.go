package conformance_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// unique is a clause that the tests below break, and twice the checks that then fail.
const (
	unique    = "ripple.account.customer-id.unique"
	duplicate = "ripple/account/duplicate"
	azure     = "ripple/account/duplicate-azure"
)

// gated verifies a twin with defects under a configuration.
func gated(t *testing.T, config conformance.Config, defects ...string) *conformance.Report {
	t.Helper()
	twin, err := mock.New(mock.WithDefects(defects...))
	if err != nil {
		t.Fatal(err)
	}
	config.Target, config.Known = target.InProcess(twin), true
	if config.Seed == 0 {
		config.Seed = 1
	}
	report, err := conformance.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func ids(report *conformance.Report) []string {
	var out []string
	for _, r := range report.Results {
		out = append(out, r.ID)
	}
	return out
}

// TestExpectedFailures: known failures do not fail a run, and an entry that has served
// its time does.
func TestExpectedFailures(t *testing.T) {
	selection := conformance.Selection{Run: []string{"ripple/account/*"}}
	both := conformance.ExpectedFailure{Check: "ripple/account/[cd]*", Reason: "known", Where: "f:1"}
	report := gated(t, conformance.Config{Selection: selection, Expected: []conformance.ExpectedFailure{both}}, unique)
	if report.Count(conformance.Fail) == 0 || report.ExitCode(true) != 0 || len(report.Stale) > 0 {
		t.Errorf("%d failures, exit status %d, stale %q", report.Count(conformance.Fail), report.ExitCode(true), report.Stale)
	}
	one := conformance.ExpectedFailure{Check: duplicate, Reason: "known", Where: "f:1"}
	report = gated(t, conformance.Config{Selection: selection, Expected: []conformance.ExpectedFailure{one}}, unique)
	if report.ExitCode(false) != 1 {
		t.Error("a failure that nobody expects does not count")
	}
	report = gated(t, conformance.Config{Selection: selection, Expected: []conformance.ExpectedFailure{one}})
	if report.ExitCode(false) != 1 || !slices.Equal(report.Stale, []string{"f:1: " + duplicate + ": passes (known)"}) {
		t.Errorf("exit status %d, stale %q", report.ExitCode(false), report.Stale)
	}
	// What is not selected says nothing of its entries, a check of the other API either.
	for _, config := range []conformance.Config{
		{Selection: conformance.Selection{Run: []string{"ripple/account/registered"}}},
		{APIs: []openapi.API{openapi.CloudHealth}, Selection: conformance.Selection{Run: []string{"cloudhealth/assignment/delete"}}},
	} {
		config.Expected = []conformance.ExpectedFailure{one}
		if report := gated(t, config); report.ExitCode(false) != 0 {
			t.Errorf("stale %q", report.Stale)
		}
	}
	config := conformance.Config{Selection: conformance.Selection{Run: []string{"ripple/account/registered"}}}
	config.Expected = []conformance.ExpectedFailure{{Check: "ripple/acount/*", Reason: "typo", Where: "f:9"}}
	if report := gated(t, config); report.ExitCode(false) != 1 || len(report.Stale) != 1 || !strings.Contains(report.Stale[0], "matches no check") {
		t.Errorf("stale %q", report.Stale)
	}
}

// TestShards: every check is in exactly one shard, in the list and in runs.
func TestShards(t *testing.T) {
	whole, err := conformance.List(conformance.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range conformance.Sample([]int{7, 1, 2, 3, 50}, 5) {
		seen := map[string]int{}
		for index := 1; index <= of; index++ {
			part, err := conformance.List(conformance.Config{Shard: conformance.Shard{Index: index, Of: of}})
			if err != nil {
				t.Fatal(err)
			}
			if fair := len(whole) / of; of <= 7 && (len(part) < fair*3/4 || len(part) > fair*5/4) {
				t.Errorf("shard %d/%d has %d of %d checks", index, of, len(part), len(whole))
			}
			for _, c := range part {
				seen[c.ID]++
			}
		}
		for _, c := range whole {
			if seen[c.ID] != 1 {
				t.Fatalf("%s is in %d of %d shards", c.ID, seen[c.ID], of)
			}
		}
	}
	selection := conformance.Selection{Run: []string{"createAccount"}}
	var union []string
	for index := 1; index <= 3; index++ {
		report := gated(t, conformance.Config{Selection: selection, Shard: conformance.Shard{Index: index, Of: 3}})
		clean(t, report)
		union = append(union, ids(report)...)
	}
	all := ids(gated(t, conformance.Config{Selection: selection}))
	slices.Sort(union)
	slices.Sort(all)
	if !slices.Equal(union, all) {
		t.Errorf("the shards run %d checks, the whole %d", len(union), len(all))
	}
}

// TestEmptyShard: a shard may be empty, a selection may not.
func TestEmptyShard(t *testing.T) {
	empty := 0
	for index := 1; index <= 2; index++ {
		report := gated(t, conformance.Config{Selection: conformance.Selection{Run: []string{duplicate}}, Shard: conformance.Shard{Index: index, Of: 2}})
		if report.ExitCode(true) != 0 {
			t.Errorf("exit status %d", report.ExitCode(true))
		}
		if len(report.Results) == 0 {
			empty++
		}
	}
	if empty != 1 {
		t.Errorf("%d of 2 shards are empty", empty)
	}
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	_, err = conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(twin), Selection: conformance.Selection{Run: []string{"nothing"}}, Shard: conformance.Shard{Index: 1, Of: 2},
	})
	if !errors.As(err, &conformance.ErrNothingSelected{}) {
		t.Errorf("got %v", err)
	}
}

// TestOrder: the seed decides in which order checks run.
func TestOrder(t *testing.T) {
	order := func(seed uint64) []string {
		var done []string
		gated(t, conformance.Config{
			Seed: seed, Parallel: 1, Selection: conformance.Selection{Run: []string{"ripple/*"}},
			Progress: func(_, _ int, r conformance.Result) { done = append(done, r.ID) },
		})
		return done
	}
	first := order(7)
	if !slices.Equal(first, order(7)) {
		t.Error("the same seed gives another order")
	}
	if slices.Equal(first, order(8)) || slices.IsSorted(first) {
		t.Error("the seed does not change the order")
	}
}

// TestMaxFailures: no check starts after the last failure that a run may have, and what
// was created is removed.
func TestMaxFailures(t *testing.T) {
	config := conformance.Config{Parallel: 1, MaxFailures: 2, Selection: conformance.Selection{Run: []string{"scenario"}}}
	report := gated(t, config, unique)
	if n := report.Count(conformance.Fail); n != 2 {
		t.Errorf("%d failures", n)
	}
	skipped := 0
	for _, r := range report.Results {
		if r.Verdict == conformance.Skipped && strings.Contains(r.Reason, "2 checks have failed") {
			skipped++
		}
	}
	if skipped < 10 {
		t.Errorf("only %d checks are skipped for it", skipped)
	}
	if report.ExitCode(false) != 1 || len(report.Residue) > 0 {
		t.Errorf("exit status %d, residue %q", report.ExitCode(false), report.Residue)
	}
	config.Expected = []conformance.ExpectedFailure{{Check: "*", Reason: "all of them"}}
	if report := gated(t, config, unique); report.Count(conformance.Skipped) >= skipped {
		t.Error("expected failures count")
	}
}

// TestTags: kind, level and the contract's tags select.
func TestTags(t *testing.T) {
	for _, tag := range []string{"probe", "scenario", "dialect", "must", "should", "silent", "account", "billing group", "assignments"} {
		checks, err := conformance.List(conformance.Config{Selection: conformance.Selection{Run: []string{tag}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(checks) == 0 {
			t.Errorf("nothing is tagged %s", tag)
		}
		for _, c := range checks {
			if !slices.Contains(c.Tags, tag) {
				t.Errorf("%s is selected by %s, and tagged %q", c.ID, tag, c.Tags)
			}
		}
	}
	rest, err := conformance.List(conformance.Config{Selection: conformance.Selection{Skip: []string{"probe", "scenario"}}})
	if err != nil || len(rest) > 0 {
		t.Errorf("%d checks are neither scenario nor probe, %v", len(rest), err)
	}
}

// TestBlame: a failure that the twin does not share is the target's, one that it does is
// not, and without a twin nobody is blamed.
func TestBlame(t *testing.T) {
	config := conformance.Config{Selection: conformance.Selection{Run: []string{duplicate, azure, "ripple/account/registered"}}}
	config.Twin = func(d openapi.Dialect) (http.Handler, error) { return mock.New(mock.WithDialect(d)) }
	blames := func() []string {
		var out []string
		for _, r := range gated(t, config, unique).Results {
			if (r.Blame != "") != (r.Verdict == conformance.Fail) && config.Twin != nil {
				t.Errorf("%s is %s, blame %q", r.ID, r.Verdict, r.Blame)
			}
			if r.Verdict == conformance.Fail {
				out = append(out, r.Blame)
			}
		}
		return out
	}
	for _, blame := range blames() {
		if !strings.HasPrefix(blame, "the target: ") {
			t.Errorf("blame: %s", blame)
		}
	}
	config.Twin = func(d openapi.Dialect) (http.Handler, error) {
		return mock.New(mock.WithDialect(d), mock.WithDefects(unique))
	}
	for _, blame := range blames() {
		if !strings.HasPrefix(blame, "the suite or a reading: ") {
			t.Errorf("blame: %s", blame)
		}
	}
	config.Twin = nil
	if got := blames(); len(got) != 2 || got[0] != "" || got[1] != "" {
		t.Errorf("blames: %q", got)
	}
}

// TestBlameBounded: of a target that breaks everything, some checks alone are replayed,
// with credentials that are made up.
func TestBlameBounded(t *testing.T) {
	var mu sync.Mutex
	sent := 0
	twin := func(d openapi.Dialect) (http.Handler, error) {
		sound, err := mock.New(mock.WithDialect(d))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			sent++
			mu.Unlock()
			if strings.Contains(r.URL.RawQuery+r.Header.Get("Authorization"), "own-key") {
				t.Errorf("the deployment's key is sent to the twin: %s", r.URL)
			}
			sound.ServeHTTP(w, r)
		}), err
	}
	nothing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(nothing), APIs: []openapi.API{openapi.CloudHealth}, Twin: twin, Seed: 1,
		Credentials: target.Credentials{CloudHealth: target.CloudHealth{Key: "own-key"}},
		Writes:      conformance.Writes{Allowed: true, Irreversible: true},
		Inputs:      map[string]any{"customer": 1, "other_customer": 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	replayed, not := 0, 0
	for _, r := range report.Results {
		switch {
		case strings.HasPrefix(r.Blame, "not replayed on Twinbill's own model of the API: 200 checks"):
			not++
		case r.Blame != "":
			replayed++
		}
	}
	if broken := report.Count(conformance.Fail) + report.Count(conformance.Warn); replayed != min(200, broken) || not != broken-replayed || broken == 0 || sent == 0 {
		t.Errorf("of %d that did not pass, %d are replayed and %d not, by %d requests", broken, replayed, not, sent)
	}
}
