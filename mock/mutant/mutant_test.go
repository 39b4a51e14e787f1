package mutant_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// twin is a twin with at most one mutant, and a token for it.
type twin struct {
	t       *testing.T
	handler http.Handler
	token   string
}

func start(t *testing.T, mutants ...string) twin {
	t.Helper()
	handler, err := mock.New(mock.WithDefects(mutants...))
	if err != nil {
		t.Fatal(err)
	}
	return twin{t: t, handler: handler}
}

// told is an answer, to be compared.
func (w *twin) told(method, path, contentType, body string) string {
	w.t.Helper()
	var reader io.Reader = http.NoBody
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if w.token != "" && strings.HasPrefix(path, "/m/") {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	header := answer.Header().Clone()
	for _, name := range []string{"Content-Length", "Date", "Twinbill-Clause"} {
		header.Del(name)
	}
	return fmt.Sprint(answer.Code, " ", header, " ", answer.Body)
}

const jsonType = "application/json"

// story is one request after another.
type story []struct{ method, path, body string }

const account = `{"vendor": "aws", "customer_id": "000000000001", "account_id": "919999618919", "company_id": "AJfdivbDjhvbpE", "name": "abc", "note": "n"}`

// assign is CloudHealth's create.
const assignments = "/v1/aws_account_assignments?api_key=k"

// TestMutantsShow puts each kind of mutant on the wire: the answers are other ones than
// without it.
func TestMutantsShow(t *testing.T) {
	accounts := story{{"POST", "/m/ripple/accts", account}, {"GET", "/m/ripple/accts?vendor=aws", ""}}
	assigned := story{
		{"POST", assignments, `{"owner_id": "000000000001", "customer_id": 1, "payer_account_owner_id": "000000000001"}`},
		{"POST", assignments, `{"owner_id": "000000000002", "customer_id": 1, "payer_account_owner_id": "000000000002"}`},
		{"GET", assignments + "&per_page=1", ""},
	}
	for id, told := range map[string]story{
		"wire/listAccounts/response/customer_id/dropped":                      accounts,
		"wire/listAccounts/response/customer_id/nulled":                       accounts,
		"wire/listAccounts/response/customer_id/retyped":                      accounts,
		"wire/listAccounts/response/customer_id/renamed":                      accounts,
		"wire/listAccounts/response/note/nulled":                              accounts,
		"wire/listAccounts/response/service_discount/filled":                  accounts,
		"wire/listAccounts/response/vendor/swapped":                           accounts,
		"wire/listAccounts/response/vendor/outside":                           accounts,
		"wire/listAccounts/status/200/changed":                                accounts,
		"wire/listAccounts/header/Content-Type/changed":                       accounts,
		"wire/listAccounts/list/short":                                        accounts,
		"wire/listAccounts/list/repeated":                                     accounts,
		"wire/listAccounts/list/wrapped":                                      accounts,
		"wire/listAccounts/list/vendor/unfiltered":                            append(slices.Clone(accounts), story{{"GET", "/m/ripple/accts?vendor=azure", ""}}...),
		"wire/createAccount/write/lost":                                       accounts,
		"wire/createAccount/request/body/name/min/refused":                    accounts,
		"wire/createAccount/request/body/vendor/enum=aws/refused":             accounts,
		"wire/createAccount/request/body/name/min-1/accepted":                 {{"POST", "/m/ripple/accts", strings.Replace(account, `"abc"`, `"ab"`, 1)}},
		"wire/createAccount/request/body/name/max+1/accepted":                 {{"POST", "/m/ripple/accts", strings.Replace(account, `"abc"`, `"`+strings.Repeat("x", 101)+`"`, 1)}},
		"wire/createAccount/request/body/vendor/enum-outside/accepted":        {{"POST", "/m/ripple/accts", strings.Replace(account, `"aws"`, `"gcp"`, 1)}},
		"wire/createAccount/request/body/name/type/accepted":                  {{"POST", "/m/ripple/accts", strings.Replace(account, `"abc"`, `{}`, 1)}},
		"wire/createAccount/request/body/name/null/accepted":                  {{"POST", "/m/ripple/accts", strings.Replace(account, `"abc"`, `null`, 1)}},
		"wire/createAccount/request/body/name/missing/accepted":               {{"POST", "/m/ripple/accts", strings.Replace(account, `, "name": "abc"`, ``, 1)}},
		"wire/createAccount/request/body/note/missing/refused":                {{"POST", "/m/ripple/accts", strings.Replace(account, `, "note": "n"`, ``, 1)}},
		"wire/createAccount/request/body/note/null/refused":                   {{"POST", "/m/ripple/accts", strings.Replace(account, `"n"`, `null`, 1)}},
		"wire/createAccount/status/401/changed":                               {{"POST", "/m/ripple/accts", account}},
		"wire/createAccount/error/400/code/dropped":                           {{"POST", "/m/ripple/accts", account}, {"POST", "/m/ripple/accts", account}},
		"wire/listAwsAccountAssignments/header/X-Total/dropped":               assigned,
		"wire/listAwsAccountAssignments/header/X-Total/changed":               assigned,
		"wire/listAwsAccountAssignments/header/Link/changed":                  assigned,
		"wire/listAwsAccountAssignments/list/wrapped":                         assigned,
		"wire/listAwsAccountAssignments/list/credential/unfiltered":           append(slices.Clone(assigned), story{{"GET", "/v1/aws_account_assignments?api_key=another", ""}}...),
		"wire/createAwsAccountAssignment/header/Location/changed":             assigned,
		"wire/createAwsAccountAssignment/error/422/errors/dropped":            {{"POST", assignments, `{}`}},
		"wire/listPayerExchangeRates/list/month/unfiltered":                   {{"POST", "/m/ripple/payer/exchange_rate/2021-05", `{"settings": [{"vendor": "aws", "account_id": "128347567789", "exchange_rate": 2}]}`}, {"GET", "/m/ripple/payer/exchange_rate/2021-06", ""}},
		"wire/issueAccessToken/request/body/grant_type/enum-outside/accepted": {{"FORM", "/ripple/access_token", "grant_type=other&client_id=a&client_secret=b"}},
		"wire/issueAccessToken/request/query/scope/missing/refused":           nil,
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			if told == nil {
				if _, err := mock.New(mock.WithDefects(id)); err == nil {
					t.Error("what a ruling decides is no breach")
				}
				return
			}
			if sound, broken := tell(t, id, told), tell(t, id, told, id); sound == broken {
				t.Errorf("the answers are as without it:\n%s", broken)
			}
		})
	}
}

// tell is what a twin answers to a story.
func tell(t *testing.T, id string, told story, mutants ...string) string {
	t.Helper()
	w := start(t, mutants...)
	if !strings.HasSuffix(id, "/401/changed") {
		form := w.told("POST", "/ripple/access_token", "application/x-www-form-urlencoded", "grant_type=client_credentials&client_id=a&client_secret=b")
		if _, rest, ok := strings.Cut(form, `"access_token":"`); ok {
			w.token, _, _ = strings.Cut(rest, `"`)
		}
	}
	var all bytes.Buffer
	for _, request := range told {
		switch {
		case request.method == "FORM":
			answer := w.told("POST", request.path, "application/x-www-form-urlencoded", request.body)
			all.WriteString(answer[:3]) // a token is another one each time
		case request.body == "":
			all.WriteString(w.told(request.method, request.path, "", ""))
		default:
			all.WriteString(w.told(request.method, request.path, jsonType, request.body))
		}
	}
	return all.String()
}

func contracts(t *testing.T) []*openapi.Contract {
	t.Helper()
	var all []*openapi.Contract
	for _, api := range openapi.APIs() {
		c, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func TestMutantsNameWhatTheyBreak(t *testing.T) {
	kinds := map[mutant.Kind]int{}
	seen := map[string]bool{}
	for _, c := range contracts(t) {
		for _, m := range mutant.Derive(c) {
			kinds[m.Kind]++
			if seen[m.ID] {
				t.Errorf("%s stands twice", m.ID)
			}
			seen[m.ID] = true
			if len(m.Clauses) == 0 {
				t.Errorf("%s breaks nothing", m.ID)
			}
			for _, id := range m.Clauses {
				if clause, ok := c.Clause(id); !ok || clause.Unobservable != "" {
					t.Errorf("%s breaks %s, which nobody can observe", m.ID, id)
				}
			}
		}
	}
	for _, kind := range mutant.Kinds() {
		if kinds[kind] == 0 {
			t.Errorf("no mutant is %s", kind)
		}
	}
}

// TestEveryOperationHasMutants derives some for each operation, and a lost write for
// each whose effect can be read.
func TestEveryOperationHasMutants(t *testing.T) {
	for _, c := range contracts(t) {
		all := mutant.Derive(c)
		for _, op := range c.Operations {
			n := 0
			for _, m := range all {
				if m.Operations[0] == op.ID {
					n++
				}
			}
			if n < 3 {
				t.Errorf("%s has %d mutants", op.ID, n)
			}
		}
	}
}

// lost are the operations whose writes can be seen not to be kept.
var lost = []string{
	"createAccount",
	"updateAccount",
	"deleteAccount",
	"createBillingGroup",
	"deleteBillingGroup",
	"updateBillingGroup",
	"updateInvoiceSettings",
	"updateInvoiceTemplate",
	"setInvoiceExchangeRates",
	"setPayerExchangeRates",
	"createProject",
	"deleteProject",
	"updateProject",
	"createReseller",
	"deleteReseller",
	"updateResellerMeta",
	"updateResellerPassword",
	"createAwsAccountAssignment",
	"deleteAwsAccountAssignment",
	"updateAwsAccountAssignment",
	"createCustomer",
	"deleteCustomer",
	"updateCustomer",
}

// TestLostWrites holds the operations to exactly those: a sentence that is put another
// way may not drop one.
func TestLostWrites(t *testing.T) {
	var have []string
	for _, c := range contracts(t) {
		for _, m := range mutant.Derive(c) {
			if m.Kind == mutant.Lost {
				have = append(have, m.Operations...)
			}
		}
	}
	if !slices.Equal(have, lost) {
		t.Errorf("writes are lost of %q, want %q", have, lost)
	}
}
