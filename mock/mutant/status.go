package mutant

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/twinbill/twinbill/openapi"
)

// statuses changes each documented status that something promises. A refusal whose status
// no page prints is answered as a success: any other refusal would do as well.
func (d *deriver) statuses() {
	for _, status := range d.op.Statuses() {
		other := d.otherStatus(status)
		if status/100 == 4 && !printed(d.op.Spec.Responses.Status(status).Value) {
			other = d.op.Success
		}
		says := fmt.Sprintf("what is due %d is answered with %d", status, other)
		clauses := []string{d.op.Slug + ".status"}
		if status != d.op.Success {
			clauses = d.refusing(status)
		}
		d.add(Changed, fmt.Sprintf("status/%d", status), says, clauses, answers(d.op, func(a *Answer) {
			if a.Status == status {
				a.Status = other
			}
		}))
	}
}

// printed reports whether a page prints a refusal.
func printed(response *openapi3.Response) bool {
	media := response.Content["application/json"]
	return response.Extensions["x-clause"] != nil || media != nil && media.Examples["unknown"] != nil
}

// otherStatus is a status of the same class that the operation does not document.
func (d *deriver) otherStatus(status int) int {
	for _, other := range []int{http.StatusOK, http.StatusCreated, http.StatusConflict, http.StatusTeapot} {
		if other/100 == status/100 && !slices.Contains(d.op.Statuses(), other) {
			return other
		}
	}
	panic("mutant: " + d.op.ID + " documents every status")
}

// refusing lists what is promised to be refused with a status: by the general reason
// that has it (x-refusals), and by the written clauses of the operation.
func (d *deriver) refusing(status int) []string {
	var out []string
	for reason, refusal := range d.contract.Refusals() {
		if refusal.Status != status {
			continue
		}
		switch {
		case strings.HasPrefix(reason, "authentication") && d.op.Authenticated():
			out = append(out, d.op.Slug+".authentication")
		case reason == "role" && len(d.op.Roles) > 0:
			out = append(out, d.op.Slug+".role")
		case reason == "validation":
			if refused := d.refused(); len(refused) > 0 {
				out = append(append(out, refusal.Clause), refused...)
			}
		case reason == "not-found" && strings.Contains(d.op.Path, "{id}") || reason == "media-type" && d.op.MediaType() == "application/json":
			out = append(out, refusal.Clause)
		}
	}
	if !d.op.Authenticated() && !d.general(status) { // the token's own refusals
		out = append(out, d.written(func(c openapi.Clause) bool {
			return slices.Contains(c.Operations, d.op.ID) && (names(c, "refused") || names(c, "no"))
		})...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// general reports whether a status is that of requests which cannot be read at all.
func (d *deriver) general(status int) bool {
	refusals := d.contract.Refusals()
	return status == refusals["size"].Status || status == refusals["media-type"].Status
}

// refused lists the clauses under which the content of a request is refused.
func (d *deriver) refused() []string {
	var out []string
	for _, f := range d.op.RequestFields() {
		for _, kind := range f.Kinds() {
			if !f.Accepts(kind) {
				out = append(out, f.Clause(kind))
			}
		}
	}
	return append(out, d.written(func(c openapi.Clause) bool {
		return slices.Contains(c.Operations, d.op.ID) && (names(c, "refused") || names(c, "validated"))
	})...)
}

// errors leaves out each field of the documented refusals' bodies.
func (d *deriver) errors() {
	for _, status := range d.op.Statuses() {
		response := d.op.Spec.Responses.Status(status).Value
		media := response.Content["application/json"]
		if status/100 == 2 || media == nil {
			continue
		}
		clause, _ := response.Extensions["x-clause"].(string)
		if !printed(response) || d.op.Supporting() {
			continue
		}
		clauses := d.refusing(status)
		if len(d.promised(clauses)) == 0 {
			continue
		}
		clauses = append(clauses, clause)
		for _, name := range properties(media.Schema.Value) {
			d.add(Dropped, fmt.Sprintf("error/%d/%s", status, name), fmt.Sprintf("%s of the body of a %d is left out", name, status),
				clauses, d.edited(status, []string{name}, func(o map[string]any, name string) { delete(o, name) }))
		}
	}
}
