package mock_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/openapi"
)

// pageExample is one request example of a page, with the answer printed for it. A
// body or answer that is a text names an example of the contract.
type pageExample struct {
	page      string
	Heading   string   // of the page, in kebab case
	Example   string   // which one below the heading
	Operation string   // where the printed path is not the operation's
	Fixtures  string   // instead of the default ones
	Readings  []string // of the dialect, as point=reading, where not the default
	Before    []pageRequest
	Request   pageRequest `yaml:",inline"`
	Status    int
	Headers   map[string]string // of the answer
	Answer    any               // none where the answer has no body
	Generated []string          // fields of the answer whose values the twin makes up
	Ellipsis  bool              // whether the printed list leaves further elements out
	Deviation *pageDeviation
}

// pageRequest is a request as it is printed: its placeholders, {name} or <name>,
// are yet to be filled.
type pageRequest struct {
	Send        string // method and URL, or method and path on the server of Ripple
	ContentType string `yaml:"content-type"`
	Form        string // the example sent in the query string and as multipart files
	Body        any
	With        map[string]any // fields to change in the body
	Fill        map[string]string
}

// pageDeviation is how the twin's answer differs from the printed one, and the
// ruling by which it does.
type pageDeviation struct {
	Ruling string // dialect point
	Status int    // instead of the printed one, whose body does not come either
	Adds   any    // merged into the printed answer
}

// source is page#heading.
func (e pageExample) source() string { return e.page + "#" + e.Heading }

// credentials fill the placeholders that no page gives a value for.
var credentials = map[string]string{"client_id": "pages", "client_secret": "secret", "api_key": "pages"}

// printedTime is the time that the reseller page prints.
var printedTime = time.Date(2020, 1, 1, 1, 0, 0, 0, time.UTC)

func TestPages(t *testing.T) {
	t.Parallel()
	for _, e := range pageExamples(t) {
		t.Run(e.source()+"/"+e.Example, func(t *testing.T) {
			t.Parallel()
			c := newPageClient(t, e)
			for _, before := range e.Before {
				if w := c.send(before, c.reached(before)); w.Code/100 != 2 {
					t.Fatalf("precondition %s: %d %s", before.Send, w.Code, w.Body)
				}
			}
			op := c.reached(e.Request)
			if op != nil && e.Operation != "" {
				t.Fatalf("the path is that of %s", op.ID)
			}
			w := c.send(e.Request, c.exampleOf(e))
			c.sentAsPrinted(e)
			if op != nil {
				for _, v := range op.CheckResponse(w.Code, w.Header(), w.Body.Bytes()) {
					t.Errorf("departs from the contract: %s", v)
				}
			}
			e.compare(t, w, c.printed(e))
		})
	}
}

// TestPagesCoverEveryOperation holds the examples to the contract: each operation's
// heading has one, and each body that the contract took from a page is sent.
func TestPagesCoverEveryOperation(t *testing.T) {
	t.Parallel()
	reader := &pageClient{t: t, contracts: pageContracts(t, openapi.Dialect{})}
	sources, sent, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range pageExamples(t) {
		if name := e.source() + "/" + e.Example; names[name] {
			t.Errorf("%s stands there twice", name)
		} else {
			names[name] = true
		}
		op := reader.exampleOf(e)
		sources[op.ID+" "+e.source()] = true
		if name, ok := e.Request.Body.(string); ok {
			sent[op.ID+" application/json "+name] = true
		}
		if e.Request.Form != "" {
			sent[op.ID+" multipart/form-data "+e.Request.Form] = true
		}
	}
	operations := 0
	for _, contract := range reader.contracts {
		for _, op := range contract.Operations {
			if op.Supporting() {
				continue // no page prints it
			}
			operations++
			if !sources[op.ID+" "+op.Source] {
				t.Errorf("%s has no example from %s", op.ID, op.Source)
			}
			if op.Spec.RequestBody == nil {
				continue
			}
			for _, mediaType := range []string{"application/json", "multipart/form-data"} {
				for name := range pageExamplesOf(op.Spec.RequestBody.Value.Content, mediaType) {
					printed := name == "page" || name == "python-sample" || name == "curl"
					if key := op.ID + " " + mediaType + " " + name; printed && !sent[key] {
						t.Errorf("%s is in the contract, and nothing sends it", key)
					}
				}
			}
		}
	}
	if operations != 30 {
		t.Errorf("%d operations, want 30", operations)
	}
}

// TestPagesDeviations lists where the default dialect answers otherwise than the
// pages print.
func TestPagesDeviations(t *testing.T) {
	t.Parallel()
	want := []string{
		// The path that the command line prints is not the one that the page documents.
		"assignment#example-update-an-aws-account-assignment/cURL request: cloudhealth.update.path",
		// The page's own list of meta keys has one more than its examples.
		"reseller#get-reseller-account-list/request line: ripple.reseller.meta-keys",
	}
	var got []string
	for _, e := range pageExamples(t) {
		if e.Deviation == nil {
			continue
		}
		got = append(got, e.source()+"/"+e.Example+": "+e.Deviation.Ruling)
		if _, ok := openapi.FindPoint(e.Deviation.Ruling); !ok {
			t.Errorf("the dialect has no point %s", e.Deviation.Ruling)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the twin deviates at\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPrintedRequestsDepartUnderNoReading: a client that sends what a page prints is right,
// whatever the twin is told to read into the others.
func TestPrintedRequestsDepartUnderNoReading(t *testing.T) {
	t.Parallel()
	examples := slices.DeleteFunc(pageExamples(t), func(e pageExample) bool { return e.Status/100 != 2 && e.Deviation == nil })
	contracts := pageContracts(t, openapi.Dialect{})
	for _, point := range openapi.Points() {
		for _, reading := range point.Readings {
			dialect, err := openapi.Dialect{}.With(point.Slug, reading.Slug)
			if err != nil || reading.Slug == point.Default() && point.Slug != "ripple.auth.statuses" {
				continue // it is recorded and cannot be switched, or the same as another
			}
			handler, err := mock.New(mock.WithDialect(dialect))
			if err != nil {
				t.Fatal(err)
			}
			c := &pageClient{t: t, handler: handler, contracts: contracts}
			for _, e := range examples {
				if op := c.exampleOf(e); op.API == point.API() {
					c.send(e.Request, op)
				}
			}
			asked := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/__admin/requests?departing=true&limit=1000", nil)
			asked.RemoteAddr, asked.Header = "127.0.0.1:1", http.Header{"Twinbill-Sandbox": {credentials["client_id"]}}
			listed := httptest.NewRecorder()
			handler.ServeHTTP(listed, asked)
			var list struct {
				Requests []struct {
					Method, URL string
					Departures  []struct{ Kind, Says string }
				}
			}
			if err := json.Unmarshal(listed.Body.Bytes(), &list); err != nil {
				t.Fatalf("%v: %s", err, listed.Body)
			}
			for _, r := range list.Requests {
				for _, d := range r.Departures {
					if d.Kind != "refused" { // which is for the state to say
						t.Errorf("%s=%s: %s %s: %s", point.Slug, reading.Slug, r.Method, r.URL, d.Says)
					}
				}
			}
		}
	}
}

// pageExamples reads the examples of all five pages.
func pageExamples(t *testing.T) []pageExample {
	t.Helper()
	var all []pageExample
	for _, page := range []string{"account", "reseller", "billinggroup", "exchangerate", "assignment"} {
		data, err := os.ReadFile(filepath.Join("testdata", "pages", page+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var examples []pageExample
		if err := yaml.UnmarshalWithOptions(data, &examples, yaml.Strict()); err != nil {
			t.Fatalf("%s: %s", page, yaml.FormatError(err, false, true))
		}
		for _, e := range examples {
			e.page = page
			all = append(all, e)
		}
	}
	return all
}

func pageContracts(t *testing.T, dialect openapi.Dialect) map[openapi.API]*openapi.Contract {
	t.Helper()
	contracts := map[openapi.API]*openapi.Contract{}
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, dialect)
		if err != nil {
			t.Fatal(err)
		}
		contracts[api] = contract
	}
	return contracts
}

func pageExamplesOf(content openapi3.Content, mediaType string) openapi3.Examples {
	if content[mediaType] == nil {
		return nil
	}
	return content[mediaType].Examples
}

// pageClient sends printed requests to a twin of its own.
type pageClient struct {
	t         *testing.T
	handler   http.Handler
	contracts map[openapi.API]*openapi.Contract
	token     string // the Authorization header of Ripple
	sent      *http.Request
	body      []byte // of the request that was sent last
}

// newPageClient starts a twin for an example, at the time that the pages print.
func newPageClient(t *testing.T, e pageExample) *pageClient {
	t.Helper()
	var dialect openapi.Dialect
	for _, reading := range e.Readings {
		var err error
		if dialect, err = dialect.Assign(reading); err != nil {
			t.Fatal(err)
		}
	}
	options := []mock.Option{mock.WithDialect(dialect), mock.WithClock(func() time.Time { return printedTime })}
	if e.Fixtures != "" {
		state, err := fixtures.Parse(e.page+".yaml", []byte(e.Fixtures))
		if err != nil {
			t.Fatal(err)
		}
		options = append(options, mock.WithFixtures(state))
	}
	handler, err := mock.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return &pageClient{t: t, handler: handler, contracts: pageContracts(t, dialect)}
}

// target is the method and the URL that a request is sent to.
func (c *pageClient) target(p pageRequest) (method, target string) {
	c.t.Helper()
	method, target, _ = strings.Cut(c.filled(p, p.Send), " ")
	if strings.HasPrefix(target, "/") {
		target = c.contracts[openapi.Ripple].Doc.Servers[0].URL + target
	}
	return method, target
}

// reached is the operation whose path and method a request has; nil where there is
// none.
func (c *pageClient) reached(p pageRequest) *openapi.Operation {
	c.t.Helper()
	method, target := c.target(p)
	at, err := url.Parse(target)
	if err != nil {
		c.t.Fatal(err)
	}
	var found *openapi.Operation
	for _, contract := range c.contracts {
		for _, op := range contract.Operations {
			for _, route := range op.Routes {
				fits := route.Method == method && route.Fits(op.Base, at)
				if fits && (!route.Bodyless && found == nil || route.Bodyless && p.Body == nil) {
					found = op
				}
			}
		}
	}
	return found
}

// exampleOf is the operation that an example is about.
func (c *pageClient) exampleOf(e pageExample) *openapi.Operation {
	c.t.Helper()
	for _, contract := range c.contracts {
		if op := contract.Operation(e.Operation); op != nil {
			return op
		}
	}
	op := c.reached(e.Request)
	if op == nil {
		c.t.Fatalf("no operation is reached by %s", e.Request.Send)
	}
	return op
}

// printed is the answer that the page prints for an example.
func (c *pageClient) printed(e pageExample) any {
	c.t.Helper()
	name, ok := e.Answer.(string)
	if !ok {
		return plain(c.t, e.Answer)
	}
	op := c.exampleOf(e)
	answer := op.Spec.Responses.Status(e.Status)
	if answer == nil {
		c.t.Fatalf("%s has no answer %d", op.ID, e.Status)
	}
	return c.example(op, answer.Value.Content, "application/json", name)
}

// example is what an operation's contract shows under a name.
func (c *pageClient) example(op *openapi.Operation, content openapi3.Content, mediaType, name string) any {
	c.t.Helper()
	example := pageExamplesOf(content, mediaType)[name]
	if example == nil {
		c.t.Fatalf("%s has no %s example %s", op.ID, mediaType, name)
	}
	return plain(c.t, example.Value.Value)
}

// send sends a request that is an example of an operation, with the credential that
// its API takes.
func (c *pageClient) send(p pageRequest, op *openapi.Operation) *httptest.ResponseRecorder {
	c.t.Helper()
	if op == nil {
		c.t.Fatalf("no operation is reached by %s", p.Send)
	}
	method, target := c.target(p)
	contentType, body := p.ContentType, []byte(nil)
	switch {
	case p.Form != "":
		var query string
		query, contentType, body = c.form(p, op)
		target += "?" + query
	case p.Body != nil:
		body = c.json(p, op)
		if contentType == "" {
			contentType = "application/json"
		}
	}
	authorization := ""
	if op.Authenticated() && !strings.Contains(target, "api_key=") {
		authorization = c.authorization(op.API)
	}
	r := httptest.NewRequest(method, target, bytes.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	c.sent, c.body = r.Clone(c.t.Context()), body
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w
}

// sentAsPrinted requires that what was sent last is the contract's example to the
// letter, its placeholders filled.
func (c *pageClient) sentAsPrinted(e pageExample) {
	c.t.Helper()
	op, p := c.exampleOf(e), e.Request
	var want, got any
	switch name, named := p.Body.(string); {
	case p.Form != "":
		want = c.example(op, op.Spec.RequestBody.Value.Content, "multipart/form-data", p.Form)
		query, files := map[string]any{}, map[string]any{}
		for name := range c.sent.URL.Query() {
			query[name] = c.sent.URL.Query().Get(name)
		}
		c.sent.Body = io.NopCloser(bytes.NewReader(c.body))
		if err := c.sent.ParseMultipartForm(1 << 20); err != nil {
			c.t.Fatal(err)
		}
		for name, headers := range c.sent.MultipartForm.File {
			files[name] = c.file(headers[0])
		}
		if !reflect.DeepEqual(query, files) {
			c.t.Errorf("the query string has %v, the files have %v", query, files)
		}
		got = files
	case named:
		want = c.example(op, op.Spec.RequestBody.Value.Content, "application/json", name)
		if err := json.Unmarshal(c.body, &got); err != nil {
			c.t.Fatal(err)
		}
	default:
		return
	}
	if filled := c.filledValues(p, want); !reflect.DeepEqual(got, filled) {
		c.t.Errorf("sent\n%s\nthe contract shows\n%s", indented(c.t, got), indented(c.t, filled))
	}
}

// file is what a multipart file holds.
func (c *pageClient) file(header *multipart.FileHeader) string {
	c.t.Helper()
	f, err := header.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(data)
}

// authorization is the credential of an API. Ripple's token is got as the Python
// samples get it.
func (c *pageClient) authorization(api openapi.API) string {
	c.t.Helper()
	if api == openapi.CloudHealth {
		return "Bearer " + credentials["api_key"]
	}
	if c.token == "" {
		var token struct {
			Type   string `json:"token_type"`
			Access string `json:"access_token"`
		}
		p := pageRequest{Send: "POST https://login.alphaus.cloud/ripple/access_token", Form: "python-sample"}
		if err := json.Unmarshal(c.send(p, c.reached(p)).Body.Bytes(), &token); err != nil {
			c.t.Fatal(err)
		}
		c.token = token.Type + " " + token.Access
	}
	return c.token
}

// json is the body of a request as it is sent.
func (c *pageClient) json(p pageRequest, op *openapi.Operation) []byte {
	c.t.Helper()
	body := plain(c.t, p.Body)
	if name, ok := body.(string); ok {
		body = c.example(op, op.Spec.RequestBody.Value.Content, "application/json", name)
	}
	if p.With != nil {
		body = merged(body, plain(c.t, p.With))
	}
	data, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return []byte(c.filled(p, string(data)))
}

// form sends an example twice over, as the Python samples do: in the query string,
// and as multipart parts that are files.
func (c *pageClient) form(p pageRequest, op *openapi.Operation) (query, contentType string, body []byte) {
	c.t.Helper()
	fields := c.example(op, op.Spec.RequestBody.Value.Content, "multipart/form-data", p.Form).(map[string]any)
	values, buffer := url.Values{}, bytes.Buffer{}
	parts := multipart.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := c.filled(p, fields[name].(string))
		values.Set(name, value)
		part, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="` + name + `"; filename="` + name + `"`},
		})
		if err == nil {
			_, err = io.WriteString(part, value)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	if err := parts.Close(); err != nil {
		c.t.Fatal(err)
	}
	return values.Encode(), parts.FormDataContentType(), buffer.Bytes()
}

var placeholder = regexp.MustCompile(`[{<][a-z_]+[}>]`)

// filled is a text of a request with every placeholder filled.
func (c *pageClient) filled(p pageRequest, text string) string {
	c.t.Helper()
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := found[1 : len(found)-1]
		for _, values := range []map[string]string{p.Fill, credentials} {
			if value, ok := values[name]; ok {
				return value
			}
		}
		c.t.Fatalf("%s: nothing fills %s", p.Send, found)
		return ""
	})
}

// filledValues is a value in which the placeholders of every text are filled.
func (c *pageClient) filledValues(p pageRequest, v any) any {
	c.t.Helper()
	switch v := v.(type) {
	case string:
		return c.filled(p, v)
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = c.filledValues(p, value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = c.filledValues(p, value)
		}
		return out
	}
	return v
}

// compare holds what came to what is printed, but for the generated values and the
// deviation.
func (e pageExample) compare(t *testing.T, w *httptest.ResponseRecorder, printed any) {
	t.Helper()
	status := e.Status
	if e.Deviation != nil && e.Deviation.Status != 0 {
		status = e.Deviation.Status
	}
	if w.Code != status {
		t.Fatalf("answered %d, want %d: %s", w.Code, status, w.Body)
	}
	if status != e.Status {
		return
	}
	for name, want := range e.Headers {
		if got := w.Header().Get(name); got != want {
			t.Errorf("the header %s is %q, want %q", name, got, want)
		}
	}
	if e.Answer == nil {
		if w.Body.Len() > 0 {
			t.Errorf("answered %s, want no body", w.Body)
		}
		return
	}
	var got any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	got, printed = masked(got, e.Generated), masked(printed, e.Generated)
	if e.Deviation != nil {
		if e.agrees(got, printed) {
			t.Errorf("there is no deviation: the answer is the printed one")
		}
		printed = merged(printed, plain(t, e.Deviation.Adds))
	}
	if !e.agrees(got, printed) {
		t.Errorf("answered\n%s\nwant, with generated values masked\n%s", indented(t, got), indented(t, printed))
	}
}

// agrees reports whether an answer is the printed one, or has all its elements where
// the page leaves others out.
func (e pageExample) agrees(got, printed any) bool {
	if !e.Ellipsis {
		return reflect.DeepEqual(got, printed)
	}
	list, ok := got.([]any)
	return ok && !slices.ContainsFunc(printed.([]any), func(element any) bool {
		return !slices.ContainsFunc(list, func(other any) bool { return reflect.DeepEqual(element, other) })
	})
}

// masked replaces the values of fields that the twin makes up, at any depth, by what
// kind of value they are. An empty one stays.
func masked(v any, fields []string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			if slices.Contains(fields, name) && value != nil && !reflect.ValueOf(value).IsZero() {
				out[name] = "a generated " + reflect.TypeOf(value).String()
				continue
			}
			out[name] = masked(value, fields)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = masked(value, fields)
		}
		return out
	}
	return v
}

// merged is a value into which the fields of another are set, at any depth and in
// the elements of lists.
func merged(v, changes any) any {
	switch changes := changes.(type) {
	case map[string]any:
		base, _ := v.(map[string]any)
		out := maps.Clone(base)
		if out == nil {
			out = map[string]any{}
		}
		for name, change := range changes {
			out[name] = merged(base[name], change)
		}
		return out
	case []any:
		base, _ := v.([]any)
		out := slices.Clone(base)
		for i, change := range changes {
			if i == len(out) {
				out = append(out, nil)
			}
			out[i] = merged(out[i], change)
		}
		return out
	}
	return changes
}

// plain is a value as JSON decodes it.
func plain(t *testing.T, v any) any {
	t.Helper()
	var out any
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func indented(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
