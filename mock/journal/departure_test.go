package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// departing lists the departures of a request as the guard finds them.
func departing(op *openapi.Operation, method, url, contentType, body string) []gen.Departure {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if op == nil {
		return astray(r, http.StatusMethodNotAllowed, []string{"ripple.route.unknown"})
	}
	problem := wire.Check(r, op, pathValues(op, r), func(string) bool { return true }, wire.IsJSON)
	return Departures(r, op, pathValues(op, r), wire.Decoded(r), problem)
}

func pathValues(op *openapi.Operation, r *http.Request) map[string]string {
	values := map[string]string{}
	sent := strings.Split(r.URL.Path, "/")
	for i, segment := range strings.Split(op.Base+op.Path, "/") {
		if strings.HasPrefix(segment, "{") && i < len(sent) {
			values[strings.Trim(segment, "{}")] = sent[i]
		}
	}
	return values
}

// brief is a departure as `kind field clause`.
func brief(departures []gen.Departure) string {
	var out []string
	for _, d := range departures {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", d.Kind, value(d.Field), value(d.Clause))))
	}
	return strings.Join(out, "; ")
}

const account = `{"vendor":"aws","customer_id":"012345678901","account_id":"012345678901","name":"Example","company_id":"company-1"`

const groupRate = `{"vendor":"aws","billing_groups":["a"],"exchange_rate":110.5}`

func multipartForm(asFiles bool) (contentType, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range []string{"grant_type", "client_id", "client_secret"} {
		var part io.Writer
		if asFiles {
			part, _ = w.CreateFormFile(name, name)
		} else {
			part, _ = w.CreateFormField(name)
		}
		_, _ = part.Write([]byte("x"))
	}
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

func TestDepartures(t *testing.T) {
	const token = "/ripple/access_token"
	parts, partsBody := multipartForm(false)
	files, filesBody := multipartForm(true)
	form := "grant_type=client_credentials&client_id=a&client_secret=b"
	for _, c := range []struct {
		name, op, method, url, contentType, body, want string
	}{
		{"as documented", "createAccount", "POST", "/m/ripple/accts", "application/json", account + "}", ""},
		{"the samples' Content-Type", "createAccount", "POST", "/m/ripple/accts", "application/json;", account + "}", ""},
		{"no Content-Type", "createAccount", "POST", "/m/ripple/accts", "", account + "}", "media-type Content-Type ripple.request.media-type"},
		{"another Content-Type", "createAccount", "POST", "/m/ripple/accts", "text/plain", account + "}", "media-type Content-Type ripple.request.media-type"},
		{"an undeclared field", "createAccount", "POST", "/m/ripple/accts", "application/json", account + `,"customerId":1,"zip":{}}`, "undeclared-field customerId ripple.unknown-fields; undeclared-field zip ripple.unknown-fields"},
		{"an undeclared parameter", "listAccounts", "GET", "/m/ripple/accts?vendor=aws&page=2", "", "", "undeclared-field page ripple.unknown-fields"},
		{"a field too short", "createAccount", "POST", "/m/ripple/accts", "application/json", `{"vendor":"gcp","customer_id":"012345678901","account_id":"012345678901","name":"Example","company_id":"company-1"}`, "violation vendor ripple.account.create.vendor.enum"},
		{"malformed", "createAccount", "POST", "/m/ripple/accts", "application/json", `{`, "violation  ripple.request.malformed"},
		{"a body where none belongs", "listAccounts", "GET", "/m/ripple/accts?vendor=aws", "application/json", "{}", "undeclared-field body"},
		{"a list by POST", "listResellers", "POST", "/m/ripple/reseller", "", "", ""},
		{"a list by GET", "listResellers", "GET", "/m/ripple/reseller", "", "", ""},
		{"the groups' rate by PUT", "setBillingGroupExchangeRate", "PUT", "/m/ripple/invoices/exchangerate/2020-01", "application/json", groupRate, ""},
		{"the groups' rate by POST", "setBillingGroupExchangeRate", "POST", "/m/ripple/invoices/exchangerate/2020-01", "application/json", groupRate, ""},
		{"a slash after the list", "listAwsAccountAssignments", "GET", "/v1/aws_account_assignments/?api_key=k&page=1", "", "", ""},
		{"a list with its key", "listAwsAccountAssignments", "GET", "/v1/aws_account_assignments?api_key=k&page=1", "", "", ""},
		{"an id in a body", "updateAwsAccountAssignment", "PUT", "/v1/aws_account_assignments/1", "application/json", `{"id":1,"customer_id":1}`, "undeclared-field id cloudhealth.extra-fields"},
		{"a token by form", "issueAccessToken", "POST", token, formType, form, ""},
		{"a token by parts", "issueAccessToken", "POST", token, parts, partsBody, ""},
		{"a token by query and files", "issueAccessToken", "POST", token + "?" + form, files, filesBody, ""},
		{"a token by files", "issueAccessToken", "POST", token, files, filesBody, ""},
		{"a token by query", "issueAccessToken", "POST", token + "?" + form, "", "", ""},
		{"a token by JSON", "issueAccessToken", "POST", token, "application/json", "{}", "media-type Content-Type ripple.request.media-type"},
		{"an undeclared field of a form", "issueAccessToken", "POST", token, formType, form + "&audience=x", "undeclared-field audience ripple.unknown-fields"},
		{"an unknown path", "", "GET", "/m/ripple/accounts", "", "", "unknown-route  ripple.route.unknown"},
		{"an unknown method", "", "PATCH", "/m/ripple/accts", "", "", "unknown-route  ripple.route.unknown"},
	} {
		got := departing(operation(c.op), c.method, c.url, c.contentType, c.body)
		if brief(got) != c.want {
			t.Errorf("%s: %s\nwant %s\n%+v", c.name, brief(got), c.want, got)
		}
		for _, d := range got {
			if d.Says == "" {
				t.Errorf("%s: nothing is said", c.name)
			}
		}
	}
}

func TestDepartureSaysHowToMend(t *testing.T) {
	for want, got := range map[string][]gen.Departure{
		"the body's field customerId is not documented for createAccount; customer_id is": departing(operation("createAccount"), "POST", "/m/ripple/accts", "application/json", account+`,"customerId":1}`),
		"/m/ripple/accts does not take PATCH; send GET or POST":                           departing(nil, "PATCH", "/m/ripple/accts", "", ""),
	} {
		if len(got) != 1 || got[0].Says != want {
			t.Errorf("%+v\nwant %s", got, want)
		}
	}
}

// TestDocumentedPathAtAnotherPlace: a path that is documented, and not served where it was
// asked for, is told from one whose method is wrong.
func TestDocumentedPathAtAnotherPlace(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/v1/aws_account_assignments", nil)
	r.Host = "api.alphaus.cloud"
	got := astray(r, http.StatusNotFound, []string{"ripple.route.unknown"})
	if want := "/v1/aws_account_assignments is not served at api.alphaus.cloud; mend the host, or what comes before the path"; len(got) != 1 || got[0].Says != want {
		t.Errorf("%+v, want %s", got, want)
	}
}

func TestUndeclaredFieldsAtAnyDepth(t *testing.T) {
	for _, c := range []struct{ op, body, want string }{
		{"createBillingGroup", `{"invoices":{"aws":{"nonsense":{"deeper":1}},"gcp":{}},"deep":{"deeper":1}}`, "deep invoices.aws.nonsense invoices.gcp"},
		{"setInvoiceExchangeRates", `{"settings":[{"x":1},{"x":2},{"account_id":"a"}]}`, "settings.*.x"},
		{"createReseller", `{"meta":{"nonsense":true,"invoice":true}}`, "meta.nonsense"},
		{"createAccount", `[{"x":1}]`, ""},
	} {
		var body any
		if err := json.Unmarshal([]byte(c.body), &body); err != nil {
			t.Fatal(err)
		}
		var found []string
		var fields undeclared
		fields.walk(body, operation(c.op).BodySchema(), "")
		for _, u := range fields.first {
			found = append(found, u.name)
		}
		if got := strings.Join(found, " "); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.op, c.body, got, c.want)
		}
	}
}

func TestVeryManyDeparturesAreCounted(t *testing.T) {
	var fields []string
	for i := range 500 {
		fields = append(fields, fmt.Sprintf(`"field-%d":%d`, i, i))
	}
	got := departing(operation("createAccount"), "POST", "/m/ripple/accts", "application/json", account+","+strings.Join(fields, ",")+"}")
	if len(got) != mostDepartures || !strings.HasSuffix(got[mostDepartures-1].Says, "; and 468 more departures") {
		t.Errorf("%d departures, the last: %s", len(got), got[len(got)-1].Says)
	}
}

// FuzzDepartures wants of any request: an answer, bounded, of UTF-8, that is the same again.
func FuzzDepartures(f *testing.F) {
	parts, partsBody := multipartForm(true)
	f.Add(0, "", "application/json", []byte(account+`,"a":[{"b":null}]}`))
	f.Add(1, "a=%zz&b", "application/json;", []byte(`{"meta":{"x":1},"invoices":[[{}]]}`))
	f.Add(2, "grant_type=x", parts, []byte(partsBody))
	f.Add(3, "", "multipart/form-data; boundary=", []byte("--\r\n\r\n--"))
	f.Add(4, "\xff=\xfe", formType, []byte("%ff=%&a;b"))
	var operations []*openapi.Operation
	for _, c := range contracts() {
		operations = append(operations, c.Operations...)
	}
	f.Fuzz(func(t *testing.T, n int, query, contentType string, body []byte) {
		op := operations[uint(n)%uint(len(operations))]
		list := func() []gen.Departure {
			r := httptest.NewRequest(op.Method, strings.NewReplacer("{", "", "}", "").Replace(op.Base+op.Path), bytes.NewReader(body))
			r.URL.RawQuery = query
			r.Header.Set("Content-Type", contentType)
			problem := wire.Check(r, op, pathValues(op, r), func(string) bool { return true }, wire.IsJSON)
			return Departures(r, op, pathValues(op, r), wire.Decoded(r), problem)
		}
		got := list()
		if len(got) > mostDepartures {
			t.Fatalf("%d departures", len(got))
		}
		for _, d := range got {
			if !d.Kind.Valid() || d.Says == "" || len(d.Says) > 4*longestSaying || strings.ToValidUTF8(d.Says+value(d.Field), "") != d.Says+value(d.Field) {
				t.Errorf("%+v", d)
			}
		}
		if again := list(); brief(again) != brief(got) {
			t.Errorf("%s\nthen %s", brief(got), brief(again))
		}
	})
}
