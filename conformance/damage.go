package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// damage is a change of something that was there before the run, and that no request of
// the run asked for.
type damage struct {
	list  *openapi.Operation // that shows it
	what  string             // the row and the change
	gone  bool
	write *target.Exchange // the write most likely at fault; nil where none was answered

	words        []string  // of the row, as in change
	since, until time.Time // when the list was asked for that last showed the row in order, and when the one came that first did not
}

// mostWatched bounds the lists that are compared each time that they are read, in rows.
const mostWatched = 500

// look compares the rows of a list with what was there before, and notes a change with
// the write that most likely made it. asked is when the list was asked for, and whole says
// that the rows are the whole list.
func (f *footprint) look(l *listing, rows []any, mark string, op *openapi.Operation, asked time.Time, whole bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	present := map[string]bool{}
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		id, ok := idOf(fields, l.Lookup)
		if !ok {
			continue
		}
		present[id] = true
		_, before := l.rows[id]
		if l.rows != nil && !before && !l.touched(fields, mark) && !slices.Contains(f.before[l.listOf()][l.As], id) {
			l.foreign[id] = true
		}
	}
	if l.rows == nil || len(l.rows) > mostWatched && !l.closing {
		return
	}
	l.list = op
	changed := l.compare(rows, whole)
	for id := range changed {
		if row, _ := l.rows[id].(map[string]any); ofAnotherRun(row, mark) {
			delete(changed, id)
			l.foreign[id] = true
		}
	}
	for id := range l.seen {
		if _, still := changed[id]; !still && (whole || present[id]) {
			delete(l.seen, id) // it is as it was again
		}
	}
	for id, change := range changed {
		if l.seen[id] == nil {
			l.seen[id] = &damage{list: op, gone: change.gone, words: change.words, since: l.orderly, until: time.Now()}
			l.seen[id].write = f.suspect(l, l.seen[id])
		}
		l.seen[id].what, l.seen[id].gone = change.what, change.gone
	}
	if len(changed) == 0 && whole {
		l.orderly = asked
	}
}

// change is how a row differs from what it was.
type change struct {
	what  string
	gone  bool
	words []string // the values of the row, by which a write is recognised
}

// compare lists the rows that are not as they were before the run, by id.
func (l *listing) compare(rows []any, whole bool) map[string]change {
	out := map[string]change{}
	present := map[string]bool{}
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		id, ok := idOf(fields, l.Lookup)
		before, _ := l.rows[id].(map[string]any)
		if !ok || before == nil || present[id] {
			continue
		}
		present[id] = true
		for _, name := range slices.Sorted(maps.Keys(before)) {
			was, is := canonical(withoutRuns(before[name])), canonical(withoutRuns(fields[name]))
			if was != is {
				out[id] = change{what: fmt.Sprintf("%s=%s: %s was %s and is %s", l.Lookup.Take, id, name, was, is), words: words(before)}
				break
			}
		}
	}
	for id, row := range l.rows {
		if before, _ := row.(map[string]any); whole && !present[id] {
			out[id] = change{what: fmt.Sprintf("%s=%s is gone", l.Lookup.Take, id), gone: true, words: words(before)}
		}
	}
	return out
}

// withoutRuns is a list without what runs of the suite put into it, such as the accounts
// of a group; any other value as it is.
func withoutRuns(value any) any {
	list, ok := value.([]any)
	if !ok {
		return value
	}
	return slices.DeleteFunc(slices.Clone(list), func(element any) bool {
		row, _ := element.(map[string]any)
		return ofARun(row)
	})
}

// canonical is a value as text that does not depend on the order of lists and fields.
func canonical(value any) string {
	data, _ := json.Marshal(ordered(value))
	return string(data)
}

func ordered(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = ordered(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = ordered(inner)
		}
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(canonical(a), canonical(b)) })
		return out
	}
	return value
}

// words are the texts and numbers of a row that a request may share with it.
func words(row map[string]any) []string {
	var out []string
	for _, value := range row {
		if word, ok := scalar(value, ""); ok && len(word) > 1 {
			out = append(out, word)
		}
	}
	return out
}

// suspect is the write that most likely changed a row of a list: of those under way since
// the list was last seen in order, the latest that was carried out on the same kind of
// thing, rather a DELETE where the row is gone and no create where it is not, and rather
// one that shares a value with the row.
func (f *footprint) suspect(l *listing, d *damage) *target.Exchange {
	var best *target.Exchange
	most := -1
	for _, e := range slices.Backward(f.writes) {
		if e.Started.Add(e.Duration).Before(d.since) || e.Started.After(d.until) {
			continue
		}
		op := e.Request.Operation
		if op.API != l.API || e.Status/100 != 2 {
			continue
		}
		likely := 0
		if slices.Equal(op.Spec.Tags, l.list.Spec.Tags) {
			likely += 4
		}
		if d.gone == (e.Method == http.MethodDelete) {
			likely += 2
		}
		if !d.gone && !creator(op) {
			likely += 2 // an update changes a row sooner than a create does
		}
		if slices.ContainsFunc(d.words, func(word string) bool { return strings.Contains(e.URL+string(e.Body), word) }) {
			likely++
		}
		if likely > most {
			best, most = e, likely
		}
	}
	return best
}

// monthly reports whether the run set a rate for a month as a whole: no page says whether
// what has none of its own shows it.
func (f *footprint) monthly(month string, rate any) bool {
	return slices.ContainsFunc(f.writes, func(e *target.Exchange) bool {
		body, _ := decodeBody(e.Body).(map[string]any)
		set, _ := body["exchange_rate"].(map[string]any)
		return e.Operation == "setMonthlyExchangeRate" && e.Status/100 == 2 && equal(set["month"], month) && equal(set["rate"], rate)
	})
}

// spilt notes the rates that changed although no request of the run named them.
func (s *session) spilt(op *openapi.Operation, u undoCall, back, kept []map[string]any) {
	f, r := s.footprint, op.Undo.Restore
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, setting := range slices.Concat(back, kept) {
		if matchingSetting(r, f.named[u.where()], setting) != nil {
			continue
		}
		was := matchingSetting(r, u.Settings, setting)
		if was[r.Value] == nil && f.monthly(u.Path["month"], setting[r.Value]) {
			continue
		}
		i := len(f.writes) - 1
		for ; i >= 0; i-- {
			if e := f.writes[i]; e.Operation == op.ID && maps.Equal(e.Request.Path, u.Path) && e.Status/100 == 2 {
				break
			}
		}
		d := damage{
			list: s.contract.Operation(r.OperationID),
			what: fmt.Sprintf("%s %s: %s was %s, and changed without being named", u.where(), show(keyOf(r, setting)), r.Value, show(was[r.Value])),
		}
		if i >= 0 {
			d.write = f.writes[i]
		}
		f.damage = append(f.damage, d)
	}
}
