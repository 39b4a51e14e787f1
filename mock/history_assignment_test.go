package mock_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"

	"github.com/anishathalye/porcupine"
)

const (
	parts      = 16 // customer ids, or customers, that the clients all use
	ownersEach = 3  // AWS accounts that only one customer is given
)

// wantedByTwo is the customer of the certain piece.
const wantedByTwo = parts

// assignmentWork creates, links, deletes and reads assignments. Each customer has AWS
// accounts of its own, so that its assignments are a part of the state that no other
// one touches.
type assignmentWork struct {
	mu    sync.Mutex
	known map[int][]int64 // ids seen, by customer
}

// assignmentCall is an operation on the assignments of a customer. An owner and a payer
// are numbers of the customer's AWS accounts.
type assignmentCall struct {
	customer     int
	kind         string
	id           int64
	owner, payer int
}

// assigned is one assignment; without an id there is none.
type assigned struct {
	id    int64
	payer int
}

// assignmentAnswer is a status, the id of what it shows, and what a read shows.
type assignmentAnswer struct {
	status int
	id     int64
	shown  [ownersEach]assigned
}

// customerState is the assignments of a customer by owner, and the highest id so far.
type customerState struct {
	last int64
	rows [ownersEach]assigned
}

func (c assignmentCall) part() any { return c.customer }

func (c assignmentCall) outcome(output any) string {
	return fmt.Sprint(c.kind, " ", output.(assignmentAnswer).status)
}

// pays reports whether the account of an owner may be paid for by another, or itself: the
// payer is assigned and pays for itself, and then either all pay for themselves, or one
// does for all.
func (s customerState) pays(owner, payer int) bool {
	if payer != owner && (s.rows[payer].id == 0 || s.rows[payer].payer != payer) {
		return false
	}
	s.rows[owner] = assigned{1, payer}
	own, linked := 0, map[int]bool{}
	for o, a := range s.rows {
		switch {
		case a.id == 0:
		case a.payer == o:
			own++
		default:
			linked[a.payer] = true
		}
	}
	for p := range linked {
		return len(linked) == 1 && own == 1 && s.rows[p].id != 0 && s.rows[p].payer == p
	}
	return true
}

// owner is whose assignment an id is, or -1.
func (s customerState) owner(id int64) int {
	for o, a := range s.rows {
		if a.id == id {
			return o
		}
	}
	return -1
}

func (s customerState) step(call assignmentCall, got assignmentAnswer) (bool, customerState) {
	want := assignmentAnswer{status: http.StatusOK, id: call.id}
	owner := s.owner(call.id)
	switch {
	case call.kind == "list":
		want.shown = s.rows
	case call.kind == "create" && (s.rows[call.owner].id != 0 || !s.pays(call.owner, call.payer)):
		want.status = http.StatusUnprocessableEntity
	case call.kind == "create":
		if got.id <= s.last {
			return false, s
		}
		want.id = got.id // given by the twin
		s.last, s.rows[call.owner] = got.id, assigned{got.id, call.payer}
	case owner < 0:
		want = assignmentAnswer{status: http.StatusNotFound}
	case call.kind == "read":
		want.shown[owner] = s.rows[owner]
	case call.kind == "update" && !s.pays(owner, call.payer):
		want = assignmentAnswer{status: http.StatusUnprocessableEntity}
	case call.kind == "update":
		s.rows[owner].payer = call.payer
	case call.kind == "delete":
		want = assignmentAnswer{status: http.StatusNoContent}
		s.rows[owner] = assigned{}
	}
	return got == want, s
}

func (*assignmentWork) model() porcupine.Model {
	return porcupine.Model{
		Partition: byPart,
		Init:      func() any { return customerState{} },
		Step: func(state, input, output any) (bool, any) {
			return state.(customerState).step(input.(assignmentCall), output.(assignmentAnswer))
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v %+v", input, output) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
}

// certain gives a customer an AWS account, and then has one client link another to it
// while the other adds one that pays for itself: only one of them may.
func (w *assignmentWork) certain(h *history, clients []*caller) error {
	create := func(client, owner, payer int) func() error {
		return func() error {
			return w.one(h, client, clients[client], assignmentCall{customer: wantedByTwo, kind: "create", owner: owner, payer: payer})
		}
	}
	if err := create(0, 0, 0)(); err != nil {
		return err
	}
	return atOnce(create(0, 1, 0), create(1, 2, 2)).then(func() error { return w.list(h, 0, clients[0]) })
}

func (w *assignmentWork) random(h *history, client int, c *caller, rng *rand.Rand) error {
	customer := rng.IntN(parts)
	kind := []string{"create", "update", "delete", "read", "list"}[[]int{0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4}[rng.IntN(16)]]
	call := assignmentCall{customer: customer, kind: kind, owner: rng.IntN(ownersEach), payer: rng.IntN(ownersEach)}
	switch kind {
	case "list":
		return w.list(h, client, c)
	case "create":
		return w.one(h, client, c, call)
	}
	w.mu.Lock()
	known := w.known[customer]
	call.id = 1 << 40 // of none, as long as there is none
	if len(known) > 0 {
		call.id = known[rng.IntN(len(known))]
	}
	w.mu.Unlock()
	return w.one(h, client, c, call)
}

// one is a request about one assignment.
func (w *assignmentWork) one(h *history, client int, c *caller, call assignmentCall) error {
	return h.record(client, func() ([]observed, error) {
		var shown row
		path := fmt.Sprintf("/%d", call.id)
		var got assignmentAnswer
		var err error
		switch call.kind {
		case "create":
			fields := row{"customer_id": call.customer + 1, "owner_id": account(call.customer, call.owner), "payer_account_owner_id": account(call.customer, call.payer)}
			got.status, err = c.cloudhealth(http.MethodPost, "", fields, &shown)
		case "update":
			fields := row{"payer_account_owner_id": account(call.customer, call.payer)}
			got.status, err = c.cloudhealth(http.MethodPut, path, fields, &shown)
		case "delete":
			got.status, err = c.cloudhealth(http.MethodDelete, path, nil, nil)
		case "read":
			got.status, err = c.cloudhealth(http.MethodGet, path, nil, &shown)
		}
		if err != nil {
			return nil, err
		}
		if shown != nil {
			customer, owner, as, err := placed(shown)
			if err != nil || customer != call.customer {
				return nil, fmt.Errorf("%+v: the answer shows customer %d, %w", call, customer, err)
			}
			got.id = as.id
			if call.kind == "read" {
				got.shown[owner] = as
			}
			w.mu.Lock()
			w.known[customer] = append(w.known[customer], as.id)
			w.mu.Unlock()
		}
		return []observed{{call, got}}, nil
	})
}

// list reads every assignment: one observation of each customer.
func (*assignmentWork) list(h *history, client int, c *caller) error {
	return h.record(client, func() ([]observed, error) {
		var listed struct {
			Rows []row `json:"aws_account_assignments"`
		}
		status, err := c.cloudhealth(http.MethodGet, "?per_page=100", nil, &listed)
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("list: status %d, %w", status, err)
		}
		var answers [parts + 1]assignmentAnswer
		for _, r := range listed.Rows {
			customer, owner, as, err := placed(r)
			if err != nil {
				return nil, err
			}
			answers[customer].shown[owner] = as
		}
		seen := []observed{}
		for customer, answer := range answers {
			answer.status = status
			seen = append(seen, observed{assignmentCall{customer: customer, kind: "list"}, answer})
		}
		return seen, nil
	})
}

// placed is where an assignment that the API shows stands.
func placed(shown row) (customer, owner int, as assigned, err error) {
	ids := fmt.Sprintf("%s %s", shown["owner_id"], shown["payer_account_owner_id"])
	var ofOwner, ofPayer int
	if _, err := fmt.Sscanf(ids, "%6d%6d %6d%6d", &ofOwner, &owner, &ofPayer, &as.payer); err != nil {
		return 0, 0, as, err
	}
	customer = int(shown["customer_id"].(float64)) - 1
	as.id = int64(shown["id"].(float64))
	if ofOwner != customer || ofPayer != customer || customer > parts || owner >= ownersEach {
		return 0, 0, as, fmt.Errorf("no such assignment was asked for: %v", shown)
	}
	return customer, owner, as, nil
}

// account is the id of a customer's n-th AWS account.
func account(customer, n int) string { return fmt.Sprintf("%06d%06d", customer, n) }

// historyFixtures are a company, and the customers with their AWS accounts.
func historyFixtures() string {
	var customers, linked strings.Builder
	for c := range parts + 1 {
		fmt.Fprintf(&customers, "    - {id: %d, name: c, partner_billing: true}\n", c+1)
		for n := range ownersEach {
			fmt.Fprintf(&linked, "        - %q\n", account(c, n))
		}
	}
	return "ripple:\n  billing_groups: [{company_id: company, billinggroup_id: group, billinggroup_name: g, company_name: c, inv_aggregate: false}]\n" +
		"cloudhealth:\n  customers:\n" + customers.String() + "  families:\n    - head: \"999999999999\"\n      linked:\n" + linked.String()
}
