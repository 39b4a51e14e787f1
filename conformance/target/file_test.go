package target

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

const example = "../../examples/target.yaml"

// variables are the environment of the tests.
var variables = map[string]string{
	"RIPPLE_CLIENT_SECRET": "ripple-client-secret", "RIPPLE_PASSWORD": "ripple-password", "RIPPLE_READONLY_SECRET": "ripple-readonly-secret",
	"RIPPLE_OTHER_SECRET": "ripple-other-secret", "RIPPLE_SETTINGS_SECRET": "ripple-settings-secret", "RIPPLE_ACCOUNTS_SECRET": "ripple-accounts-secret",
	"RIPPLE_NOROLES_SECRET": "ripple-noroles-secret", "GATEWAY_KEY": "gateway-key", "CLOUDHEALTH_KEY": "cloudhealth-key",
	"CLOUDHEALTH_OTHER_KEY": "cloudhealth-other-key", "EMPTY": "", "SHORT": "abc", "BROKEN": "first\nsecond", "SECRET": "the-secret",
}

func lookUp(name string) (string, bool) {
	value, ok := variables[name]
	return value, ok
}

func TestExample(t *testing.T) {
	for name, value := range variables {
		t.Setenv(name, value)
	}
	f, err := ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.APIs(); !slices.Equal(got, openapi.APIs()) {
		t.Errorf("APIs: %v", got)
	}
	want := Credentials{
		Ripple: Ripple{
			Client: Client{"twinbill-verify", "ripple-client-secret"}, Username: "verify@billing.example.com", Password: "ripple-password",
			Fewer: map[string]Client{
				"ripple_readonly_token": {"twinbill-readonly", "ripple-readonly-secret"},
				"ripple_noroles_token":  {"twinbill-noroles", "ripple-noroles-secret"},
				"ripple_other_token":    {"twinbill-other", "ripple-other-secret"},
				"ripple_settings_token": {"twinbill-settings", "ripple-settings-secret"},

				"ripple_group_reader_token":    {"twinbill-readonly", "ripple-readonly-secret"},
				"ripple_reseller_reader_token": {"twinbill-readonly", "ripple-readonly-secret"},
			},
			Roles: map[string]Client{"ModifySettings": {"twinbill-settings", "ripple-settings-secret"}, "ReadAccount": {"twinbill-accounts", "ripple-accounts-secret"}},
		},
		CloudHealth: CloudHealth{"cloudhealth-key", "cloudhealth-other-key"},
	}
	if got := f.Credentials(); !reflect.DeepEqual(got, want) {
		t.Errorf("credentials: %+v", got)
	}
	secrets := f.Secrets()
	for _, secret := range append(want.Secrets(), "gateway-key") {
		if !slices.Contains(secrets, secret) {
			t.Errorf("%s is no secret", secret)
		}
	}
	if !reflect.DeepEqual(f.Inputs, scenarios.LoadInputs().Supplied) {
		t.Errorf("the example's inputs are not those of the twin's fixtures: %v", f.Inputs)
	}
	if f.Contact() != 5*time.Second {
		t.Errorf("contact: %v", f.Contact())
	}
	deployment, err := f.Target(Options{MaxRequests: 7})
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://api.billing.example.com/m/ripple and https://chapi.billing.example.com"; deployment.Base != want || deployment.MaxRequests != 7 {
		t.Errorf("target: %s, %d", deployment.Base, deployment.MaxRequests)
	}
	ripple, cloudhealth := deployment.sites[openapi.Ripple], deployment.sites[openapi.CloudHealth]
	if ripple.limiter.Limit() != 20 || cloudhealth.limiter.Limit() != rate.Every(5*time.Second) || ripple.timeout != 20*time.Second {
		t.Errorf("pace %v and %v, timeout %v", ripple.limiter.Limit(), cloudhealth.limiter.Limit(), ripple.timeout)
	}
	if ripple.header.Get("X-Gateway-Key") != "gateway-key" || len(cloudhealth.header) > 0 {
		t.Errorf("headers: %v and %v", ripple.header, cloudhealth.header)
	}
}

func TestOptionsWinOverTheFile(t *testing.T) {
	f, err := Parse("f.yaml", []byte("ripple: {url: 'http://a', token_url: 'http://b', pace: 1}\ncloudhealth: {url: 'http://c'}\n"), lookUp)
	if err != nil {
		t.Fatal(err)
	}
	deployment, err := f.Target(Options{APIs: []openapi.API{openapi.Ripple}, Pace: 3, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	s := deployment.sites[openapi.Ripple]
	if deployment.sites[openapi.CloudHealth] != nil || s.limiter.Limit() != 3 || s.timeout != time.Second || deployment.Base != "http://a" {
		t.Errorf("%+v", s)
	}
	only, err := Parse("f.yaml", []byte("cloudhealth: {url: 'http://c'}\n"), lookUp)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := only.Target(Options{APIs: []openapi.API{openapi.Ripple}}); err == nil {
		t.Error("a target without what was asked for")
	}
}

func TestOwnInputs(t *testing.T) {
	f, err := Parse("f.yaml", []byte(ripple+"inputs: {customer: 5}\nown_inputs: {region: eu, share: 0.5, on: true, n: 3}\n"), lookUp)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"customer": uint64(5), "region": "eu", "share": 0.5, "on": true, "n": uint64(3)}
	if !reflect.DeepEqual(f.Inputs, want) {
		t.Errorf("%#v", f.Inputs)
	}
}

// TestPlaces: where the operations are, as a file and as a base URL have them.
func TestPlaces(t *testing.T) {
	file := func(text string) *Target {
		t.Helper()
		f, err := Parse("f.yaml", []byte(text), lookUp)
		if err != nil {
			t.Fatal(err)
		}
		deployment, err := f.Target(Options{})
		if err != nil {
			t.Fatal(err)
		}
		return deployment
	}
	whole, err := New("http://h:1/pre/", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	documented := file("ripple: {url: 'https://api.h/m/ripple', token_url: 'https://login.h/ripple/access_token'}\ncloudhealth: {url: 'https://chapi.h/'}\n")
	gateway := file("ripple: {url: 'https://g/r', token_url: 'https://g/oauth/token'}\ncloudhealth: {url: 'https://g/c'}\n")
	for _, c := range []struct {
		target              *Target
		operation, url      string
		wantBase, wantPlace string
	}{
		{whole, "listBillingGroups", "", "http://h:1/pre/m/ripple", "http://h:1/pre/m/ripple/billinggroup"},
		{whole, tokenOperation, "", "http://h:1/pre", "http://h:1/pre/ripple/access_token"},
		{whole, "listAwsAccountAssignments", "/v1/a?page=2", "http://h:1/pre", "http://h:1/pre/v1/a?page=2"},
		{whole, "listAwsAccountAssignments", "/pre/v1/a?page=2", "http://h:1/pre", "http://h:1/pre/v1/a?page=2"},
		{documented, "listBillingGroups", "", "https://api.h/m/ripple", "https://api.h/m/ripple/billinggroup"},
		{documented, "listBillingGroups", "/m/ripple/billinggroup/?x=y", "https://api.h/m/ripple", "https://api.h/m/ripple/billinggroup/?x=y"},
		{documented, "listBillingGroups", "/elsewhere", "https://api.h/m/ripple", "https://api.h/elsewhere"},
		{documented, tokenOperation, "", "https://login.h", "https://login.h/ripple/access_token"},
		{documented, "listAwsAccountAssignments", "", "https://chapi.h", "https://chapi.h/v1/aws_account_assignments"},
		{gateway, "listBillingGroups", "", "https://g/r", "https://g/r/billinggroup"},
		{gateway, "listBillingGroups", "/m/ripple/billinggroup", "https://g/r", "https://g/r/billinggroup"},
		{gateway, tokenOperation, "", "https://g/oauth/token", "https://g/oauth/token"},
		{gateway, "listAwsAccountAssignments", "/v1/a", "https://g/c", "https://g/c/v1/a"},
		{gateway, "listAwsAccountAssignments", "/c/v1/a", "https://g/c", "https://g/c/v1/a"},
	} {
		op := operation(t, c.operation)
		if got := c.target.BaseOf(op); got != c.wantBase {
			t.Errorf("%s is based on %s, want %s", c.operation, got, c.wantBase)
		}
		if _, got := c.target.place(&Request{Operation: op, URL: c.url}); got != c.wantPlace {
			t.Errorf("%s %s is at %s, want %s", c.operation, c.url, got, c.wantPlace)
		}
	}
	if got := operation(t, "listBillingGroups").Base; got != ripplePath {
		t.Errorf("the contract has Ripple below %s, this package below %s", got, ripplePath)
	}
}

func operation(t *testing.T, id string) *openapi.Operation {
	t.Helper()
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		if op := contract.Operation(id); op != nil {
			return op
		}
	}
	t.Fatalf("no operation %s", id)
	return nil
}

var oneLine = regexp.MustCompile(`\Af\.yaml:[1-9][0-9]*:[1-9][0-9]*: [^\n\r\x00-\x1f]+\z`)

const ripple = "ripple:\n  url: http://a\n  token_url: http://b\n"

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "# nothing\n", "f.yaml:1:1: the file is empty; describe ripple or cloudhealth"},
		{"neither", "inputs: {}\n", "f.yaml:1:1: neither ripple nor cloudhealth is described; name one with its url"},
		{"nothing below", "ripple:\n", "f.yaml:1:1: neither ripple nor cloudhealth is described; name one with its url"},
		{"a list", "\n- ripple\n", "f.yaml:2:1: a target file consists of keys: write ripple: or cloudhealth: with what is below it"},
		{"bad YAML", "ripple: {\n", "f.yaml:1:9: this is not YAML: could not find flow mapping end token '}'"},
		{"bad bytes", "\xff", "f.yaml:1:1: this is not UTF-8; save the file as UTF-8 text"},
		{"two documents", ripple + "---\n" + ripple, "f.yaml:4:1: a second document begins here; keep to one, without directives"},
		{"deep", "inputs: " + strings.Repeat("[", 40), "f.yaml:1:41: this is nested more than 32 deep; make it flatter"},
		{"large", strings.Repeat("# large\n", 10000), "f.yaml:1:1: the file is larger than 65536 bytes; is it a target file?"},
		{"unknown key", ripple + "  tokenurl: x\n", `f.yaml:4:3: the key "tokenurl" is unknown (did you mean token_url?); known here: url, token_url, client, user, other_client, fewer_roles, roles, headers, tls, pace`},
		{"unknown part", "aws: {}\n", `f.yaml:1:1: the key "aws" is unknown; known here: ripple, cloudhealth, timeouts, inputs, own_inputs`},
		{"list for keys", "ripple:\n  url: http://a\n  token_url: http://b\n  client: [a]\n", "f.yaml:4:11: this is not as it has to be: sequence was used where mapping is expected"},
		{"list for text", "cloudhealth:\n  url: [a]\n", "f.yaml:2:8: want a text here"},
		{"no url", "cloudhealth:\n  pace: 1\n", "f.yaml:1:1: url is missing: where its paths begin"},
		{"no token_url", "ripple:\n  url: http://a\n", "f.yaml:1:1: token_url is missing: where tokens are issued, such as https://login.example.com/ripple/access_token"},
		{"no URL", "cloudhealth:\n  url: chapi.example.com\n", `f.yaml:2:8: url: "chapi.example.com" is not a URL such as http://127.0.0.1:4610 (did you mean http://chapi.example.com?)`},
		{"user in URL", "cloudhealth:\n  url: http://me:secret@h\n", "f.yaml:2:8: url: leave the user, query and fragment out of http://h; credentials come from TWINBILL_* variables or a target file"},
		{"variable in URL", "cloudhealth:\n  url: ${SECRET}\n", "f.yaml:2:8: url takes no ${...}, only credentials and headers do; write the URL"},
		{"secret in file", ripple + "  client: {id: a, secret: b}\n", "f.yaml:4:27: this is a secret, and stands in a file; keep it in an environment variable, and write ${ITS_NAME} here"},
		{"key in file", "cloudhealth:\n  url: http://h\n  key: abcdef\n", "f.yaml:3:8: this is a secret, and stands in a file; keep it in an environment variable, and write ${ITS_NAME} here"},
		{"unset", "cloudhealth:\n  url: http://h\n  key: ${NOT_SET}\n", "f.yaml:3:8: the environment variable NOT_SET is not set, or is empty; set it, or take this line out"},
		{"set to nothing", "cloudhealth:\n  url: http://h\n  other_key: x-${EMPTY}\n", "f.yaml:3:14: the environment variable EMPTY is not set, or is empty; set it, or take this line out"},
		{"short", "cloudhealth:\n  url: http://h\n  key: ${SHORT}\n", "f.yaml:3:8: the environment variable SHORT is shorter than 4 characters, so that no report could hide it; use a longer one"},
		{"line break", "cloudhealth:\n  url: http://h\n  key: ${BROKEN}\n", "f.yaml:3:8: the environment variable BROKEN holds a line break or another control character; set it without"},
		{"no name", "cloudhealth:\n  url: http://h\n  key: ${a b}\n", "f.yaml:3:8: ${a b} names no environment variable; write it like ${RIPPLE_SECRET}"},
		{"not closed", "cloudhealth:\n  url: http://h\n  key: ${SECRET\n", "f.yaml:3:8: ${ is not closed; write an environment variable like ${RIPPLE_SECRET}"},
		{"half a client", ripple + "  fewer_roles:\n    admin: {id: a}\n", "f.yaml:5:5: a client is {id, secret}; one of them is missing"},
		{"header number", ripple + "  headers:\n    X-A: 5\n", "f.yaml:5:10: a header is a text; put its value in quotes"},
		{"header of ours", ripple + "  headers:\n    authorization: a\n", "f.yaml:5:20: Authorization is the suite's to send; take it out"},
		{"header twice", ripple + "  headers:\n    X-A: a\n    x-a: b\n", "f.yaml:6:10: the header X-A stands here twice; take one out"},
		{"header name", ripple + "  headers:\n    'X A': a\n", `f.yaml:5:12: "X A" is no name of a header`},
		{"header value", ripple + "  headers:\n    X-A: \"a\\nb\"\n", "f.yaml:5:10: the value of X-A cannot go into a header; take control characters out"},
		{"pace", ripple + "  pace: fast\n", `f.yaml:4:9: pace: "fast" is no rate; write requests a second such as 50/s, or 1/4s for one every 4 seconds`},
		{"the same client", ripple + "  client: {id: a, secret: \"${SECRET}\"}\n  other_client: {id: a, secret: \"${SECRET}\"}\n", "f.yaml:5:3: other_client is client itself; name a client of another partner, or leave it out"},
		{"timeout", ripple + "timeouts:\n  answer: -1s\n", `f.yaml:5:11: "-1s" is not a time above zero; write it like 10s or 1m30s`},
		{"no CA", ripple + "  tls: {ca: nowhere.pem}\n", "f.yaml:4:13: ca: open nowhere.pem: no such file or directory"},
		{"certificate alone", ripple + "  tls:\n    certificate: c.pem\n", "f.yaml:5:18: certificate: a client certificate needs its key; add key"},
		{"key alone", ripple + "  tls:\n    key: c.pem\n", "f.yaml:5:10: key: a client key needs its certificate; add certificate"},
		{"unknown input", ripple + "inputs:\n  customer: 1\n  costumer: 1\n", `f.yaml:6:13: no input is called "costumer"; known here: ` + strings.Join(InputNames(), ", ")},
		{"number for id", ripple + "inputs:\n  owner_a: 000000000001\n", "f.yaml:5:12: 000000000001 is read as another value than was typed; put it in quotes, or write the number in decimal, with up to 15 digits"},
		{"text for number", ripple + "inputs:\n  customer: '1'\n", "f.yaml:5:13: customer is a whole number above 0, without quotes"},
		{"own input of the suite", ripple + "own_inputs:\n  customer: 1\n", "f.yaml:5:13: customer is an input of the suite; write it under inputs"},
		{"own list", ripple + "own_inputs:\n  regions: [a]\n", "f.yaml:5:12: regions is a text, a number, true or false"},
		{"number for text", ripple + "inputs:\n  company_id: 5\n", "f.yaml:5:15: company_id is a text that is not empty, in quotes where it looks like a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse("f.yaml", []byte(c.text), lookUp)
			if err == nil {
				t.Fatalf("no mistake found, but %+v", f)
			}
			if err.Error() != c.want {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
			if !oneLine.MatchString(err.Error()) {
				t.Errorf("not one line: %q", err)
			}
		})
	}
}

// TestInputsAreTheScenarios: what a file may supply is what scenarios take, of the same
// kind, and the clients with fewer roles are theirs.
func TestInputsAreTheScenarios(t *testing.T) {
	inputs := scenarios.LoadInputs()
	if want := slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(inputs.Supplied)), Months, EmailDomain))); !slices.Equal(InputNames(), want) {
		t.Errorf("a file may supply %v, scenarios take %v", InputNames(), want)
	}
	var tokens []string
	for _, key := range keys(reflect.TypeFor[fewer]()) {
		tokens = append(tokens, "ripple_"+key+"_token")
	}
	tokens = append(slices.AppendSeq(tokens, maps.Keys(readers)), "ripple_other_token")
	for token := range inputs.Tokens {
		if token != "ripple_token" && !slices.Contains(tokens, token) {
			t.Errorf("no client gets %s", token)
		}
	}
	if len(tokens) != len(inputs.Tokens)-1 {
		t.Errorf("%v are more than scenarios take", tokens)
	}
	contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := keys(reflect.TypeFor[roles]()), contract.Roles(); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("the roles are %v, the contract's are %v", got, want)
	}
}

// FuzzFile holds every text to: a file whose target can be made, or one line.
func FuzzFile(f *testing.F) {
	data, err := os.ReadFile(filepath.FromSlash(example))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f.yaml", data, lookUp)
		if err != nil {
			if !oneLine.MatchString(err.Error()) {
				t.Errorf("not one line with file, line, column and words: %q", err)
			}
			return
		}
		deployment, err := file.Target(Options{})
		if err != nil || deployment.Base == "" {
			t.Errorf("no target: %v", err)
		}
		for _, secret := range file.Credentials().Secrets() {
			if !slices.ContainsFunc(file.Secrets(), func(known string) bool { return strings.Contains(secret, known) }) {
				t.Error("a secret does not come from the environment")
			}
		}
	})
}
