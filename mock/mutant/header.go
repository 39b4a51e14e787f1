package mutant

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/twinbill/twinbill/openapi"
)

// headers makes the mutants of the successful answer's documented headers, and of
// its Content-Type.
func (d *deriver) headers() {
	for _, name := range d.op.SuccessHeaders() {
		of := func(c openapi.Clause) bool { return slices.Contains(c.Operations, d.op.ID) && names(c, name) }
		clauses := append([]string{d.op.HeaderClause(name)}, d.written(of)...)
		d.add(Dropped, "header/"+name, "the header "+name+" is left out", clauses,
			successes(d.op, func(a *Answer) { a.header.Del(name) }))
		d.add(Changed, "header/"+name, "the last number in the header "+name+" is one higher", clauses,
			successes(d.op, func(a *Answer) {
				if value := a.header.Get(name); value != "" {
					a.header.Set(name, higher(value))
				}
			}))
	}
	if response := d.op.Spec.Responses.Status(d.op.Success); len(response.Value.Content) > 0 {
		d.add(Changed, "header/Content-Type", "the Content-Type is text/plain", []string{d.op.BodyClause()},
			successes(d.op, func(a *Answer) { a.header.Set("Content-Type", "text/plain") }))
	}
}

var lastNumber = regexp.MustCompile(`[0-9]+([^0-9]*)$`)

// higher is a text whose last number is one higher.
func higher(text string) string {
	at := lastNumber.FindStringSubmatchIndex(text)
	if at == nil {
		return text
	}
	n, err := strconv.ParseUint(text[at[0]:at[2]], 10, 64)
	if err != nil {
		return text
	}
	return text[:at[0]] + strconv.FormatUint(n+1, 10) + text[at[2]:]
}
