package journal

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

// used lists what is not 0.
func used(counts map[string]int) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] > 0 {
			out = append(out, name)
		}
	}
	return out
}

func covered(c gen.Coverage, op string) gen.OperationCoverage {
	i := slices.IndexFunc(c.ByOperation, func(o gen.OperationCoverage) bool { return o.Operation == op })
	return c.ByOperation[i]
}

func TestCoverage(t *testing.T) {
	j := NewPool(Limits{Requests: 1}).New(0, "a")
	none := j.Coverage(contracts())
	if none.Operations.Used+none.Answers.Used+none.Fields.Used != 0 || len(none.Unused) != none.Operations.Documented || len(none.ByOperation) != len(none.Unused) {
		t.Fatalf("of nothing: %+v", none.Operations)
	}
	j.Append(sent("1", "createAccount", "POST", "/m/ripple/accts", `{"vendor":"aws","name":null,"zip":1}`, 200))
	j.Append(sent("2", "createAccount", "POST", "/m/ripple/accts", `{"vendor":"aws"`, 418))
	j.Append(sent("3", "setInvoiceExchangeRates", "POST", "/x/2020-01?a=1", `{"settings":[{},{"invoice_id":"i","invoice_id.x":1}]}`, 400))
	j.Append(sent("4", "listAccounts", "GET", "/m/ripple/accts?vendor=aws&x=1", "", 0))
	token := sent("5", "issueAccessToken", "POST", "/ripple/access_token", "grant_type=x&more=y", 200)
	token.RequestHeaders = gen.Headers{"Content-Type": {formType}}
	j.Append(token)
	j.Append(sent("6", "", "GET", "/nowhere", "", 404))
	got := j.Coverage(contracts()) // although only the last one is held
	if got.Operations.Used != 4 || got.Operations.Documented != len(got.ByOperation) || len(got.Unused) != len(got.ByOperation)-4 || slices.Contains(got.Unused, "createAccount") {
		t.Errorf("operations %+v, %d unused", got.Operations, len(got.Unused))
	}
	if got.Answers.Used != 3 || got.Fields.Used != 8 {
		t.Errorf("answers %+v, fields %+v", got.Answers, got.Fields)
	}
	for op, want := range map[string]struct {
		calls           int
		answers, fields []string
	}{
		"createAccount":           {2, []string{"200"}, []string{"body/name", "body/vendor"}},
		"setInvoiceExchangeRates": {1, []string{"400"}, []string{"body/settings", "body/settings.*.invoice_id", "path/month", "path/vendor"}},
		"listAccounts":            {1, nil, []string{"query/vendor"}},
		"issueAccessToken":        {1, []string{"200"}, []string{"body/grant_type"}},
	} {
		o := covered(got, op)
		if o.Calls != want.calls || !slices.Equal(used(o.Answers), want.answers) || !slices.Equal(used(o.Fields), want.fields) {
			t.Errorf("%s: %d, %v, %v", op, o.Calls, used(o.Answers), used(o.Fields))
		}
	}
	if o := covered(got, "createAccount"); o.Answers["200"] != 1 || o.Fields["body/vendor"] != 1 || len(o.Answers) < 4 {
		t.Errorf("%+v", o)
	}
	j.Clear()
	if got := j.Coverage(contracts()); got.Operations.Used != 0 {
		t.Errorf("after Clear: %+v", got.Operations)
	}
}

func TestCoverageReadsAllOfABody(t *testing.T) {
	j := NewPool(Limits{Body: 4}).New(0, "a")
	whole := []byte(`{"vendor":"aws","name":"x"}`)
	e := sent("1", "createAccount", "POST", "/", "", 200)
	c := capture{data: whole, total: len(whole)}
	e.RequestBody, e.sent = c.body(4), whole
	j.Append(e)
	if o := covered(j.Coverage(contracts()), "createAccount"); o.Fields["body/name"] != 1 {
		t.Errorf("%v", used(o.Fields))
	}
	if held, _ := j.Get("1"); held.sent != nil {
		t.Error("the whole body is still held")
	}
}

// TestCoverageIsBounded sends names without end.
func TestCoverageIsBounded(t *testing.T) {
	j := NewPool(Limits{}).New(0, "a")
	for range 3 {
		deep := `{"` + string(bytes.Repeat([]byte("x"), 1<<10)) + `":` + string(bytes.Repeat([]byte("["), 9000)) + string(bytes.Repeat([]byte("]"), 9000)) + `}`
		j.Append(sent("1", "createAccount", "POST", "/?"+string(bytes.Repeat([]byte("a=1&b"), 1000)), deep, 200))
		j.Append(sent("2", "unheardOf", "POST", "/", "{}", 200))
	}
	if len(j.tallies) != 1 || len(j.tallies[place{"ripple", "createAccount"}].fields) != 0 {
		t.Errorf("%+v", j.tallies)
	}
	if _, err := json.Marshal(j.Coverage(contracts())); err != nil {
		t.Error(err)
	}
}
