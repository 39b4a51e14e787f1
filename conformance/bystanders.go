package conformance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// What a deployment had before the run are the bystanders. Each list that was read
// before the first write is read again after the last: a row that is not as it was is a
// failure, save where others write to the deployment too; a row of the run's own is
// removed, and is a failure where a refused request left it.

// bystanding begins the id of the checks on what was there before.
const bystanding = "bystanders/"

// lookout is how long a list is watched, once something in it has changed, to tell
// whether others write to it.
const lookout = 500 * time.Millisecond

// closing is what becomes of one list at the end of a run.
type closing struct {
	*listing
	rows   []any
	damage []damage
	stored []string // what refused creates and confirmed deletes left, in words
	broken []string // the clauses that breaks
	others bool     // others write to the list as well
	err    error    // it cannot be read
}

// leftover is a row of the run's that is still listed.
type leftover struct {
	undoCall
	refused *undoCall // the refused request that it can come from; nil where there was none
	why     string    // it is not removed, or could not be
	entry   *undoCall // to be left open for it in the undo log; nil where there is none
}

// close compares every list of an API with what it held before the run, and removes what
// the run left in it. A list in which the run did nothing is not read again in a hurry.
func (s *session) close(ctx context.Context, settle time.Duration, hurry bool) []Result {
	ctx = context.WithoutCancel(ctx)
	may := s.may
	s.may, s.undoing = permission{write: true, keep: true}, true
	defer func() { s.may, s.undoing = may, false }()
	closings := map[*openapi.Operation][]*closing{}
	var lists []*openapi.Operation
	note := func(op *openapi.Operation, c *closing) {
		if !slices.Contains(lists, op) {
			lists = append(lists, op)
		}
		closings[op] = append(closings[op], c)
	}
	for _, l := range s.footprint.listings(s.contract.API) {
		_, known := s.footprint.existing(l.listOf(), l.As)
		if !known || hurry && len(l.ids)+len(l.sent)+len(l.refused) == 0 {
			continue
		}
		c := &closing{listing: l}
		s.closeList(ctx, c, settle)
		note(s.contract.Operation(l.Lookup.OperationID), c)
	}
	for _, d := range s.footprint.damage {
		if s.contract.Operation(d.list.ID) != nil {
			note(s.contract.Operation(d.list.ID), &closing{damage: []damage{d}})
		}
	}
	var results []Result
	for _, op := range lists {
		results = append(results, s.bystanders(op, closings[op]))
	}
	return results
}

// closeList reads one list until it is in order or the time to settle is over, removes
// what is left of the run in it, and looks whether others write to it.
func (s *session) closeList(ctx context.Context, c *closing, settle time.Duration) {
	c.closing = true
	header, query, err := s.supply.present(ctx, c.API, c.As)
	if err != nil {
		c.err = err
		return
	}
	c.header, c.query = header, query
	var left []leftover
	for end := time.Now().Add(settle); ; time.Sleep(max(settle/4, time.Millisecond)) {
		if left, err = s.readAgain(ctx, c); err != nil {
			c.err = err
			if len(c.ids)+len(c.sent) > 0 {
				s.residue = append(s.residue, fmt.Sprintf("%s cannot be read, so nobody knows what is left: %v", c.listOf(), err))
			}
			return
		}
		if len(left)+len(c.damage) == 0 {
			return
		}
		if !time.Now().Before(end) {
			break
		}
	}
	for i, row := range left {
		if !row.names() || row.why != "" {
			continue
		}
		s.footprint.created(row.undoCall, row.id())
		if _, err := s.remove(ctx, row.undoCall, row.Path); err != nil { // the list says what came of it
			left[i].why = "which could not be removed: " + err.Error()
		}
	}
	if len(c.damage) > 0 {
		time.Sleep(max(settle, lookout))
	}
	before := c.rows
	still, err := s.readAgain(ctx, c)
	if err != nil {
		c.err = err
		return
	}
	c.others = c.others || !c.sameOthers(before, s.supply.mark())
	for _, row := range left {
		remains := slices.ContainsFunc(still, func(other leftover) bool { return other.id() == row.id() })
		switch {
		case remains:
			s.remains(row)
			if row.why == "" && row.refused == nil {
				c.stored = append(c.stored, fmt.Sprintf("%s answered %s=%s as removed, and %s still showed it", row.Operation, row.Lookup.Take, row.id(), c.listOf()))
				c.broken = append(c.broken, removedClause(s.contract, s.contract.Operation(row.Operation)))
			}
		case row.entry != nil: // somebody removed it
		default:
			s.footprint.removed(row.undoCall)
		}
		if row.refused != nil {
			c.stored = append(c.stored, fmt.Sprintf("%s was refused, and %s showed %s=%s afterwards", row.refused.String(), c.listOf(), c.Lookup.Take, row.id()))
			c.broken = append(c.broken, refusedClause(s.contract, s.contract.Operation(row.refused.Creator)))
		}
	}
}

// remains reports a row that a list still shows, unless it is reported already.
func (s *session) remains(row leftover) {
	f := s.footprint
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.left {
		if u.Lookup != nil && u.As == row.As && u.listOf() == row.listOf() && (u.id() == row.id() || u.id() == "" && maps.Equal(u.Match, row.Match)) {
			return
		}
	}
	if row.entry != nil {
		f.journal.Stored(row.entry.entry, row.entry.Undo)
	}
	why := cmp.Or(row.why, "which the target said was gone")
	s.residue = append(s.residue, fmt.Sprintf("%s still shows %s=%s, %s", row.listOf(), row.Lookup.Take, row.id(), why))
}

// readAgain reads a list at the end of a run: what is left in it of the run, and what has
// become of the rest.
func (s *session) readAgain(ctx context.Context, c *closing) ([]leftover, error) {
	asked := time.Now()
	rows, err := s.list(ctx, c.undoCall)
	if err != nil {
		return nil, err
	}
	c.rows = rows
	f, mark, op := s.footprint, s.supply.mark(), s.contract.Operation(c.Lookup.OperationID)
	f.look(c.listing, rows, mark, op, asked, true)
	f.mu.Lock()
	defer f.mu.Unlock()
	c.damage, c.others = nil, len(c.foreign) > 0
	for _, id := range slices.Sorted(maps.Keys(c.seen)) {
		c.damage = append(c.damage, *c.seen[id])
	}
	var left []leftover
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		id, ok := idOf(fields, c.Lookup)
		if !ok || slices.Contains(f.before[c.listOf()][c.As], id) {
			continue
		}
		matches := func(u undoCall) bool { return u.listable() && u.matches(fields, "") }
		refused, sent := find(c.refused, matches), find(c.sent, matches)
		call, made := s.removal(c, fields)
		if !made || !c.own(fields, mark) && (refused == nil || c.others) {
			continue
		}
		row := leftover{undoCall: call, refused: refused}
		named := slices.Contains(c.ids, id)
		tried := cmp.Or(sent, refused)
		switch {
		case named && (sent != nil || s.ours(&undoCall{Undo: journal.Undo{Lookup: c.Lookup}}, fields)):
			row.refused = nil // an answer confirmed it
		case sent != nil && s.proves(*sent, fields), refused != nil && s.proves(*refused, fields):
		case named:
			row.why = "which is something else than the run created, so it is not removed"
		case tried != nil:
			row.entry, row.why = tried, fmt.Sprintf("with the values of %s: %v", tried, errUnproven)
		default: // it bears the mark alone
			row.refused = &undoCall{Undo: journal.Undo{Creator: call.Creator}}
		}
		left = append(left, row)
	}
	return left, nil
}

// find is the first of the calls for which a condition holds; nil where there is none.
func find(calls []undoCall, holds func(undoCall) bool) *undoCall {
	if i := slices.IndexFunc(calls, holds); i >= 0 {
		return &calls[i]
	}
	return nil
}

// removal is the call that removes a row of a list.
func (s *session) removal(c *closing, row map[string]any) (undoCall, bool) {
	for _, u := range s.creations(c.API) {
		if u.Lookup.OperationID != c.Lookup.OperationID || !maps.Equal(u.Query, c.Query) {
			continue
		}
		data, err := json.Marshal(row)
		if err != nil {
			return u, false
		}
		u.As, u.header, u.query, u.certain = c.As, c.header, c.query, true
		op := s.contract.Operation(u.Creator)
		query := u.Query
		u.resolve(op, &target.Exchange{Request: &target.Request{Operation: op, Body: data}, Body: data})
		u.Query = query
		if u.Fill != "" {
			u.Path[u.Fill], _ = idOf(row, u.Lookup)
		}
		return u, true
	}
	return undoCall{}, false
}

// sameOthers reports whether two readings of a list show the same rows, those of the run
// aside.
func (c *closing) sameOthers(before []any, mark string) bool {
	show := func(rows []any) []string {
		var out []string
		for _, row := range rows {
			if fields, _ := row.(map[string]any); !c.touched(fields, mark) {
				out = append(out, canonical(row))
			}
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(show(before), show(c.rows))
}

// bystanders is the verdict on the lists that an operation shows.
func (s *session) bystanders(list *openapi.Operation, closings []*closing) Result {
	noun := strings.TrimPrefix(list.ID, "list")
	result := Result{Verdict: Pass, Started: time.Now(), Check: Check{
		ID: bystanding + string(list.API) + "/" + kebab(noun), Kind: KindScenario, API: list.API, Level: openapi.Must, Operations: []string{list.ID},
		Summary: fmt.Sprintf("What %s showed before the run is as it was, and shows nothing of a refused request", list.ID),
	}.tagged(s.contract)}
	var found []string
	others := false
	for _, c := range closings {
		if c.err != nil {
			return result.because(lost{fmt.Sprintf("%s cannot be read after the run: %v", list.ID, c.err)})
		}
		others = others || c.others
		for _, d := range c.damage {
			words := d.what
			op := list
			if d.write != nil {
				op = d.write.Request.Operation
				words += fmt.Sprintf(" (most likely by %s %s)", d.write.Method, d.write.URL)
				result.Exchanges = append(result.Exchanges, d.write)
			}
			found = append(found, words)
			result.breaks(clauseOf(s.contract, op, list, d.gone))
		}
		found = append(found, c.stored...)
		for _, clause := range c.broken {
			result.breaks(clause)
		}
	}
	result.Exchanges = append(result.Exchanges, s.exchanges...)
	result.Duration = time.Since(result.Started)
	switch stored := slices.ContainsFunc(closings, func(c *closing) bool { return len(c.stored) > 0 }); {
	case len(found) == 0:
	case others && !stored:
		result.Broken = nil
		result.Clauses = nil
		return result.because(lost{"others write to this deployment as well, so that nobody knows whose change it is: " + strings.Join(found, "; ")})
	default:
		result.Verdict, result.Reason = Fail, found[0]
		result.Expected, result.Actual = "every row that was there before the run as it was, and no row more", strings.Join(found, "; ")
		if len(result.Exchanges) > 0 {
			result.Decisive = result.Exchanges[0]
		}
		result.Blame = "the target: it is about rows that no request of the run names"
	}
	return result
}

// breaks notes a broken clause.
func (r *Result) breaks(clause string) {
	if !slices.Contains(r.Broken, clause) {
		r.Broken = append(r.Broken, clause)
		r.Clauses = append(r.Clauses, clause)
	}
}

// clauseOf is what a write breaks that changes what it does not name: that it leaves
// others alone, where the contract says so, and else that the list shows what is stored.
func clauseOf(contract *openapi.Contract, write, list *openapi.Operation, gone bool) string {
	ids := []string{write.Slug + ".others", strings.TrimSuffix(write.Slug, ".set") + ".others"}
	if gone {
		ids = append(ids, list.Slug+".complete")
	}
	return firstClause(contract, append(ids, strings.TrimSuffix(list.Slug, ".list")+".get.stored", list.Slug+".once"), list.Slug+".status")
}

// refusedClause is what a refused create breaks that is stored.
func refusedClause(contract *openapi.Contract, op *openapi.Operation) string {
	return firstClause(contract, []string{op.Slug + ".refused", strings.TrimSuffix(op.Slug, ".create") + ".refused-write"}, op.Slug+".status")
}

// removedClause is what a delete breaks that leaves what it says is gone.
func removedClause(contract *openapi.Contract, op *openapi.Operation) string {
	return firstClause(contract, []string{op.Slug + ".removed", op.Slug + ".gone"}, op.Slug+".status")
}

func firstClause(contract *openapi.Contract, ids []string, otherwise string) string {
	for _, id := range ids {
		if _, known := contract.Clause(id); known {
			return id
		}
	}
	return otherwise
}

// kebab writes a name in lower case, with hyphens between its words.
func kebab(name string) string {
	var out strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' {
			out.WriteByte('-')
		}
		out.WriteRune(c)
	}
	return strings.ToLower(out.String())
}
