package conformance_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/stranger"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// strangers is how much of the stranger is judged: every nth of its variants and bugs, or
// none. `make stranger` sets 1.
var strangers = flag.Int("stranger", 0, "judge every `n`th variant and bug of the stranger; 0 judges none")

// world is the target file of a stranger's deployment.
const world = `
ripple:
  url: BASE/m/ripple
  token_url: BASE/ripple/access_token
  client: {id: acme, secret: "${ACME_SECRET}"}
  user: {name: acme-user, password: "${ACME_PASSWORD}"}
  other_client: {id: other, secret: "${OTHER_SECRET}"}
  fewer_roles:
    readonly: {id: readonly, secret: "${READONLY_SECRET}"}
    noroles: {id: none, secret: "${NONE_SECRET}"}
    admin: {id: only-Admin, secret: "${ONLY_SECRET}"}
  roles:
    ModifyAccount: {id: only-ModifyAccount, secret: "${ONLY_SECRET}"}
    ReadAccount: {id: only-ReadAccount, secret: "${ONLY_SECRET}"}
    ModifyReseller: {id: only-ModifyReseller, secret: "${ONLY_SECRET}"}
    ReadReseller: {id: only-ReadReseller, secret: "${ONLY_SECRET}"}
    ModifyBillingGroup: {id: only-ModifyBillingGroup, secret: "${ONLY_SECRET}"}
    ReadBillingGroup: {id: only-ReadBillingGroup, secret: "${ONLY_SECRET}"}
    ModifySettings: {id: only-ModifySettings, secret: "${ONLY_SECRET}"}
    ReadSettings: {id: only-ReadSettings, secret: "${ONLY_SECRET}"}
    ModifyInvoice: {id: only-ModifyInvoice, secret: "${ONLY_SECRET}"}
cloudhealth:
  url: BASE
  key: ${ACME_KEY}
  other_key: ${OTHER_KEY}
inputs:
  months: [MONTHS]
  company_id: AcmeGroupOne
  other_company_id: AcmeGroupTwo
  group_a: AcmeGroupTri
  group_b: AcmeGroupFor
  payer_id: "128347567789"
  other_payer_id: "111345678911"
  invoice_id: "123656789"
  invoice_payer_id: "987655467321"
  other_invoice_id: "738676530"
  other_invoice_payer_id: "128347567789"
  azure_payer_id: "7654321"
  azure_invoice_id: "765432101"
  other_azure_payer_id: "7654322"
  foreign_payer_id: "222222222222"
  foreign_invoice_id: "222000111"
  project_id: project-1
  template_id: abcdefg
  other_template_id: tmpl-2
  customer: 1
  other_customer: 2
  unbilled_customer: 3
  unknown_customer: 999999
  foreign_customer: 77
  owner_a: "000000000001"
  owner_b: "000000000002"
  owner_c: "000000000003"
  owner_d: "000000000004"
  owner_e: "000000000005"
  owner_f: "000000000006"
  owner_g: "000000000007"
  owner_h: "000000000008"
  owner_head: "000000000100"
  owner_x: "000000000201"
  owner_alone: "000000000301"
  owner_foreign: "999999999999"
`

// secretOf is the environment that the world's target file names.
func secretOf(name string) (string, bool) {
	value, ok := map[string]string{
		"ACME_SECRET": "acme-secret", "ACME_PASSWORD": "acme-password", "READONLY_SECRET": "readonly-secret",
		"NONE_SECRET": "none-secret", "ONLY_SECRET": "only-secret", "OTHER_SECRET": "other-secret",
		"ACME_KEY": "acme-key", "OTHER_KEY": "other-key",
	}[name]
	return value, ok
}

// monthsOf are those that a run would use, and the December before a time.
func monthsOf(now time.Time) string {
	out := conformance.MonthsAround(now)
	if december := fmt.Sprintf("%d-12", now.Year()-1); !slices.Contains(out, december) {
		out = append(out, december)
	}
	return strings.Join(out, ", ")
}

// judgement is what the suite said of one deployment.
type judgement struct {
	report   *conformance.Report
	err      error // why nothing could be verified
	code     int   // the exit status
	requests int
	took     time.Duration
	unnamed  []string // rows that differ afterwards, and that the report does not name
}

// judgeStranger verifies a stranger with some deviations as a user would: with a target file, on a socket.
func judgeStranger(t *testing.T, patient bool, apis []openapi.API, deviations ...string) (out judgement) {
	t.Helper()
	server, err := stranger.New(deviations...)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	listening := httptest.NewUnstartedServer(server)
	server.Tune(listening.Config)
	listening.Start()
	defer listening.Close()
	file, err := target.Parse("world.yaml", []byte(strings.NewReplacer("BASE", listening.URL, "MONTHS", monthsOf(time.Now().UTC())).Replace(world)), secretOf)
	if err != nil {
		t.Fatal(err)
	}
	reached, err := file.Target(target.Options{APIs: apis, Pace: 1e6, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	reached.Backoff = 10 * time.Millisecond
	undo, err := journal.New(filepath.Join(t.TempDir(), "undo.journal"), journal.Header{Target: listening.URL, Seed: 1, Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	linger := 20 * time.Millisecond
	if patient {
		linger = 0 // as long as a run lasts by itself
	}
	before, started := server.Rows(), time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	out.report, out.err = conformance.Run(ctx, conformance.Config{
		Target: reached, APIs: apis, Credentials: file.Credentials(), Inputs: file.Inputs, Secrets: file.Secrets(), Shared: true,
		Writes: conformance.Writes{Allowed: true, Irreversible: true}, Journal: undo, Seed: 1, Parallel: 4, Contact: 10 * time.Second, Linger: linger,
	})
	out.took, out.requests, out.code = time.Since(started), server.Requests(), 2
	if _, err := undo.Close(); err != nil {
		t.Error(err)
	}
	if out.err != nil {
		return out
	}
	out.code = out.report.ExitCode(false)
	said := slices.Concat(out.report.Residue, out.report.Kept)
	for _, r := range out.report.Results {
		if strings.HasPrefix(r.ID, "bystanders/") {
			said = append(said, r.Actual)
		}
	}
	named := strings.Join(said, "\n")
	after := server.Rows()
	for _, key := range differing(before, after) {
		row := cmp.Or(before[key], after[key])
		ids := append(identities.FindAllStringSubmatch(row, -1), []string{"", key[strings.LastIndex(key, "/")+1:]})
		if !stranger.Neighbours(key, row) && !slices.ContainsFunc(ids, func(id []string) bool { return strings.Contains(named, id[1]) }) {
			out.unnamed = append(out.unnamed, key)
		}
	}
	return out
}

// TestStrangerThatRefreshesTokens is observed to do so, and one that does not is not.
func TestStrangerThatRefreshesTokens(t *testing.T) {
	t.Parallel()
	for reading, deviations := range map[string][]string{"accepted": {"token-refreshed"}, "unsupported": nil} {
		j := judgeStranger(t, false, []openapi.API{openapi.Ripple}, deviations...)
		if j.err != nil {
			t.Fatal(j.err)
		}
		if got := j.report.Dialect.Reading("ripple.token.refresh"); got != reading {
			t.Errorf("%v is seen as %s, want %s", deviations, got, reading)
		}
	}
}

// identities matches the fields that identify a row in a list, in addition to its id.
var identities = regexp.MustCompile(`"(?:email|customer_id|billinggroup_id|owner_id)": ?"([^"]+)"`)

// differing lists the rows that two dumps do not have alike.
func differing(before, after map[string]string) []string {
	var out []string
	for key, row := range before {
		if after[key] != row {
			out = append(out, key)
		}
	}
	for key := range after {
		if _, was := before[key]; !was {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// failures are the checks that failed, a line each.
func (j judgement) failures() []string {
	if j.err != nil {
		return []string{j.err.Error()}
	}
	var out []string
	for _, r := range j.report.Results {
		if r.Verdict == conformance.Fail {
			out = append(out, fmt.Sprintf("%s %v: expected %s, actual %s", r.ID, r.Broken, clip(r.Expected), clip(r.Actual)))
		}
	}
	for _, left := range j.report.Residue {
		out = append(out, "residue: "+left)
	}
	return out
}

func clip(text string) string {
	if len(text) > 200 {
		return text[:200] + "..."
	}
	return text
}

// breaks reports whether a check fails for a bug: under a clause of its operation or, where
// it names one, of its heading; by an answer of its operation, or by the reading that shows
// what a write of it did; or by a write of it to what was there before the run.
func (j judgement) breaks(t *testing.T, bug stranger.Bug) bool {
	t.Helper()
	contract, err := openapi.Load(apiOf(bug), j.report.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	about := func(e *target.Exchange) bool { return e != nil && e.Operation == bug.Operation }
	of := func(id string) bool {
		clause, known := contract.Clause(id)
		return known && (slices.Contains(clause.Operations, bug.Operation) || clause.Source == heading(bug)) ||
			elsewhere[bug.Name] != "" && strings.HasSuffix(id, elsewhere[bug.Name])
	}
	return slices.ContainsFunc(j.report.Results, func(r conformance.Result) bool {
		if r.Verdict != conformance.Fail {
			return false
		}
		told := r.Exchanges // of bystanders: the writes that changed them
		if !strings.HasPrefix(r.ID, "bystanders/") {
			told = decisive(r, bug.Question == "later")
		}
		return slices.ContainsFunc(r.Broken, of) || slices.ContainsFunc(told, about)
	})
}

// decisive are the exchange that a failure is about and the writes right before it, whose
// effect it shows; of what shows later, all before it.
func decisive(r conformance.Result, later bool) []*target.Exchange {
	last := slices.Index(r.Exchanges, r.Decisive)
	if last < 0 {
		return []*target.Exchange{r.Decisive}
	}
	first := last
	for first > 0 && (later || r.Exchanges[first-1].Method != http.MethodGet || r.Exchanges[first-1].URL == r.Decisive.URL) { // a list that lags is read again
		first--
	}
	return r.Exchanges[first : last+1]
}

// elsewhere are bugs that break a promise of other operations too: all look at a key or a
// token in one way, an account that was taken away or assigned twice cannot be assigned, both
// ways to set a password share a rule, and a rate that reads back as set is the invoice's.
var elsewhere = map[string]string{
	"assignment-list-key-case-ignored":       ".authentication",
	"assignment-get-key-cut-accepted":        ".authentication",
	"assignment-delete-takes-aws-account":    "assignment.create.status",
	"assignment-update-new-id":               "assignment.create.status",
	"account-list-token-signature-unchecked": ".authentication",
	"reseller-password-auto-needs-password":  "reseller.create.status",
	"payer-rates-set-invoices-too":           "exchangerate.invoice.kept",
}

// heading is where the contract finds what a bug breaks: its source, under the page's own name.
func heading(bug stranger.Bug) string {
	return cmp.Or(headings[bug.Source], bug.Source)
}

// headings are those that the page on assignments has by longer names.
var headings = map[string]string{
	"assignment#criteria": "assignment#validation-criteria",
	"assignment#fields":   "assignment#required-fields",
	"assignment#media":    "assignment#media-types",
}

// TestStrangerConforms holds the suite to lawful deployments that it did not father: the
// stranger as it is, and each variant that the pages leave open. None is a failure.
func TestStrangerConforms(t *testing.T) {
	variants := append([]stranger.Variant{{Name: "", Says: "as it is"}}, stranger.Variants()...)
	alarms := 0
	var mu sync.Mutex
	t.Run("variants", func(t *testing.T) {
		for _, v := range every(variants) {
			t.Run(cmp.Or(v.Name, "plain"), func(t *testing.T) {
				t.Parallel()
				var deviations []string
				if v.Name != "" {
					deviations = append(deviations, v.Name)
				}
				j := judgeStranger(t, false, nil, deviations...)
				t.Logf("exit %d, %d requests, %v", j.code, j.requests, j.took.Round(time.Millisecond))
				if where, elsewhere := redirecting[v.Name]; elsewhere {
					if j.code != 2 || j.err == nil || !strings.Contains(j.err.Error(), where) {
						t.Errorf("%s: exit %d, %v; want exit 2 with a line that names %s", v.Says, j.code, j.err, where)
					}
					return
				}
				if j.code == 1 || j.code == 2 {
					mu.Lock()
					alarms++
					mu.Unlock()
					t.Errorf("%s: exit %d\n%s", v.Says, j.code, strings.Join(head(j.failures(), 12), "\n"))
				}
				if len(j.unnamed) > 0 && unnamable[v.Name] == "" {
					t.Errorf("rows differ that the report does not name: %v", j.unnamed)
				}
			})
		}
	})
	t.Logf("%d false alarms over %d lawful variants", alarms, len(every(variants)))
}

// redirecting are the variants that answer at another address, with what the line has to
// name: such a deployment is not verified, since a client that follows may lose a body.
var redirecting = map[string]string{
	"redirect-308":     "/moved",
	"redirect-307":     "/moved",
	"redirect-get-301": "/moved",
}

// TestStrangerBugs plants the stranger's bugs, one at a time: each makes a check fail under
// a clause that it breaks.
func TestStrangerBugs(t *testing.T) {
	var mu sync.Mutex
	type count struct{ caught, of int }
	byQuestion, byOperation := map[string]*count{}, map[string]*count{}
	total := count{}
	t.Run("bugs", func(t *testing.T) {
		for _, bug := range every(stranger.Bugs()) {
			t.Run(bug.Name, func(t *testing.T) {
				t.Parallel()
				j := judgeStranger(t, bug.Question == "later", []openapi.API{apiOf(bug)}, bug.Name)
				caught := j.code == 1 && j.err == nil && j.breaks(t, bug)
				mu.Lock()
				for _, c := range []*count{&total, at(byQuestion, bug.Question), at(byOperation, bug.Operation)} {
					c.of++
					if caught {
						c.caught++
					}
				}
				mu.Unlock()
				t.Logf("exit %d, %d requests, %v", j.code, j.requests, j.took.Round(time.Millisecond))
				if reason, open := unseen[bug.Name]; open == caught {
					t.Errorf("%s: exit %d, caught %t (%s)\n%s", bug.Breaks, j.code, caught, reason, strings.Join(head(j.failures(), 6), "\n"))
				}
				if len(j.unnamed) > 0 && unnamable[bug.Name] == "" && !strings.HasSuffix(strings.TrimSuffix(bug.Name, "-azure"), "-returns") {
					t.Errorf("rows differ that the report does not name: %v", j.unnamed)
				}
			})
		}
	})
	for _, by := range []map[string]*count{byQuestion, byOperation} {
		for _, key := range slices.Sorted(maps.Keys(by)) {
			t.Logf("%-32s %d of %d", key, by[key].caught, by[key].of)
		}
	}
	t.Logf("%d of %d planted bugs are caught", total.caught, total.of)
}

// unseen are the bugs that no client could see without harm, with the reason.
var unseen = map[string]string{
	"account-delete-payer-takes-linked": "it takes the real accounts of the payer along, where the run deletes one that is a known payer; of one that is not known, no other account may be registered everywhere",
	"invoice-rates-list-null-left-out":  "a month that lists those alone which have a rate is a reading, and no page says that payers and invoices follow the same",
	"payer-rates-set-under-one-refused": "a rate below 1 is never set on what was there before the run: should it stay, bills would be made out with it",
}

// unnamable are the variants and bugs after which rows differ that no run could name, with the reason;
// what comes back does so after the last look.
var unnamable = map[string]string{
	"assignment-delete-takes-aws-account": "no documented operation lists AWS accounts",
	"invoice-rates-set-next-month-too":    "a check says that it changes the next month, and not in which months it did",
	"unset-rates-are-the-months":          "the list shows the same whether a rate is the month's or its own",
	"payer-rates-list-month-before":       "the list says what stood in another month",
	"payer-rates-list-stale":              "the list says what stood a while ago",
	"invoice-rates-list-stale":            "the list says what stood a while ago",
}

// apiOf is the API that a bug is in.
func apiOf(bug stranger.Bug) openapi.API {
	if strings.HasPrefix(bug.Source, "assignment#") {
		return openapi.CloudHealth
	}
	return openapi.Ripple
}

func at[T any](counts map[string]*T, key string) *T {
	if counts[key] == nil {
		counts[key] = new(T)
	}
	return counts[key]
}

func head(lines []string, most int) []string { return lines[:min(most, len(lines))] }

// every is the part of a list that the flag -stranger asks for.
func every[T any](all []T) []T {
	var some []T
	for i := 0; *strangers > 0 && i < len(all); i += *strangers {
		some = append(some, all[i])
	}
	return some
}
