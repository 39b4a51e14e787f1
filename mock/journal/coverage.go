package journal

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/openapi"
)

// Coverage tells which operations of some contracts, which of their documented answers
// and which of their documented fields and parameters the clients have met since the
// journal began, also by requests that it has let go. A field's name is its place, a
// slash, and the levels of the field with dots between; `*` is any element of an array.
func (j *Journal) Coverage(contracts []*openapi.Contract) gen.Coverage {
	out := gen.Coverage{Unused: []string{}, ByOperation: []gen.OperationCoverage{}}
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	for _, c := range contracts {
		for _, op := range c.Operations {
			found := gen.OperationCoverage{Api: string(op.API), Operation: op.ID, Answers: map[string]int{}, Fields: map[string]int{}}
			had := j.tallies[place{op.API, op.ID}]
			if had == nil {
				had = &tally{}
			}
			for _, status := range documented(op).statuses {
				found.Answers[strconv.Itoa(status)] = had.answers[status]
			}
			for _, name := range documented(op).fields {
				found.Fields[name] = had.fields[name]
			}
			found.Calls = had.calls
			out.ByOperation = append(out.ByOperation, found)
			count(&out.Operations, found.Calls)
			for _, n := range found.Answers {
				count(&out.Answers, n)
			}
			for _, n := range found.Fields {
				count(&out.Fields, n)
			}
			if found.Calls == 0 {
				out.Unused = append(out.Unused, op.ID)
			}
		}
	}
	return out
}

// count adds a documented thing that was used so often.
func count(r *gen.Ratio, used int) {
	r.Documented++
	if used > 0 {
		r.Used++
	}
}

func fieldName(at openapi.Place, path []string) string {
	return string(at) + "/" + strings.Join(path, ".")
}

// place is an operation.
type place struct {
	api       openapi.API
	operation string
}

// tally is how often an operation, its documented answers and its documented fields
// were met: no more than the contract has.
type tally struct {
	calls   int
	answers map[int]int
	fields  map[string]int
}

type tallies map[place]*tally

// sighting is what one entry adds to the tallies.
type sighting struct {
	op     *openapi.Operation
	status int // 0 where it is not documented
	fields []string
}

// observe finds what an entry adds.
func observe(e *Entry) sighting {
	op := e.Of
	if op == nil {
		op = operation(value(e.Operation))
	}
	if op == nil {
		return sighting{}
	}
	s, known := sighting{op: op}, documented(op)
	if slices.Contains(known.statuses, e.Status) {
		s.status = e.Status
	}
	sent := sentFields(e, op, known)
	for _, name := range known.fields {
		if sent[name] || strings.HasPrefix(name, string(openapi.InPath)+"/") {
			s.fields = append(s.fields, name)
		}
	}
	return s
}

// documents is what an operation documents: names of fields, and statuses.
type documents struct {
	fields   []string
	among    map[string]bool
	statuses []int
}

var documentsOf sync.Map // *openapi.Operation → *documents

func documented(op *openapi.Operation) *documents {
	if known, ok := documentsOf.Load(op); ok {
		return known.(*documents)
	}
	known := &documents{among: map[string]bool{}, statuses: op.Statuses()}
	for _, f := range op.RequestFields() {
		name := fieldName(f.Place, f.Path)
		known.fields, known.among[name] = append(known.fields, name), true
	}
	documentsOf.Store(op, known)
	return known
}

func (t tallies) add(s sighting) {
	if s.op == nil {
		return
	}
	at := place{s.op.API, s.op.ID}
	had := t[at]
	if had == nil {
		had = &tally{answers: map[int]int{}, fields: map[string]int{}}
		t[at] = had
	}
	had.calls++
	if s.status != 0 {
		had.answers[s.status]++
	}
	for _, name := range s.fields {
		had.fields[name]++
	}
}

// operation finds an operation of either API by its id.
func operation(id string) *openapi.Operation {
	for _, c := range contracts() {
		if op := c.Operation(id); op != nil {
			return op
		}
	}
	return nil
}

// sentFields are the names of the documented fields that a request has.
func sentFields(e *Entry, op *openapi.Operation, known *documents) map[string]bool {
	sent := map[string]bool{}
	note := func(name string) {
		if known.among[name] {
			sent[name] = true
		}
	}
	if _, query, found := strings.Cut(e.Url, "?"); found {
		parameters, _ := url.ParseQuery(query) // what can be read
		for name := range parameters {
			note(fieldName(openapi.InQuery, []string{name}))
		}
	}
	data := e.sent
	if data == nil {
		data = bytesOf(e.RequestBody)
	}
	switch {
	case len(data) == 0:
	case op.MediaType() == "application/json":
		var body any
		if json.Unmarshal(data, &body) == nil {
			bodyFields(body, string(openapi.InBody)+"/", note)
		}
	default:
		fields := form(contentType(e.RequestHeaders), data)
		for name := range fields {
			note(fieldName(openapi.InBody, []string{name}))
		}
	}
	return sent
}

func contentType(h gen.Headers) string {
	if values := h["Content-Type"]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// longestPath is the longest name of a field that is put together, in bytes: longer
// than any that is documented.
const longestPath = 256

// bodyFields notes the fields of a JSON value, at any depth.
func bodyFields(value any, at string, note func(string)) {
	if len(at) > longestPath {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for name, property := range value {
			note(at + name)
			bodyFields(property, at+name+".", note)
		}
	case []any:
		for _, element := range value {
			bodyFields(element, at+"*.", note)
		}
	}
}
