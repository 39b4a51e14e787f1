package openapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is one of the documented operations.
type Operation struct {
	ID      string
	API     API
	Slug    string   // the prefix of its derived clauses
	Source  string   // page#heading
	Level   Level    // of the clauses that derive from it, unless a field has another
	Method  string   // of its place in the document
	Path    string   // template, below Base
	Base    string   // the path of its server's URL
	Host    string   // the host of its server's URL
	Roles   []string // any one suffices; empty where none is needed
	Routes  []Route  // every way to reach it
	Printed []Route  // ways that a page prints, under whichever reading it can be reached by them
	Undo    *Undo    // nil where it creates nothing
	Success int      // its 2xx status
	Spec    *openapi3.Operation

	contract *Contract
	written  []Clause
	request  []Field
	answer   []Field
}

// Route is one way to reach an operation.
type Route struct {
	Method   string
	Path     string // template, below the operation's Base
	Bodyless bool   // reaches the operation only when the request has no body
}

// Undo says how to take back what an operation did (x-undo): nothing can, another
// operation removes what it created, or it sets again what it replaced. Sources are
// runtime expressions over the request and the answer, or templates of them.
type Undo struct {
	None        string            `json:"none"` // why nothing can take it back
	OperationID string            `json:"operationId"`
	Parameters  map[string]string `json:"parameters"`
	Lookup      *Lookup           `json:"lookup"`
	Restore     *Restore          `json:"restore"`
}

// NamedByAnswer reports whether the answer says what would have to be removed, so that a
// look-up is needed only where the answer is lost.
func (u *Undo) NamedByAnswer() bool {
	for _, source := range u.Parameters {
		if strings.HasPrefix(source, "$response.") {
			return true
		}
	}
	return false
}

// SharesNoun reports whether two operations are about the same kind of thing, such as
// assignments: the contract has them under the same tags. No operation is not.
func (o *Operation) SharesNoun(other *Operation) bool {
	return other != nil && o.API == other.API && slices.Equal(o.Spec.Tags, other.Spec.Tags)
}

// Lookup finds what an answer did not name, or what a lost answer would have named,
// in a list: the element whose fields match, and the field to take.
type Lookup struct {
	OperationID string            `json:"operationId"`
	Query       map[string]string `json:"query"` // parameter of the list → source
	Rows        string            `json:"rows"`  // JSON Pointer to the list in the answer; empty where the answer is the list
	Match       map[string]string `json:"match"`
	Take        string            `json:"take"`
	Show        string            `json:"show,omitempty"` // operationId of the GET that reads one row by its id; optional
}

// Restore reads what an operation is about to replace, by the same path parameters,
// so that it can be set again. A value that was null cannot.
type Restore struct {
	OperationID string            `json:"operationId"`
	List        string            `json:"list"`  // the request's property that holds the settings
	Match       map[string]string `json:"match"` // field of a setting → field of the row that is read
	Value       string            `json:"value"` // the field that is set
}

// Authenticated reports whether the operation needs a credential.
func (o *Operation) Authenticated() bool {
	security := o.Spec.Security
	if security == nil {
		security = &o.contract.Doc.Security
	}
	return len(*security) > 0 && !slices.ContainsFunc(*security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
}

// Supporting reports whether the pages leave the operation to other public sources: it
// sets up or shows what theirs are about, and no target has to have it.
func (o *Operation) Supporting() bool { return o.Level != Must }

// Roles lists the roles that the pages name, in their order.
func (c *Contract) Roles() []string {
	var out []string
	for _, op := range c.Operations {
		for _, role := range op.Roles {
			if !op.Supporting() && !slices.Contains(out, role) {
				out = append(out, role)
			}
		}
	}
	return out
}

// RoleHierarchy is the point of which role covers which.
const RoleHierarchy = "ripple.role.hierarchy"

// Covers reports whether a role permits an operation. ModifyX permits what ReadX does; where
// the dialect follows the vendor's tree, a billing group's role also permits what the roles
// of accounts, invoices and resellers do.
func (c *Contract) Covers(role string, op *Operation) bool {
	noun, modifies := strings.CutPrefix(role, "Modify")
	tree := c.Dialect.Is(RoleHierarchy, "tree") && strings.HasSuffix(role, "BillingGroup")
	return slices.ContainsFunc(op.Roles, func(need string) bool {
		below := strings.HasSuffix(need, "Account") || strings.HasSuffix(need, "Invoice") || strings.HasSuffix(need, "Reseller")
		return need == role || modifies && need == "Read"+noun || tree && below
	})
}

// OfPartner reports whether the pages document the operation and it is about rows that one
// partner alone has: its path names one, or it shows or sets what a list of them holds.
func (o *Operation) OfPartner() bool {
	if o.Supporting() || !o.Authenticated() {
		return false
	}
	sets := o.Undo != nil && o.Undo.Restore != nil
	return o.Method == http.MethodGet || sets || slices.ContainsFunc(o.Parameters(), Identifies)
}

// Identifies reports whether a parameter names one stored thing in a path: vendors are
// listed, and months have a form.
func Identifies(p *openapi3.Parameter) bool {
	return p.In == openapi3.ParameterInPath && len(p.Schema.Value.Enum) == 0 && p.Schema.Value.Pattern == ""
}

// BodyRequired reports whether a request must have a body.
func (o *Operation) BodyRequired() bool {
	return o.Spec.RequestBody != nil && o.Spec.RequestBody.Value.Required
}

// MediaType is the type of the body the operation takes; empty where it takes none.
// JSON is preferred, then a URL-encoded form.
func (o *Operation) MediaType() string {
	if o.Spec.RequestBody == nil {
		return ""
	}
	for _, t := range []string{"application/json", "application/x-www-form-urlencoded"} {
		if o.Spec.RequestBody.Value.Content[t] != nil {
			return t
		}
	}
	return ""
}

// Writes reports whether the operation changes state: every method but GET and HEAD,
// save the issue of a token.
func (o *Operation) Writes() bool {
	return o.Method != http.MethodGet && o.Method != http.MethodHead && o.Authenticated()
}

// Unprobed tells which probes of the whole operation are kept away, and by what.
func (o *Operation) Unprobed() map[string]string { return unprobed(o.Spec.Extensions) }

// Parameters lists the parameters of the operation and of its path.
func (o *Operation) Parameters() []*openapi3.Parameter {
	var out []*openapi3.Parameter
	for _, list := range []openapi3.Parameters{o.contract.Doc.Paths.Value(o.Path).Parameters, o.Spec.Parameters} {
		for _, p := range list {
			out = append(out, p.Value)
		}
	}
	return out
}

// BodySchema is the schema of the request body; nil where the operation takes none.
func (o *Operation) BodySchema() *openapi3.Schema {
	if t := o.MediaType(); t != "" {
		return o.Spec.RequestBody.Value.Content[t].Schema.Value
	}
	return nil
}

func newOperation(c *Contract, path, method string, item *openapi3.PathItem) (*Operation, error) {
	spec := item.GetOperation(method)
	op := &Operation{ID: spec.OperationID, API: c.API, Method: method, Path: path, Level: Must, Spec: spec, contract: c}
	servers := c.Doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	server, err := firstServer(servers)
	if err != nil {
		return nil, err
	}
	op.Base, op.Host = server.EscapedPath(), server.Hostname()
	for name, v := range map[string]any{
		"x-slug": &op.Slug, "x-source": &op.Source, "x-level": &op.Level, "x-roles": &op.Roles, "x-undo": &op.Undo,
	} {
		if err := extension(spec.Extensions, name, v); err != nil {
			return nil, err
		}
	}
	if op.Slug == "" || op.Source == "" {
		return nil, fmt.Errorf("needs x-slug and x-source")
	}
	if op.written, err = writtenClauses(c.API, spec.Extensions); err != nil {
		return nil, err
	}
	for i := range op.written {
		op.written[i].Operations = []string{op.ID}
	}
	if op.Routes, err = op.routes("x-routes"); err != nil {
		return nil, err
	}
	if len(op.Routes) == 0 {
		op.Routes = []Route{{Method: op.Method, Path: op.Path}}
	}
	if op.Printed, err = op.routes("x-printed"); err != nil {
		return nil, err
	}
	for status := range spec.Responses.Map() {
		if code, err := strconv.Atoi(status); err == nil && code/100 == 2 {
			op.Success = code
		}
	}
	op.request, op.answer = op.requestFields(), op.responseFields()
	return op, nil
}

// routes reads the routes that an extension lists.
func (o *Operation) routes(name string) ([]Route, error) {
	var aliases []struct{ Method, Path, Body string }
	if err := extension(o.Spec.Extensions, name, &aliases); err != nil {
		return nil, err
	}
	routes := make([]Route, len(aliases))
	for i, a := range aliases {
		routes[i] = Route{Method: strings.ToUpper(a.Method), Path: a.Path, Bodyless: a.Body == "absent"}
		if a.Path == "" {
			routes[i].Path = o.Path
		}
	}
	return routes, nil
}

// Statuses lists the documented statuses in ascending order.
func (o *Operation) Statuses() []int {
	var out []int
	for status := range o.Spec.Responses.Map() {
		if code, err := strconv.Atoi(status); err == nil {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return out
}

// UnknownStatus is the status that a page prints for an id that nothing has; zero where
// none does.
func (o *Operation) UnknownStatus() int {
	for _, status := range o.Statuses() {
		media := o.Spec.Responses.Status(status).Value.Content["application/json"]
		if media != nil && media.Examples["unknown"] != nil {
			return status
		}
	}
	return 0
}

// Fits reports whether a URL is of the operation's place in the document.
func (o *Operation) Fits(u *url.URL) bool { return fits(o.Base+o.Path, u) }

// Fits reports whether a URL is the route's, below a base.
func (r Route) Fits(base string, u *url.URL) bool { return fits(base+r.Path, u) }

// fits compares segments as routers split them: of the path as it was sent where that
// is not the plain escape of the path. EscapedPath would write a path anew that holds a
// character it escapes, and unescape the slashes beside it.
func fits(template string, u *url.URL) bool {
	path := u.RawPath
	if path == "" {
		path = u.Path
	}
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i, segment := range want {
		parameter := strings.HasPrefix(segment, "{")
		if parameter && have[i] == "" || !parameter && have[i] != segment && (u.RawPath == "" || plain(have[i]) != segment) {
			return false
		}
	}
	return true
}

// plain is a segment without its escapes; one that is broken is left as it is.
func plain(segment string) string {
	if unescaped, err := url.PathUnescape(segment); err == nil {
		return unescaped
	}
	return segment
}
