// Package probe derives single-request checks from the contract: for every request
// field its boundaries, enum values, absence, null and wrong type; for every
// operation the credentials, media type, ids and bodies that it has to refuse.
// Nobody writes these by hand.
package probe

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

// The kinds of an operation's checks, in addition to those of its fields.
const (
	Valid            openapi.Kind = "valid"
	NoCredential     openapi.Kind = "no-credential"
	BadCredential    openapi.Kind = "bad-credential"
	InsufficientRole openapi.Kind = "insufficient-role"
	WrongMediaType   openapi.Kind = "media-type"
	MalformedJSON    openapi.Kind = "malformed-json"
	UnknownField     openapi.Kind = "unknown-field"
	UnknownID        openapi.Kind = "unknown-id"
	MissingAll       openapi.Kind = "missing-all"
	Role             openapi.Kind = "role" // one role alone, which suffices or does not
)

// Expect is the answer a probe is due.
type Expect struct {
	Accepted bool // the operation's success
	Statuses []int
	Any4xx   bool // any refusal will do: a recorded ruling decides which
	Any      bool // anything but a server error will do
}

// Met reports whether an answer's status is the one that is due.
func (e Expect) Met(op *openapi.Operation, status int) bool {
	switch {
	case e.Any:
		return status < 500
	case e.Accepted:
		return status == op.Success
	case e.Any4xx:
		return status/100 == 4
	}
	return slices.Contains(e.Statuses, status)
}

func (e Expect) String() string {
	switch {
	case e.Any:
		return "an answer below 500"
	case e.Accepted:
		return "success"
	case e.Any4xx:
		return "a refusal (4xx)"
	}
	return fmt.Sprintf("a refusal with status %s", strings.Trim(fmt.Sprint(e.Statuses), "[]"))
}

// Probe is one change to a valid request, and the answer that is due.
type Probe struct {
	ID        string
	Operation *openapi.Operation
	Field     *openapi.Field // nil for a check of the whole operation
	Kind      openapi.Kind
	Value     any // what the field is set to
	Clause    string
	Level     openapi.Level
	Expect    Expect
}

// Derive makes every probe that a contract calls for, in the order of its
// operations and fields.
func Derive(c *openapi.Contract) []Probe {
	var all []Probe
	for _, op := range c.Operations {
		all = append(all, whole(c, op)...)
		for _, f := range op.RequestFields() {
			all = append(all, fields(c, op, f)...)
		}
	}
	return all
}

func whole(c *openapi.Contract, op *openapi.Operation) []Probe {
	var out []Probe
	add := func(kind openapi.Kind, clause string, expect Expect) {
		level := openapi.Silent
		if known, ok := c.Clause(clause); ok {
			level = known.Level
		} else {
			clause = "" // a recorded ruling, which no check proves
		}
		out = append(out, Probe{ID: "probe/" + op.ID + "/" + string(kind), Operation: op, Kind: kind, Clause: clause, Level: level, Expect: expect})
	}
	add(Valid, op.Slug+".status", Expect{Accepted: true})
	if op.Authenticated() {
		missing, wrong := "authentication", "authentication"
		if c.API == openapi.CloudHealth {
			missing, wrong = "authentication-missing", "authentication-wrong"
		}
		add(NoCredential, op.Slug+".authentication", refusal(c, missing))
		add(BadCredential, op.Slug+".authentication", refusal(c, wrong))
	}
	if len(op.Roles) > 0 {
		add(InsufficientRole, op.Slug+".role", refusal(c, "role"))
		out = append(out, roles(c, op)...)
	}
	if op.MediaType() == "application/json" {
		add(WrongMediaType, string(c.API)+".media-type", mediaType(c))
		add(MalformedJSON, c.Refusal("malformed").Clause, Expect{Any4xx: true})
		if point, ok := openapi.FindPoint(string(c.API) + ".unknown-fields"); ok && point.Switchable {
			closed := op.BodySchema().AdditionalProperties.Has != nil && !*op.BodySchema().AdditionalProperties.Has
			expect := Expect{Accepted: true}
			if closed {
				expect = refused(c, op)
			}
			add(UnknownField, point.Slug, expect)
		}
	}
	if clause := firstRequired(op); clause != "" && op.Unprobed()[string(MissingAll)] == "" {
		add(MissingAll, clause, refused(c, op))
	}
	if idParameter(op) != "" {
		add(UnknownID, c.Refusal("not-found").Clause, notFound(c, op))
	}
	return out
}

// roles makes a probe of each role that the pages name: alone, one that is listed suffices,
// and any other does not, unless it covers a listed one as the dialect has it. That none
// of those to read suffices to write, one token that holds all of them shows.
func roles(c *openapi.Contract, op *openapi.Operation) []Probe {
	reads := func(role string) bool { return strings.HasPrefix(role, "Read") }
	var out []Probe
	for _, role := range c.Roles() {
		p := Probe{
			ID: fmt.Sprintf("probe/%s/%s=%s", op.ID, Role, role), Operation: op, Kind: Role, Value: role,
			Clause: op.Slug + ".role", Level: op.Level, Expect: refusal(c, "role"),
		}
		switch {
		case op.Supporting():
			continue
		case slices.Contains(op.Roles, role):
			p.Expect = Expect{Accepted: true}
		case c.Covers(role, op), reads(role) && !slices.ContainsFunc(op.Roles, reads):
			continue
		}
		out = append(out, p)
	}
	return out
}

// mediaType is what a text/plain body is due: a refusal where the contract knows
// one that a switchable point rules, and any answer where a recorded one does.
func mediaType(c *openapi.Contract) Expect {
	point, ok := openapi.FindPoint(string(c.API) + ".media-type")
	if !ok || !point.Switchable || c.Dialect.Is(point.Slug, "accepted") {
		return Expect{Any: true}
	}
	return refusal(c, "media-type")
}

// refusal is what a request is due for a general reason: the status that a page states,
// or any 4xx where none does.
func refusal(c *openapi.Contract, reason string) Expect {
	if c.Stated(reason) {
		return Expect{Statuses: []int{c.Refusal(reason).Status}}
	}
	return Expect{Any4xx: true}
}

// notFound is what an unknown id is due: the answer that the operation's page prints for
// it, or the general refusal.
func notFound(c *openapi.Contract, op *openapi.Operation) Expect {
	if status := op.UnknownStatus(); status != 0 {
		return Expect{Statuses: []int{status}}
	}
	return refusal(c, "not-found")
}

// firstRequired is the clause of the first field that a JSON body must have; empty
// where it must have none.
func firstRequired(op *openapi.Operation) string {
	if op.MediaType() != "application/json" {
		return ""
	}
	for _, f := range op.RequestFields() {
		if f.Place == openapi.InBody && f.Required && f.Unprobed[string(openapi.KindMissing)] == "" {
			return f.Clause(openapi.KindMissing)
		}
	}
	return ""
}

// refused is what content outside the contract is due.
func refused(c *openapi.Contract, op *openapi.Operation) Expect {
	if !op.Authenticated() {
		return Expect{Any4xx: true}
	}
	return refusal(c, "validation")
}

// idParameter is the path parameter that names a stored thing; empty where none does.
func idParameter(op *openapi.Operation) string {
	for _, p := range op.Parameters() {
		if openapi.Identifies(p) {
			return p.Name
		}
	}
	return ""
}

func fields(c *openapi.Contract, op *openapi.Operation, f openapi.Field) []Probe {
	var out []Probe
	for _, kind := range f.Kinds() {
		id := fmt.Sprintf("probe/%s/%s/%s/%s", op.ID, f.Place, strings.Join(f.Path, "."), kind)
		p := Probe{ID: id, Operation: op, Field: &f, Kind: kind, Clause: f.Clause(kind), Level: f.Level, Expect: refused(c, op)}
		if kind == openapi.KindEnum {
			for _, value := range f.Schema.Enum {
				if _, off := f.Unprobed[fmt.Sprintf("%s=%v", kind, value)]; off || value == nil {
					continue
				}
				one := p
				one.ID, one.Value, one.Expect = fmt.Sprintf("%s=%v", id, value), value, Expect{Accepted: true}
				out = append(out, one)
			}
			continue
		}
		if f.Accepts(kind) {
			p.Expect = Expect{Accepted: true}
		}
		p.Value = value(f, kind)
		out = append(out, p)
	}
	return out
}

// value is what a field is set to for a kind.
func value(f openapi.Field, kind openapi.Kind) any {
	s := f.Schema
	if s.Type.Is("string") {
		switch kind {
		case openapi.KindBelowMin:
			return filler(int(s.MinLength) - 1)
		case openapi.KindMin:
			return filler(int(s.MinLength))
		case openapi.KindMax:
			return filler(int(*s.MaxLength))
		case openapi.KindAboveMax:
			return filler(int(*s.MaxLength) + 1)
		}
	}
	switch kind {
	case openapi.KindBelowMin:
		return *s.Min - step(f)
	case openapi.KindMin:
		return *s.Min
	case openapi.KindMax:
		return *s.Max
	case openapi.KindAboveMax:
		return *s.Max + step(f)
	case openapi.KindOutsideEnum:
		return "outside-the-enum"
	case openapi.KindPattern:
		return offPattern(s.Pattern)
	case openapi.KindType:
		if s.Type.Is("object") || s.Type.Is("array") {
			return "a text"
		}
		return map[string]any{"unexpected": true}
	}
	return nil
}

// step is the distance to the nearest value outside a range: a hundredth where the
// range is a share, one otherwise.
func step(f openapi.Field) float64 {
	if f.Schema.Max != nil && *f.Schema.Max <= 1 {
		return 0.01
	}
	return 1
}

// filler is a word of a length.
func filler(n int) string {
	if n <= 0 {
		return ""
	}
	return strings.Repeat("x", n)
}

// offPattern is a text that a pattern does not match.
func offPattern(pattern string) string {
	re := regexp.MustCompile(pattern)
	for _, candidate := range []string{"off-pattern", "0", "2020-13", ""} {
		if !re.MatchString(candidate) {
			return candidate
		}
	}
	return "\x00"
}
