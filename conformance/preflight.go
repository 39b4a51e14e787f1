package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// wrongTarget says in one line why nothing can be verified: the server, its address, the
// scheme or the credential is not the right one.
type wrongTarget struct{ why string }

func (w wrongTarget) Error() string { return "target: " + w.why }

// preflight asks each API for what every deployment answers, with reads alone: at most
// three of Ripple with a token, two of CloudHealth, and one for each further credential. It
// errs where what answers is not the API, leads elsewhere, or refuses a credential, or where
// every answer says that the server is down. A deployment that merely answers wrongly is
// left to the checks.
func (r *run) preflight() error {
	if r.supply.madeUp || r.supply.rehearsal {
		return nil
	}
	for _, api := range r.config.APIs {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			return err
		}
		var wrong error
		switch api {
		case openapi.Ripple:
			wrong = r.preflightRipple(contract)
		case openapi.CloudHealth:
			wrong = r.preflightCloudHealth(contract)
		}
		if wrong != nil {
			return wrong
		}
	}
	if err := r.down(); err != nil {
		return err
	}
	return r.others()
}

// uncredentialed reports whether all checks are to run without a credential, and every read
// was refused.
func (r *run) uncredentialed() bool {
	if len(r.first) == 0 || slices.ContainsFunc(r.first, func(e *target.Exchange) bool { return e.Status/100 != 4 }) {
		return false
	}
	selected := r.config.Selection
	return len(selected.Run)+len(selected.Skip) == 0 && r.config.Credentials.Empty()
}

// others reports the first refused credential beside those of the client and the key.
func (r *run) others() error {
	if slices.Contains(r.config.APIs, openapi.Ripple) {
		contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
		if err != nil {
			return err
		}
		if err := r.otherClients(contract); err != nil {
			return err
		}
	}
	key := r.config.Credentials.CloudHealth.OtherKey
	if key == "" || !slices.Contains(r.config.APIs, openapi.CloudHealth) {
		return nil
	}
	contract, err := openapi.Load(openapi.CloudHealth, openapi.Dialect{})
	if err != nil {
		return err
	}
	e := r.config.Target.Send(r.ctx, &target.Request{Operation: contract.Operation("listAwsAccountAssignments"), Query: url.Values{"api_key": {key}}, Unpaced: true})
	if refuses(e) {
		return wrongTarget{"the other CloudHealth key is refused: " + strings.Split(e.URL, "?")[0] + " answers " + brief(e) + "; check it"}
	}
	return nil
}

// ask sends a request of the preflight and remembers what came.
func (r *run) ask(request *target.Request) *target.Exchange {
	e := r.config.Target.Send(r.ctx, request)
	r.first = append(r.first, e)
	return e
}

// down says that the server is, where it answered every request of the preflight so.
func (r *run) down() error {
	if len(r.first) == 0 || slices.ContainsFunc(r.first, func(e *target.Exchange) bool {
		return e.Err != nil || e.Status < 500 || e.Status == http.StatusNotImplemented
	}) {
		return nil
	}
	e := r.first[0]
	return wrongTarget{fmt.Sprintf("%s answers %s, and so does whatever else was asked; try again when the server is up", strings.Split(e.URL, "?")[0], brief(e))}
}

func (r *run) preflightRipple(contract *openapi.Contract) error {
	header := http.Header{}
	client, as, err := r.supply.client("", "ripple_token")
	switch {
	case isUnavailable(err): // without a client, what refuses a read is the API
	case err != nil:
		return err
	default:
		token, e, err := r.supply.request(r.ctx, client, as, target.Request{Unpaced: true})
		if e != nil {
			r.first = append(r.first, e)
		}
		if err != nil {
			return r.noToken(client, "", e)
		}
		header.Set("Authorization", "Bearer "+token)
	}
	var asked []string
	for _, read := range []struct {
		operation string
		query     url.Values
	}{{"listAccounts", url.Values{"vendor": {"aws"}}}, {"listBillingGroups", nil}, {"listPayerExchangeRates", nil}} {
		request := &target.Request{Operation: contract.Operation(read.operation), Query: read.query, Unpaced: true, Header: header}
		if read.operation == "listPayerExchangeRates" {
			request.Path = map[string]string{"month": time.Now().UTC().Format("2006-01")}
		}
		e := r.ask(request)
		if e.Status/100 == 3 {
			return r.moved(e)
		}
		if !alien(e) {
			return nil
		}
		asked = append(asked, e.URL+" answers "+brief(e))
	}
	return r.neither(openapi.Ripple, contract.Operation("listAccounts"), asked)
}

// otherClients reports the first refused credential among those of another partner, of the
// user, and of some clients with one role each.
func (r *run) otherClients(contract *openapi.Contract) error {
	ask := func(client target.Client, as, place string) error {
		_, e, err := r.supply.request(r.ctx, client, as, target.Request{Unpaced: true})
		if err == nil {
			return nil
		}
		return r.noToken(client, " ("+place+")", e)
	}
	if client, as, err := r.supply.client("", asOther); err == nil {
		if err := ask(client, as, target.Where(asOther)); err != nil {
			return err
		}
	}
	if e := r.supply.byPassword(r.ctx, contract); e != nil {
		if problem(e) == "invalid_grant" { // RFC 6749, section 5.2; any other refusal is judged
			return wrongTarget{fmt.Sprintf("the Ripple user is refused by %s (%d %s); check ripple.user", e.URL, e.Status, problem(e))}
		}
	}
	for i, role := range slices.Sorted(maps.Keys(r.supply.credentials.Ripple.Roles)) {
		if i == mostRoleClients {
			return nil // --check asks for the others
		}
		if err := ask(r.supply.credentials.Ripple.Roles[role], "ripple_token", "ripple.roles."+role); err != nil {
			return err
		}
	}
	return nil
}

// mostRoleClients is how many clients of one role are asked for a token before the run: with
// what else a good deployment is asked there are ten requests.
const mostRoleClients = 4

// noToken says why a client gets no token, and in which place it is named; nil where the
// target says nothing.
func (r *run) noToken(client target.Client, place string, e *target.Exchange) error {
	switch {
	case e == nil || e.Err != nil || e.Status >= 500 || e.Status == http.StatusTooManyRequests:
		return nil //nolint:nilerr // the checks say so
	case e.Status/100 == 3:
		return r.moved(e)
	case e.Status/100 == 4 && problem(e) != "":
		return wrongTarget{fmt.Sprintf("the Ripple client %s is refused by %s (%d %s); check its id and its secret%s", client.ID, e.URL, e.Status, problem(e), place)}
	}
	return wrongTarget{fmt.Sprintf("%s answers %s to a request for a token; is it the token URL?%s", e.URL, brief(e), place)}
}

func (r *run) preflightCloudHealth(contract *openapi.Contract) error {
	key := r.config.Credentials.CloudHealth.Key
	var asked []string
	refused := 0
	for _, request := range []*target.Request{
		{Operation: contract.Operation("listAwsAccountAssignments")},
		{Operation: contract.Operation("getAwsAccountAssignment"), Path: map[string]string{"id": "1"}},
	} {
		request.Header, request.Query, request.Unpaced = http.Header{}, url.Values{}, true
		if key != "" {
			request.Query.Set("api_key", key)
		}
		e := r.ask(request)
		if e.Status/100 == 3 {
			return r.moved(e)
		}
		switch {
		case refuses(e) && key == "":
			return nil
		case refuses(e):
			refused++
		case !alien(e):
			return nil
		}
		asked = append(asked, strings.Split(e.URL, "?")[0]+" answers "+brief(e))
	}
	if refused == len(asked) {
		return wrongTarget{"the CloudHealth key is refused: " + asked[0] + "; check it"}
	}
	return r.neither(openapi.CloudHealth, contract.Operation("listAwsAccountAssignments"), asked)
}

// alien reports whether an answer is not one that the API gives to such a read, well or
// badly: a success without rows, whatever they are wrapped in, is none.
func alien(e *target.Exchange) bool {
	switch {
	case e.Err != nil, e.Status >= 500 && e.Status != http.StatusNotImplemented, e.Status == http.StatusTooManyRequests:
		return false
	case e.Status/100 == 2:
		return !rowsIn(e)
	case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed, e.Status == http.StatusGone, e.Status == http.StatusNotImplemented:
		return true
	}
	return !json.Valid(bytes.TrimSpace(e.Answer)) && len(e.Answer) > 0
}

// rowsIn reports whether an answer is a list such as the operation gives, or an assignment:
// an object around it where CloudHealth answers, and rows with documented fields.
func rowsIn(e *target.Exchange) bool {
	switch v := e.JSON().(type) {
	case []any:
		return e.Request.Operation.API == openapi.Ripple && (len(v) == 0 || slices.ContainsFunc(v, func(row any) bool { return documentedRow(e.Request.Operation, row) }))
	case map[string]any:
		for name, inner := range v {
			if _, list := inner.([]any); list || name == "owner_id" {
				return true
			}
		}
	}
	return false
}

// documentedRow reports whether a row has two fields or more that the contract knows: one
// alone may be anything's.
func documentedRow(op *openapi.Operation, row any) bool {
	fields, _ := row.(map[string]any)
	known := 0
	for _, f := range op.ResponseFields() {
		if _, has := fields[f.Path[len(f.Path)-1]]; has && len(f.Path) == 2 {
			known++
		}
	}
	return known > 1
}

// neither says that what was asked is not an API.
func (r *run) neither(api openapi.API, op *openapi.Operation, asked []string) error {
	name, other := "Ripple", openapi.CloudHealth
	if api == openapi.CloudHealth {
		name, other = "CloudHealth", openapi.Ripple
	}
	hint := ""
	if len(r.config.APIs) > 1 {
		hint = fmt.Sprintf(", or verify %s alone with --api %s", other, other)
	}
	return wrongTarget{fmt.Sprintf("this is not %s: %s; check the URL (below it lies %s%s)%s", name, strings.Join(asked, ", "), op.Base, op.Path, hint)}
}

// moved names the URL to which a deployment redirects.
func (r *run) moved(e *target.Exchange) error {
	asked := strings.Split(e.URL, "?")[0]
	from, err := url.Parse(asked)
	if err != nil || e.Header.Get("Location") == "" {
		return wrongTarget{fmt.Sprintf("%s redirects (%d), and says not where to; check the URL", asked, e.Status)}
	}
	to, err := from.Parse(e.Header.Get("Location"))
	if err != nil {
		return wrongTarget{fmt.Sprintf("%s redirects (%d) to %q, which is no URL; check the URL", asked, e.Status, e.Header.Get("Location"))}
	}
	to.RawQuery, to.Fragment = "", ""
	below := strings.TrimPrefix(from.EscapedPath(), basePath(r.config.Target, e.Request.Operation))
	return wrongTarget{fmt.Sprintf("%s redirects (%d); name the URL that it leads to, %s", asked, e.Status, strings.TrimSuffix(to.String(), below))}
}

// problem is the error that a refusal of a token names; empty where it names none.
func problem(e *target.Exchange) string {
	fields, _ := e.JSON().(map[string]any)
	for _, name := range []string{"error", "code", "message"} {
		if text, ok := fields[name].(string); ok && text != "" && e.Status != http.StatusNotFound && e.Status != http.StatusMethodNotAllowed {
			return text
		}
	}
	if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden {
		return "without a reason"
	}
	return ""
}

// brief is an answer's status and media type.
func brief(e *target.Exchange) string {
	kind, _, _ := strings.Cut(e.Header.Get("Content-Type"), ";")
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, kind))
}

// deadline is why a run starts no further check after its time.
type deadline struct{ after string }

func (d deadline) Error() string { return notRun + "the deadline of " + d.after + " is over" }

// withDeadline ends a context after the time that a run may take.
func (c Config) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Deadline <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, c.Deadline, deadline{c.Deadline.String()})
}
