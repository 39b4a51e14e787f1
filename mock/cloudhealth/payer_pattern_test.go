package cloudhealth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
)

// The clauses of the payer rule, by the end of their slug.
const (
	known    = "cloudhealth.assignment.owner-id.known"
	taken    = "cloudhealth.assignment.owner-id.unique"
	unlinked = "cloudhealth.assignment.owner-id.linked"
	customer = "cloudhealth.assignment.customer-id.known"
	billing  = "cloudhealth.assignment.customer-id.partner-billing"
	pattern  = "cloudhealth.assignment.pattern"
	prior    = "cloudhealth.assignment.payer.assigned"
	ownPayer = "cloudhealth.assignment.payer.own-payer"
	family   = "cloudhealth.assignment.payer.same-family"
	source   = "cloudhealth.update.source"
)

// payerCases are the cases of the payer rule, numbered as the reference numbers them;
// a letter tells apart the requests of one row. A request is written as
// `METHOD owner→payer [customer]` or `PUT owner field value ...`, customer 1 unless named.
var payerCases = []struct {
	name    string
	state   []string
	request string
	broken  []string // none where the request is accepted
}{
	{"1 first own payer", nil, "POST A→A", nil},
	{"2 second standalone", []string{"A→A"}, "POST B→B", nil},
	{"3 first link makes the payer consolidated", []string{"A→A"}, "POST B→A", nil},
	{"4 second link", []string{"A→A", "B→A"}, "POST C→A", nil},
	{"5 link beside two own payers", []string{"A→A", "B→B"}, "POST C→A", []string{pattern}},
	{"6 second own payer beside a link", []string{"A→A", "B→A"}, "POST C→C", []string{pattern}},
	{"7 link to a linked account", []string{"A→A", "B→A"}, "POST C→B", []string{ownPayer}},
	{"8 link without a prior payer", nil, "POST B→A", []string{prior}},
	{"9 payer of another customer", []string{"A→A 2"}, "POST B→A", []string{prior}},
	{"10 owner taken", []string{"A→A"}, "POST A→A", []string{taken}},
	{"11 owner taken for another customer", []string{"A→A"}, "POST A→A 2", []string{taken}},
	{"12 owner unknown", nil, "POST N→N", []string{known}},
	{"13 owner without a family", nil, "POST S→S", []string{unlinked}},
	{"14 owner heads the family", nil, "POST H→H", []string{unlinked}},
	{"15 link across families", []string{"A→A"}, "POST X→A", []string{family}},
	{"16 standalone of another family", []string{"A→A"}, "POST X→X", nil},
	{"17a create for an unknown customer", nil, "POST A→A 9", []string{customer}},
	{"17b update to an unknown customer", []string{"A→A"}, "PUT A customer 9", []string{customer}},
	{"18a create without partner billing", nil, "POST A→A 3", []string{billing}},
	{"18b update without partner billing", []string{"A→A"}, "PUT A customer 3", []string{billing}},
	{"19 link one of two standalones", []string{"A→A", "B→B"}, "PUT A payer B", nil},
	{"20 payer not assigned", []string{"A→A"}, "PUT A payer B", []string{prior}},
	{"21 payer is linked", []string{"A→A", "B→A"}, "PUT A payer B", []string{ownPayer}},
	{"22 unlink the only link", []string{"A→A", "B→A"}, "PUT B payer B", nil},
	{"23 unlink one of two", []string{"A→A", "B→A", "C→A"}, "PUT B payer B", []string{pattern}},
	{"24 link one of three standalones", []string{"A→A", "B→B", "C→C"}, "PUT B payer A", []string{pattern}},
	{"25 same values", []string{"A→A"}, "PUT A owner A payer A customer 1", nil},
	{"26 owner moves away from its payer", []string{"A→A"}, "PUT A owner D", []string{prior}},
	{"27 owner and payer move together", []string{"A→A"}, "PUT A owner D payer D", nil},
	{"28 owner moves away from its links", []string{"A→A", "B→A"}, "PUT A owner D payer D", []string{pattern}},
	{"29 owner taken on update", []string{"A→A", "B→B"}, "PUT A owner B", []string{taken, prior}},
	{"30 link moves to another customer", []string{"A→A", "B→A"}, "PUT B customer 2", []string{prior}},
	{"31 payer moves to another customer", []string{"A→A", "B→A"}, "PUT A customer 2", []string{source}},
	{"32 payer deleted", []string{"A→A", "B→A"}, "DELETE A", nil},
	{"33 own payer beside a dangling link", []string{"A→A", "B→A", "DELETE A"}, "POST C→C", []string{pattern}},
	{"34 payer restored", []string{"A→A", "B→A", "DELETE A"}, "POST A→A", nil},
	{"35 empty update", []string{"A→A"}, "PUT A", nil},
}

// accounts are the AWS accounts of the cases: A to D linked in family F, X in G, H the
// head of F, S without a family, N not the partner's.
var accounts = map[string]string{
	"A": "000000000001", "B": "000000000002", "C": "000000000003", "D": "000000000004",
	"X": "000000000201", "H": "000000000100", "S": "000000000301", "N": "999999999999",
}

// run sends a request as the cases write it. ids holds the assignments of the state by
// their owner's letter.
func run(c client, ids map[string]int64, request string) answer {
	c.t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	words := strings.Fields(rest)
	owner, payer, _ := strings.Cut(words[0], "→")
	switch method {
	case "DELETE":
		return c.send(method, fmt.Sprintf("%s/%d", collection, ids[owner]), "")
	case "PUT":
		return c.send(method, fmt.Sprintf("%s/%d", collection, ids[owner]), change(words[1:]))
	}
	customer := "1"
	if len(words) > 1 {
		customer = words[1]
	}
	a := c.send(method, collection, change([]string{"owner", owner, "customer", customer, "payer", payer}))
	var created struct {
		ID int64 `json:"id"`
	}
	if json.Unmarshal([]byte(a.body), &created) == nil && a.status == http.StatusOK {
		ids[owner] = created.ID
	}
	return a
}

// change is a JSON body of the named fields.
func change(words []string) string {
	body := map[string]any{}
	for i := 0; i < len(words); i += 2 {
		switch words[i] {
		case "owner":
			body["owner_id"] = accounts[words[i+1]]
		case "payer":
			body["payer_account_owner_id"] = accounts[words[i+1]]
		case "customer":
			body["customer_id"], _ = strconv.Atoi(words[i+1])
		}
	}
	data, _ := json.Marshal(body)
	return string(data)
}

// prepare brings a sandbox into the state of a case.
func prepare(c client, state []string) map[string]int64 {
	c.t.Helper()
	ids := map[string]int64{}
	for _, step := range state {
		if strings.Contains(step, "→") {
			step = "POST " + step
		}
		if a := run(c, ids, step); a.status/100 != 2 {
			c.t.Fatalf("%s: %d %s", step, a.status, a.body)
		}
	}
	return ids
}

func TestPayerCases(t *testing.T) {
	c := newClient(t)
	for _, tc := range payerCases {
		t.Run(tc.name, func(t *testing.T) {
			c := c
			c.t, c.sandbox = t, t.Name()
			ids := prepare(c, tc.state)
			before := c.state()
			a := run(c, ids, tc.request)
			if tc.broken == nil {
				if a.status/100 != 2 {
					t.Errorf("%s after %v: refused with %d %s", tc.request, tc.state, a.status, a.body)
				}
				return
			}
			c.want(a, http.StatusUnprocessableEntity, tc.broken...)
			if after := c.state(); after != before {
				t.Errorf("the refused %s changed the state from %s to %s", tc.request, before, after)
			}
		})
	}
}

// A criterion that a defect takes away lets through what it alone refused.
func TestPayerCasesWithDefect(t *testing.T) {
	for _, tc := range payerCases {
		if len(tc.broken) == 0 || tc.broken[0] == source {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			c := withOptions(t, nil, mock.WithDefects(tc.broken...))
			if a := run(c, prepare(c, tc.state), tc.request); a.status != http.StatusOK {
				t.Errorf("%s without %v: %d %s", tc.request, tc.broken, a.status, a.body)
			}
		})
	}
}

// The cases that a ruling decides, under its other reading.
func TestPayerCasesUnderOtherReadings(t *testing.T) {
	for _, tc := range []struct {
		reading string
		state   []string
		request string
		broken  []string
	}{
		{"cloudhealth.update.source=joined", []string{"A→A", "B→A"}, "PUT A customer 2", nil},
		{"cloudhealth.delete.consolidated=refused", []string{"A→A", "B→A"}, "DELETE A", []string{"cloudhealth.delete.consolidated"}},
		{"cloudhealth.delete.consolidated=refused", []string{"A→A", "B→A"}, "DELETE B", nil},
		{"cloudhealth.update.empty=refused", []string{"A→A"}, "PUT A", []string{"cloudhealth.update.empty"}},
		{"cloudhealth.update.owner=refused", []string{"A→A"}, "PUT A owner D payer D", []string{"cloudhealth.update.owner"}},
		{"cloudhealth.update.owner=refused", []string{"A→A"}, "PUT A owner A", nil},
		{"cloudhealth.update.customer=refused", []string{"A→A"}, "PUT A customer 2", []string{"cloudhealth.update.customer"}},
		{"cloudhealth.update.customer=refused", []string{"A→A"}, "PUT A customer 1", nil},
		{"cloudhealth.rule-order=first", []string{"A→A", "B→B"}, "PUT A owner B", []string{taken}},
	} {
		t.Run(tc.reading+" "+tc.request, func(t *testing.T) {
			c := newClient(t, tc.reading)
			ids := prepare(c, tc.state)
			before := c.state()
			a := run(c, ids, tc.request)
			if tc.broken == nil && a.status/100 != 2 {
				t.Errorf("refused with %d %s", a.status, a.body)
			}
			if tc.broken != nil {
				c.want(a, http.StatusUnprocessableEntity, tc.broken...)
				if after := c.state(); after != before {
					t.Errorf("the refusal changed the state from %s to %s", before, after)
				}
			}
		})
	}
}

// The reference counts 37 cases in 35 rows.
func TestPayerCasesAreComplete(t *testing.T) {
	var rows []int
	for _, tc := range payerCases {
		number, _, _ := strings.Cut(tc.name, " ")
		row, err := strconv.Atoi(strings.TrimRight(number, "ab"))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if len(rows) != 37 || len(slices.Compact(slices.Clone(rows))) != 35 || !slices.IsSorted(rows) {
		t.Errorf("the cases are %v", rows)
	}
}
