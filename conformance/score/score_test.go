package score_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/score"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// breaches lists what a twin can be broken by.
func breaches(t *testing.T) []score.Breach {
	t.Helper()
	known, err := mock.Breaches()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]score.Breach, len(known))
	for i, b := range known {
		all[i] = score.Breach(b)
	}
	return all
}

func twin(breach string) (http.Handler, error) {
	if breach == "" {
		return mock.New()
	}
	return mock.New(mock.WithDefects(breach))
}

// TestScore runs the suite against the breaches, or a sample of them where that would
// take long: each is killed for the right reason.
func TestScore(t *testing.T) {
	all := breaches(t)
	if len(all) < 400 {
		t.Errorf("there are only %d breaches", len(all))
	}
	selected, err := score.Selection{Sample: sample}.Of(all)
	if err != nil {
		t.Fatal(err)
	}
	equivalents, err := score.Equivalents(all, selected)
	if err != nil {
		t.Fatal(err)
	}
	matrix, err := score.Run(t.Context(), score.Config{Breaches: selected, Twin: twin, Equivalents: equivalents, Seed: 1, Whole: sample == 0})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range matrix.Alive() {
		t.Errorf("%s %s breaks %v; %s %s of %v", row.Outcome, row.ID, row.Clauses, row.Check, row.Reason, row.Broken)
	}
	for _, mistake := range matrix.Mistakes {
		t.Error(mistake)
	}
	t.Log(matrix.Line())
}

func TestEquivalentsAreFew(t *testing.T) {
	all := breaches(t)
	equivalents, err := score.Equivalents(all, all)
	if err != nil {
		t.Fatal(err)
	}
	if most := score.Share * float64(len(all)); float64(len(equivalents)) > most {
		t.Errorf("%d breaches are listed as equivalent, of %d; at most %.0f may be", len(equivalents), len(all), most)
	}
}

func TestEquivalentsNameTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ list, want string }{
		"no reason":  {"- {id: wire/x, permitted: ripple.account.list.name}", "needs id, permitted and reason"},
		"no clause":  {"- {id: wire/x, permitted: ripple.nothing, reason: a}", `no "ripple.nothing"`},
		"no pointer": {"- {id: wire/x, permitted: 'ripple.yaml#/components/nothing', reason: a}", "ripple.yaml#/components/nothing"},
		"twice":      {"- &e {id: wire/x, permitted: ripple.account.list.name, reason: a}\n- *e", "stands twice"},
		"a key":      {"- {id: wire/x, why: a}", "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := score.ParseEquivalents([]byte(c.list))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %s", err, c.want)
			}
		})
	}
	_, err := score.ParseEquivalents([]byte("- {id: wire/x, permitted: 'ripple.yaml#/components/schemas/TokenError/required', reason: a}"))
	if err != nil {
		t.Error(err)
	}
}

// about is one breach by which the outcomes are told apart.
func about(clauses ...string) score.Breach {
	return score.Breach{
		ID: "ripple.account.customer-id.unique", Kind: "rule", API: openapi.Ripple,
		Operations: []string{"createAccount"}, Clauses: clauses, Says: "A registered id is taken again.",
	}
}

// TestOutcomes tells each outcome, or some of them under the race detector.
func TestOutcomes(t *testing.T) {
	listed := []score.Equivalent{{ID: "ripple.account.customer-id.unique", Permitted: "ripple.account.list.name", Reason: "made up"}}
	sound := func(string) (http.Handler, error) { return mock.New() }
	for name, c := range map[string]struct {
		breach      score.Breach
		twin        func(string) (http.Handler, error)
		equivalents []score.Equivalent
		whole       bool
		want        score.Outcome
		mistakes    int
		perfect     bool
	}{
		"killed":                  {about("ripple.account.customer-id.unique"), twin, nil, true, score.Killed, 0, true},
		"for the wrong reason":    {about("ripple.account.list.name"), twin, nil, true, score.Wrong, 0, false},
		"survived":                {about("ripple.account.customer-id.unique"), sound, nil, true, score.Survived, 0, false},
		"permitted":               {about("ripple.account.customer-id.unique"), sound, listed, false, score.Permitted, 0, true},
		"permitted, as too many":  {about("ripple.account.customer-id.unique"), sound, listed, true, score.Permitted, 0, false},
		"permitted and killed":    {about("ripple.account.customer-id.unique"), twin, listed, true, score.Killed, 1, false},
		"permitted and not there": {about("ripple.account.customer-id.unique"), twin, []score.Equivalent{{ID: "wire/none"}}, true, score.Killed, 1, false},
	} {
		if raceEnabled && name != "killed" && name != "permitted, as too many" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := score.Run(t.Context(), score.Config{Breaches: []score.Breach{c.breach}, Twin: c.twin, Equivalents: c.equivalents, Whole: c.whole, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if m.Rows[0].Outcome != c.want || len(m.Mistakes) != c.mistakes {
				t.Errorf("outcome %s with mistakes %q, want %s with %d", m.Rows[0].Outcome, m.Mistakes, c.want, c.mistakes)
			}
			if m.Perfect() != c.perfect {
				t.Errorf("perfect: %t", m.Perfect())
			}
		})
	}
}

// TestReadingIsNoExcuse: a breach that passes for a reading survives, unless the list
// permits just that. The race detector sees one case.
func TestReadingIsNoExcuse(t *testing.T) {
	b := about("ripple.reseller.create.meta.optional")
	b.ID = "wire/createReseller/request/body/meta/missing/refused"
	const point = "ripple.reseller.meta-required"
	for name, c := range map[string]struct {
		equivalents []score.Equivalent
		want        score.Outcome
		mistakes    int
	}{
		"permitted":     {[]score.Equivalent{{ID: b.ID, Permitted: point, Reading: "required", Reason: "r"}}, score.Reading, 0},
		"another":       {[]score.Equivalent{{ID: b.ID, Permitted: point, Reading: "optional", Reason: "r"}}, score.Survived, 1},
		"not as such":   {[]score.Equivalent{{ID: b.ID, Permitted: point, Reason: "r"}}, score.Survived, 0},
		"not permitted": {nil, score.Survived, 0},
	} {
		if raceEnabled && name != "permitted" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			m, err := score.Run(t.Context(), score.Config{Breaches: []score.Breach{b}, Twin: twin, Seed: 1, Equivalents: c.equivalents})
			if err != nil {
				t.Fatal(err)
			}
			row := m.Rows[0]
			if row.Outcome != c.want || len(m.Mistakes) != c.mistakes || !strings.HasPrefix(row.Reason, "seen as "+point+"=required") {
				t.Errorf("%s: %s; %q", row.Outcome, row.Reason, m.Mistakes)
			}
		})
	}
}

// TestUnnamedClauseIsListed: what is said to be broken, and no check names, is listed
// by a whole run alone.
func TestUnnamedClauseIsListed(t *testing.T) {
	b := about("ripple.account.customer-id.unique", "ripple.account.list.name")
	for _, whole := range []bool{true, false} {
		m, err := score.Run(t.Context(), score.Config{Breaches: []score.Breach{b}, Twin: twin, Seed: 1, Whole: whole})
		if err != nil {
			t.Fatal(err)
		}
		if named := !slices.Contains(m.Unnamed, "ripple.account.list.name"); named == whole {
			t.Errorf("whole %t: %q", whole, m.Unnamed)
		}
	}
}

func TestSuiteHasToPassOnASoundTwin(t *testing.T) {
	broken := func(string) (http.Handler, error) { return twin("ripple.account.customer-id.unique") }
	_, err := score.Run(t.Context(), score.Config{Breaches: []score.Breach{about("x")}, Twin: broken, Seed: 1})
	if err == nil || !strings.Contains(err.Error(), "fails on a sound twin") {
		t.Errorf("error %v", err)
	}
}
