package defect

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// twist is how a clause is broken that holds in the easiest case: with other data or
// rows, at the same time, later, and so on.
type twist struct {
	id     string // the question, the clause, and a name where it has several
	clause string
	says   string // what the twin does instead
	breaks wrapping
}

// Twist is the kind of the breaches that leave the easiest case alone.
const Twist Kind = "twist"

// twists lists every twist.
func twists() []twist {
	return slices.Concat(storedTwists, neighbourTwists, answeredTwists, racedTwists)
}

// Twists lists the twists on the clauses of some contracts, as defects by their ids.
func Twists(contracts []*openapi.Contract) map[string]Defect {
	out := map[string]Defect{}
	for _, t := range twists() {
		if _, clause, ok := find(contracts, t.clause); ok {
			out[t.id] = Defect{Clause: clause, Kind: Twist, Says: t.says, promise: promise{clause: t.clause, says: t.says, breaks: t.breaks}}
		}
	}
	return out
}

// racedTwists are seen where requests come at the same moment.
var racedTwists = []twist{
	{"race/ripple.account.customer-id.unique", "ripple.account.customer-id.unique", "Creates at the same moment are all answered as the first.", atOnce("createAccount")},
	{"race/ripple.billinggroup.create.raced", "ripple.billinggroup.create.raced", "Creates at the same moment are all answered as the first.", atOnce("createBillingGroup")},
	{"race/ripple.reseller.create.raced", "ripple.reseller.create.raced", "Creates at the same moment are all answered as the first.", atOnce("createReseller")},
	{"race/cloudhealth.assignment.owner-id.unique", "cloudhealth.assignment.owner-id.unique", "Creates at the same moment are all answered as the first.", atOnce("createAwsAccountAssignment")},
	{"race/cloudhealth.assignment.pattern", "cloudhealth.assignment.pattern", "Writes at the same moment are all answered as the first.", atOnce("createAwsAccountAssignment", "updateAwsAccountAssignment")},
	{"race/cloudhealth.assignment.payer.assigned", "cloudhealth.assignment.payer.assigned", "Writes at the same moment are all answered as the first.", atOnce("createAwsAccountAssignment", "updateAwsAccountAssignment")},
}

// window is how long the first of several requests is held back at most, so that another
// one comes meanwhile.
const window = 100 * time.Millisecond

// atOnce answers the requests of one credential that come while another one is under way
// as that one is answered.
func atOnce(ids ...string) wrapping {
	return func(c *openapi.Contract) rework {
		var mu sync.Mutex
		under := map[string]*flight{}
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !slices.ContainsFunc(operations(c, ids), func(op *openapi.Operation) bool { return mutant.Of(op, r) }) {
					next.ServeHTTP(w, r)
					return
				}
				whose := r.Header.Get("Authorization") + r.URL.Query().Get("api_key")
				mu.Lock()
				first, known := under[whose]
				if !known {
					first = &flight{joined: make(chan struct{}, 1), done: make(chan struct{})}
					under[whose] = first
				}
				mu.Unlock()
				if known {
					select {
					case first.joined <- struct{}{}:
					default:
					}
					<-first.done
					first.answer.Send(w)
					return
				}
				select {
				case <-first.joined:
					time.Sleep(window / 50) // for the others
				case <-time.After(window):
				}
				first.answer = mutant.Ask(next, r)
				mu.Lock()
				delete(under, whose)
				mu.Unlock()
				close(first.done)
				first.answer.Send(w)
			})
		}
	}
}

// flight is a request under way, and its answer once it is done.
type flight struct {
	joined chan struct{} // another one has come
	done   chan struct{}
	answer *mutant.Answer
}
