package openapi

import (
	"fmt"
	"slices"
	"strings"
)

// derive makes the clauses that the contract states by keyword: who may call, what
// each request field must be, and what the successful answer holds.
func (o *Operation) derive() []Clause {
	var clauses []Clause
	add := func(origin Origin, level Level, id, source, unobservable, says string, args ...any) {
		clauses = append(clauses, Clause{
			ID: id, Level: level, Says: fmt.Sprintf(says, args...), Source: source, Unobservable: unobservable,
			Origin: origin, API: o.API, Operations: []string{o.ID},
		})
	}
	if o.Authenticated() {
		add(Access, o.Level, o.Slug+".authentication", o.Source, "", "Refuses a request without a valid credential.")
	}
	if len(o.Roles) > 0 {
		add(Access, o.Level, o.Slug+".role", o.Source, "", "Needs the role %s.", strings.Join(o.Roles, " or "))
	}
	if o.OfPartner() {
		add(Access, o.Level, o.Slug+".partner", o.Source, "", "Shows and changes nothing of another partner.")
	}
	for _, f := range o.request {
		kinds := f.called()
		for len(kinds) > 0 {
			id := f.Clause(kinds[0])
			same := func(k Kind) bool { return f.Clause(k) == id }
			reason, level := f.unprobed(kinds, same)
			add(Request, level, id, f.Source, reason, "%s", f.says(kinds[0]))
			kinds = slices.DeleteFunc(kinds, same)
		}
	}
	add(Response, o.Level, o.Slug+".status", o.Source, "", "Success answers %d.", o.Success)
	if shape := o.bodyShape(); shape != "" {
		add(Response, o.Level, o.BodyClause(), o.Source, "", "Success answers JSON: %s.", shape)
	}
	for _, name := range o.SuccessHeaders() {
		add(Response, o.Level, o.HeaderClause(name), o.Source, "", "Success carries the header %s.", name)
	}
	for _, f := range o.answer {
		reason, level := f.ruled([]string{"response"})
		add(Response, level, f.ResponseClause(), f.Source, reason, "The answer's %s is %s.", f.Name(), f.shape())
	}
	return clauses
}

// ResponseClause is the slug of the clause on a field of the answer.
func (f Field) ResponseClause() string { return f.response }

// BodyClause is the slug of the clause on the whole body of the successful answer.
func (o *Operation) BodyClause() string { return o.Slug + ".response" }

// bodyShape says what the successful answer's body is; empty where it has none.
func (o *Operation) bodyShape() string {
	media := o.Spec.Responses.Status(o.Success).Value.Content["application/json"]
	if media == nil {
		return ""
	}
	return article(media.Schema.Value.Type.Slice()[0])
}

// HeaderClause is the slug of the clause on a header of the successful answer.
func (o *Operation) HeaderClause(name string) string {
	return o.Slug + ".header." + kebab(name)
}

// SuccessHeaders lists the documented headers of the successful answer.
func (o *Operation) SuccessHeaders() []string {
	var names []string
	for name := range o.Spec.Responses.Status(o.Success).Value.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unprobed is why no check can prove a request clause, and its level then.
func (f Field) unprobed(kinds []Kind, of func(Kind) bool) (reason string, level Level) {
	var behind []string
	for _, k := range kinds {
		if of(k) {
			behind = append(behind, string(k))
		}
	}
	return f.ruled(behind)
}

// ruled is why no check can prove a clause: everything that would is kept away. A
// clause that a point of the dialect rules is silent.
func (f Field) ruled(behind []string) (reason string, level Level) {
	level = f.Level
	for _, kind := range behind {
		why, off := f.Unprobed[kind]
		if !off {
			return "", f.Level
		}
		reason = "ruled by " + why
		if _, isPoint := FindPoint(why); isPoint {
			level = Silent
		}
	}
	return reason, level
}

// says puts the promise behind a kind into words.
func (f Field) says(k Kind) string {
	name := f.Name()
	switch f.aspect(k) {
	case "required":
		return name + " is required."
	case "optional":
		return name + " may be left out."
	case "nullable":
		return name + " may be null."
	case "type":
		return fmt.Sprintf("%s is %s.", name, article(f.typeName()))
	case "enum":
		return fmt.Sprintf("%s is one of %s.", name, f.enumText())
	case "pattern":
		return fmt.Sprintf("%s matches %s.", name, f.Schema.Pattern)
	case "length":
		return fmt.Sprintf("%s has %s characters.", name, f.boundsText())
	default:
		return fmt.Sprintf("%s is %s.", name, f.boundsText())
	}
}

// shape describes the type of an answer's field.
func (f Field) shape() string {
	text := article(f.typeName())
	if len(f.Schema.Enum) > 0 {
		text = "one of " + f.enumText()
	}
	if f.Schema.Nullable {
		text += " or null"
	}
	if !f.Required {
		text += ", where present"
	}
	return text
}

func (f Field) typeName() string {
	if types := f.Schema.Type.Slice(); len(types) > 0 {
		return types[0]
	}
	return "value"
}

func (f Field) enumText() string {
	values := make([]string, 0, len(f.Schema.Enum))
	for _, v := range f.Schema.Enum {
		if v != nil {
			values = append(values, fmt.Sprint(v))
		}
	}
	return strings.Join(values, ", ")
}

func (f Field) boundsText() string {
	s := f.Schema
	var lower, upper string
	switch {
	case s.Type.Is("string"):
		lower = fmt.Sprint(s.MinLength)
		if s.MaxLength != nil {
			upper = fmt.Sprint(*s.MaxLength)
		}
	default:
		if s.Min != nil {
			lower = fmt.Sprint(*s.Min)
		}
		if s.Max != nil {
			upper = fmt.Sprint(*s.Max)
		}
	}
	exclusive := ""
	if s.ExclusiveMin.IsTrue() {
		exclusive = "more than "
	}
	switch {
	case upper == "" && exclusive != "":
		return exclusive + lower
	case upper == "":
		return "at least " + lower
	case lower == "":
		return "at most " + upper
	}
	return exclusive + lower + " to " + upper
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
