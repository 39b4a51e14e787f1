package ledger

import (
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

// Kind says what a clause is about, which decides the questions that it is asked.
type Kind string

// The kinds of clause.
const (
	Keyword   Kind = "keyword"   // what one field of a request may be
	EntryKind Kind = "entry"     // who may call an operation, and what he sees
	Way       Kind = "way"       // how a request may be written
	Form      Kind = "form"      // the status, a header or a field of an answer
	Refusal   Kind = "refusal"   // what a request is refused for, and in which words
	Criterion Kind = "criterion" // a rule that every operation of the noun keeps
	Scarce    Kind = "scarce"    // what one row alone may have
	Value     Kind = "value"     // what reads back as it was written
	Replaced  Kind = "replaced"  // what reads back as an update wrote it
	Answered  Kind = "answered"  // what an answer says of its own request
	Apart     Kind = "apart"     // what a write leaves alone
	Removed   Kind = "removed"   // what is gone after a delete
	Again     Kind = "again"     // what may be done a second time
	Listed    Kind = "listed"    // what a list holds without having been sent, or how often
	Page      Kind = "page"      // how a list is cut into pages
	Token     Kind = "token"     // how long a credential is good
	Open      Kind = "open"      // what nobody can see, or a point rules
)

// Kinds lists the kinds in the order of the ledger.
func Kinds() []Kind {
	return []Kind{Keyword, EntryKind, Way, Form, Refusal, Criterion, Scarce, Value, Replaced, Answered, Apart, Removed, Again, Listed, Page, Token, Open}
}

// Reasons why a question does not apply.
const (
	oneRequest   = "the one request decides it, whatever is stored"
	byItself     = "each operation states it in a clause of its own"
	byEntry      = "who may ask is the operation's own clause, of the kind entry"
	noRow        = "no two requests compete for it"
	formAlone    = "the form of an answer hangs on nothing else"
	noData       = "it is about a row, not about what stands in it"
	nothingLater = "nothing of it is kept"
	noWayBack    = "there is nothing to go back to"
	noSeam       = "it has no first, last or malformed case; those of its fields are keywords"
	ofTheKeyword = "the keywords of its fields"
	perRequest   = "every request is decided anew"
	openPoint    = "no check can ask it, or no target fails over it"
)

// A kind asks the questions that it gives no reason against.
var reasons = map[Kind]map[conformance.Question]string{
	Keyword:   {conformance.OtherRows: oneRequest, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: oneRequest, conformance.MuchLater: oneRequest, conformance.AndBack: oneRequest},
	EntryKind: {conformance.OtherData: oneRequest, conformance.OtherRows: oneRequest, conformance.OtherOperation: byItself, conformance.AtOnce: oneRequest, conformance.MuchLater: perRequest, conformance.AndBack: oneRequest, conformance.AtTheSeam: oneRequest},
	Way:       {conformance.OtherRows: oneRequest, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: perRequest, conformance.AndBack: oneRequest, conformance.AtTheSeam: noSeam},
	Form:      {conformance.OtherRows: formAlone, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: formAlone, conformance.MuchLater: formAlone, conformance.AndBack: formAlone, conformance.AtTheSeam: formAlone},
	Refusal:   {conformance.OtherRows: oneRequest, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: perRequest, conformance.AndBack: noWayBack, conformance.AtTheSeam: ofTheKeyword},
	Criterion: {conformance.OtherData: noData, conformance.OtherRows: "its cases are the rows around it", conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: perRequest, conformance.AndBack: noWayBack, conformance.AtTheSeam: noSeam},
	Scarce:    {conformance.OtherData: noData, conformance.OtherOperation: "no other operation sets it", conformance.OtherCaller: byEntry, conformance.MuchLater: perRequest, conformance.AndBack: "a clause of the kind again says it", conformance.AtTheSeam: noSeam},
	Value:     {conformance.OtherRows: "a clause of the kind apart says it", conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.AndBack: noWayBack, conformance.AtTheSeam: ofTheKeyword},
	Replaced:  {conformance.OtherRows: "a clause of the kind apart says it", conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.AtTheSeam: ofTheKeyword},
	Answered:  {conformance.OtherRows: formAlone, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: nothingLater, conformance.AndBack: nothingLater, conformance.AtTheSeam: noSeam},
	Apart:     {conformance.OtherData: noData, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: noData, conformance.AndBack: noWayBack, conformance.AtTheSeam: noSeam},
	Removed:   {conformance.OtherData: noData, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: noData, conformance.AndBack: "a clause of the kind again says it", conformance.AtTheSeam: noSeam},
	Again:     {conformance.OtherData: noData, conformance.OtherRows: noData, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: noData, conformance.AtTheSeam: noSeam},
	Listed:    {conformance.OtherData: noData, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: noData, conformance.AndBack: noWayBack, conformance.AtTheSeam: noSeam},
	Page:      {conformance.OtherData: noData, conformance.OtherOperation: byItself, conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.MuchLater: noData, conformance.AndBack: noWayBack},
	Token:     {conformance.OtherData: noData, conformance.OtherRows: noData, conformance.OtherOperation: "every operation takes it", conformance.OtherCaller: byEntry, conformance.AtOnce: noRow, conformance.AndBack: noWayBack, conformance.AtTheSeam: noSeam},
	Open:      {conformance.OtherData: openPoint, conformance.OtherRows: openPoint, conformance.OtherOperation: openPoint, conformance.OtherCaller: openPoint, conformance.AtOnce: openPoint, conformance.MuchLater: openPoint, conformance.AndBack: openPoint, conformance.AtTheSeam: openPoint},
}

// anyCheck are the kinds whose data any check varies: its values are fresh in every run.
var anyCheck = []Kind{Form, Refusal, Way, Answered}

// ends are the kinds of the written clauses whose slugs end, at a dot, in some words. The
// first that fits decides.
var ends = []struct {
	kind  Kind
	words string
}{
	{EntryKind, "list.partner auth.bearer auth.query client.required client.refused password.refused refresh.refused settings-role"},
	{Token, "access-token.accepted access-token.expired"},
	{Listed, "company-id.unique user-id.unique assignment.id.unique"},
	{Scarce, "unique raced assignment.pattern payer.assigned"},
	{Criterion, "owner-id.known owner-id.linked customer-id.known partner-billing own-payer same-family standalone consolidated"},
	{Keyword, "customer-id.aws customer-id.azure account-id.aws account-id.azure length custom-length form user-required"},
	{Refusal, "body unknown invalid errors error.route error.size error.rate validated twice then-update then-get"},
	{Removed, "removed gone"},
	{Again, "then-create again own-values delete.again"},
	{Page, "complete total size unpaged-headers paged link follow absent rels link.form page-number page-size trailing-slash"},
	{Apart, "others rest refused other-vendor month payer.vendor invoice.vendor both update.invoices refused-write billinggroup.update.company-id.kept update.customer-id.kept assignment.update.id assignment.update.kept"},
	{Answered, "echo echoed whole location error-data.empty jwt minimal no-content id.computed generated get.stored as-listed"},
	{Way, "query-and-files multipart request.form client-credentials grant.password parameter media-type content-type pair by-company-id get.company-id subset auto custom media.request accept-json accept-any several"},
	{Listed, "once filter unset empty default-on default-off null-kept set shown payers offset hidden listed time group.id group.name renamed effect notification"},
}

// kind is what a clause is about.
func (e Entry) kind() Kind {
	switch {
	case e.Part != Proven:
		return Open
	case e.Origin == openapi.Request:
		return Keyword
	case e.Origin == openapi.Access:
		return EntryKind
	case e.Origin == openapi.Response:
		return Form
	}
	for _, end := range ends {
		for _, words := range strings.Fields(end.words) {
			if e.ID == words || strings.HasSuffix(e.ID, "."+words) {
				return end.kind
			}
		}
	}
	if strings.Contains(e.ID, ".update") || strings.Contains(e.ID, ".exchangerate.") || strings.HasSuffix(e.ID, "replaced") {
		return Replaced
	}
	return Value
}

// State is what there is to say of a clause and a question.
type State string

// The states.
const (
	Asked         State = "proven"         // checks ask it
	NotApplicable State = "does not apply" // for a reason
	Waiting       State = "open"           // nobody asks it
)

// Cell is what there is to say of a clause and a question.
type Cell struct {
	State  State    `json:"state"`
	Checks []string `json:"checks,omitempty"` // those that ask it
	Why    string   `json:"why,omitempty"`    // it does not apply
}

// cells are those of a clause, which some checks ask some questions.
func (e Entry) cells(asked map[conformance.Question][]string) map[conformance.Question]Cell {
	out := map[conformance.Question]Cell{}
	for _, q := range conformance.Questions() {
		checks, why := asked[q], reasons[e.Kind][q]
		if q == conformance.OtherData && slices.Contains(anyCheck, e.Kind) {
			checks = e.Checks
		}
		if q == conformance.OtherOperation && len(e.Operations) == 0 && (e.Kind == Scarce || e.Kind == Criterion) {
			why = "" // a schema's clause holds for every operation that writes one
		}
		if q == conformance.OtherRows && e.Kind == Form && slices.ContainsFunc(e.Operations, func(id string) bool { return strings.HasPrefix(id, "list") }) {
			why = ""
		}
		switch {
		case len(checks) > 0 && e.Kind != Open:
			out[q] = Cell{State: Asked, Checks: checks}
		case why != "":
			out[q] = Cell{State: NotApplicable, Why: why}
		default:
			out[q] = Cell{State: Waiting}
		}
	}
	return out
}
