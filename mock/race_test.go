package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
)

const (
	crowd  = 64 // clients at once
	rounds = 4  // of each of them
)

// row is what an API shows of a row, or the part of it that is compared.
type row = map[string]any

// contest counts who won what several wanted, by what they wanted.
type contest struct {
	mu      sync.Mutex
	winners map[string][]row
}

func newContest() *contest { return &contest{winners: map[string][]row{}} }

func (c *contest) won(what string, by row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.winners[what] = append(c.winners[what], by)
}

// single checks that everything wanted has exactly one winner, and returns them.
func (c *contest) single(t *testing.T, wanted int) map[string]row {
	t.Helper()
	if len(c.winners) != wanted {
		t.Errorf("%d of %d have a winner", len(c.winners), wanted)
	}
	single := map[string]row{}
	for what, winners := range c.winners {
		if len(winners) != 1 {
			t.Errorf("%s has the winners %v", what, winners)
		}
		single[what] = winners[0]
	}
	return single
}

// member is one client of a crowd.
type member struct {
	t             *testing.T
	handler       http.Handler
	authorization string
	number        int
	own           map[string]row // the ledger: what its accepted writes imply
}

// ask sends a request and returns the status, and the body decoded into v where v is
// not nil and the request succeeded.
func (m *member) ask(method, target string, body, v any) int {
	var data []byte
	if body != nil {
		data, _ = json.Marshal(body)
	}
	r := httptest.NewRequest(method, target, bytes.NewReader(data))
	r.Header.Set("Authorization", m.authorization)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	if v != nil && w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
			m.t.Errorf("%s %s: %v", method, target, err)
		}
	}
	return w.Code
}

// gets asks and expects a status.
func (m *member) gets(status int, method, target string, body, v any) {
	if got := m.ask(method, target, body, v); got != status {
		m.t.Errorf("client %d: %s %s %v: status %d, want %d", m.number, method, target, body, got, status)
	}
}

// together lets every member of a crowd act at once, and waits for all.
func together(members []*member, act func(*member)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for _, m := range members {
		wg.Go(func() {
			<-start
			act(m)
		})
	}
	close(start)
	wg.Wait()
}

// newCrowd are clients of one twin, each with the credential that name gives.
func newCrowd(t *testing.T, handler http.Handler, credential func(number int) string) []*member {
	members := make([]*member, crowd)
	for i := range members {
		members[i] = &member{t: t, handler: handler, authorization: "Bearer " + credential(i), number: i, own: map[string]row{}}
	}
	return members
}

// startTwin starts a twin with fixtures; none are the embedded ones.
func startTwin(t *testing.T, text string) http.Handler {
	t.Helper()
	var options []mock.Option
	if text != "" {
		state, err := fixtures.Parse("race.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		options = append(options, mock.WithFixtures(state))
	}
	handler, err := mock.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// rippleToken takes a token of a client_id.
func rippleToken(t *testing.T, handler http.Handler, clientID string) string {
	t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"secret"}}
	m := &member{t: t, handler: handler}
	m.gets(http.StatusOK, http.MethodPost, "/ripple/access_token?"+form.Encode(), nil, &token)
	return token.AccessToken
}

// same compares the rows there are with those there should be, by their ids.
func same(t *testing.T, got, want map[string]row) {
	t.Helper()
	for id, w := range want {
		if !maps.Equal(got[id], w) {
			t.Errorf("%s: %v, want %v", id, got[id], w)
		}
	}
	for id := range got {
		if want[id] == nil {
			t.Errorf("%s is there: %v", id, got[id])
		}
	}
}

// accounts lists the AWS accounts by customer id, with the fields that writes set.
func (m *member) accounts() map[string]row {
	var list []row
	m.gets(http.StatusOK, http.MethodGet, "/m/ripple/accts?vendor=aws", nil, &list)
	rows := map[string]row{}
	for _, a := range list {
		id := a["customer_id"].(string)
		if rows[id] != nil {
			m.t.Errorf("customer id %s is listed twice", id)
		}
		rows[id] = row{"account_id": a["account_id"], "company_id": a["company_id"], "name": a["customer_name"], "note": a["note"]}
	}
	return rows
}

func (m *member) createAccount(id, name string) (row, int) {
	a := row{"account_id": "128347567789", "company_id": "abcdfeg", "name": name, "note": nil}
	body := maps.Clone(a)
	body["vendor"], body["customer_id"] = "aws", id
	return a, m.ask(http.MethodPost, "/m/ripple/accts", body, nil)
}

// keepAccounts creates, updates, deletes and lists accounts whose ids nobody else uses.
func (m *member) keepAccounts(round int, id string) {
	created, status := m.createAccount(id, fmt.Sprintf("client %d", m.number))
	if status != http.StatusOK {
		m.t.Errorf("client %d cannot create %s: status %d", m.number, id, status)
	}
	m.own[id] = created
	if _, status := m.createAccount(id, "again"); status != http.StatusBadRequest {
		m.t.Errorf("client %d can create %s twice: status %d", m.number, id, status)
	}
	if round%2 == 1 {
		change := row{"account_id": "111345678911", "company_id": "hijklmn", "name": fmt.Sprintf("client %d round %d", m.number, round), "note": "changed"}
		body := maps.Clone(change)
		body["vendor"] = "aws"
		m.gets(http.StatusOK, http.MethodPut, "/m/ripple/accts/"+id+"/edit", body, nil)
		m.own[id] = change
	}
	if round%4 >= 2 {
		m.gets(http.StatusOK, http.MethodDelete, "/m/ripple/accts/aws/"+id+"%7C"+m.own[id]["account_id"].(string), nil, nil)
		delete(m.own, id)
	}
	seen := m.accounts()
	for id, want := range m.own {
		if !maps.Equal(seen[id], want) {
			m.t.Errorf("client %d sees %s as %v, want %v", m.number, id, seen[id], want)
		}
	}
}

// TestAccountsOfOneSandbox lets a crowd write to one sandbox: what is there
// afterwards is what the accepted writes imply, and of those who want one customer
// id, one gets it and one deletes it.
func TestAccountsOfOneSandbox(t *testing.T) {
	handler := startTwin(t, "")
	token := rippleToken(t, handler, "crowd")
	members := newCrowd(t, handler, func(int) string { return token })
	contended := func(round int) string { return fmt.Sprintf("9%011d", round) }

	created := newContest()
	together(members, func(m *member) {
		for round := range rounds {
			m.keepAccounts(round, fmt.Sprintf("%06d%06d", m.number, round))
			if a, status := m.createAccount(contended(round), fmt.Sprintf("client %d", m.number)); status == http.StatusOK {
				created.won(contended(round), a)
			}
		}
	})
	want := created.single(t, rounds)
	deleted := newContest()
	together(members, func(m *member) {
		for round := 0; round < rounds; round += 2 {
			id := contended(round)
			if m.ask(http.MethodDelete, "/m/ripple/accts/aws/"+id+"%7C128347567789", nil, nil) == http.StatusOK {
				deleted.won(id, row{"by": m.number})
			}
		}
	})
	for id := range deleted.single(t, rounds/2) {
		delete(want, id)
	}
	for _, m := range members {
		maps.Copy(want, m.own)
	}
	same(t, members[0].accounts(), want)
}

// TestAccountsOfManySandboxes lets a crowd, each with a credential of its own, write
// the same ids: none sees another's rows.
func TestAccountsOfManySandboxes(t *testing.T) {
	handler := startTwin(t, "")
	members := newCrowd(t, handler, func(number int) string { return rippleToken(t, handler, fmt.Sprintf("client-%d", number)) })
	together(members, func(m *member) {
		for round := range rounds {
			m.keepAccounts(round, fmt.Sprintf("%012d", round))
			same(m.t, m.accounts(), m.own)
		}
	})
	for _, m := range members {
		same(t, m.accounts(), m.own)
	}
}

const assignments = "/v1/aws_account_assignments"

// common is the customer whom nobody has alone.
const common = 2*crowd + 1

// families are fixtures for a crowd that assigns: each client has two customers and
// some linked AWS accounts, and one set of accounts and one customer are everybody's.
func families() string {
	var b strings.Builder
	b.WriteString("cloudhealth:\n  customers:\n")
	for id := range common {
		fmt.Fprintf(&b, "    - {id: %d, name: c, partner_billing: true}\n", id+1)
	}
	b.WriteString("  families:\n    - head: \"999999999999\"\n      linked:\n")
	for client := range crowd + 1 {
		for n := range 2*rounds + 1 {
			fmt.Fprintf(&b, "        - %q\n", owner(client, n))
		}
	}
	return b.String()
}

// owner is the id of a client's n-th AWS account; those of the client after the last
// are everybody's.
func owner(client, n int) string { return fmt.Sprintf("%06d%06d", client, n) }

// assign creates an assignment and returns it as the answer shows it.
func (m *member) assign(owner string, customer int, payer string) (row, int) {
	var created row
	status := m.ask(http.MethodPost, assignments, row{"owner_id": owner, "customer_id": customer, "payer_account_owner_id": payer}, &created)
	return created, status
}

// assigned lists every assignment by its owner, page by page.
func (m *member) assigned() map[string]row {
	rows := map[string]row{}
	for page := 1; ; page++ {
		var list struct {
			Assignments []row `json:"aws_account_assignments"`
		}
		m.gets(http.StatusOK, http.MethodGet, fmt.Sprintf("%s?page=%d&per_page=100", assignments, page), nil, &list)
		for _, a := range list.Assignments {
			id := a["owner_id"].(string)
			if rows[id] != nil {
				m.t.Errorf("owner id %s is listed twice", id)
			}
			rows[id] = a
		}
		if len(list.Assignments) < 100 {
			return rows
		}
	}
}

func assignmentPath(a row) string { return fmt.Sprintf("%s/%.0f", assignments, a["id"]) }

// keepAssignments creates, updates, deletes and reads assignments of owners whom
// nobody else uses, to customers nobody else has.
func (m *member) keepAssignments(round, set, customer int) {
	moved, ended := owner(set, 2*round), owner(set, 2*round+1)
	for _, id := range []string{moved, ended} {
		created, status := m.assign(id, customer, id)
		if status != http.StatusOK {
			m.t.Errorf("client %d cannot assign %s: status %d", m.number, id, status)
			return
		}
		m.own[id] = created
		if _, status := m.assign(id, customer, id); status != http.StatusUnprocessableEntity {
			m.t.Errorf("client %d can assign %s twice: status %d", m.number, id, status)
		}
	}
	if round%2 == 1 {
		change, changed := row{"customer_id": customer + crowd}, row(nil)
		m.gets(http.StatusOK, http.MethodPut, assignmentPath(m.own[moved]), change, &changed)
		m.own[moved] = maps.Clone(m.own[moved])
		m.own[moved]["customer_id"] = float64(customer + crowd)
		if !maps.Equal(changed, m.own[moved]) {
			m.t.Errorf("client %d: an update answers %v, want %v", m.number, changed, m.own[moved])
		}
	}
	if round%4 >= 2 {
		m.gets(http.StatusNoContent, http.MethodDelete, assignmentPath(m.own[ended]), nil, nil)
		m.gets(http.StatusNotFound, http.MethodGet, assignmentPath(m.own[ended]), nil, nil)
		delete(m.own, ended)
	}
	for id, want := range m.own {
		var seen row
		m.gets(http.StatusOK, http.MethodGet, assignmentPath(want), nil, &seen)
		if !maps.Equal(seen, want) {
			m.t.Errorf("client %d sees %s as %v, want %v", m.number, id, seen, want)
		}
	}
}

// TestAssignmentsOfOneSandbox lets a crowd write to one sandbox: what is there
// afterwards is what the accepted writes imply, and of those who want one AWS
// account, one gets it and one gives it up.
func TestAssignmentsOfOneSandbox(t *testing.T) {
	handler := startTwin(t, families())
	members := newCrowd(t, handler, func(int) string { return "crowd" })

	created := newContest()
	together(members, func(m *member) {
		for round := range rounds {
			m.keepAssignments(round, m.number, m.number+1)
			contended := owner(crowd, round)
			if a, status := m.assign(contended, m.number+1, contended); status == http.StatusOK {
				created.won(contended, a)
			}
			m.gets(http.StatusOK, http.MethodGet, assignments, nil, nil)
		}
	})
	want := created.single(t, rounds)
	deleted := newContest()
	together(members, func(m *member) {
		for round := 0; round < rounds; round += 2 {
			contended := owner(crowd, round)
			if m.ask(http.MethodDelete, assignmentPath(want[contended]), nil, nil) == http.StatusNoContent {
				deleted.won(contended, row{"by": m.number})
			}
		}
	})
	for id := range deleted.single(t, rounds/2) {
		delete(want, id)
	}
	for _, m := range members {
		maps.Copy(want, m.own)
	}
	same(t, members[0].assigned(), want)
}

// TestPayerRuleInACrowd lets one half of a crowd link accounts to a customer's only
// one and the other half add standalone ones: whoever comes first decides for all,
// and no mixture is ever accepted.
func TestPayerRuleInACrowd(t *testing.T) {
	handler := startTwin(t, families())
	members := newCrowd(t, handler, func(int) string { return "crowd" })
	payer := owner(crowd, 0)
	first, status := members[0].assign(payer, common, payer)
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	together(members, func(m *member) {
		id := owner(m.number, 0)
		pays := id
		if m.number%2 == 0 {
			pays = payer
		}
		if a, status := m.assign(id, common, pays); status == http.StatusOK {
			m.own[id] = a
		}
	})
	want := map[string]row{payer: first}
	var linked int
	for _, m := range members {
		maps.Copy(want, m.own)
		for _, a := range m.own {
			if a["payer_account_owner_id"] == payer {
				linked++
			}
		}
	}
	if len(want) != 1+crowd/2 || linked != 0 && linked != crowd/2 {
		t.Errorf("%d accepted, of which %d are links; want one half and only them", len(want)-1, linked)
	}
	same(t, members[0].assigned(), want)
}

// TestAssignmentsOfManySandboxes lets a crowd, each with a key of its own, assign the
// same AWS accounts to the same customers: none sees another's assignments.
func TestAssignmentsOfManySandboxes(t *testing.T) {
	handler := startTwin(t, families())
	members := newCrowd(t, handler, func(number int) string { return fmt.Sprintf("client-%d", number) })
	together(members, func(m *member) {
		for round := range rounds {
			m.keepAssignments(round, 0, 1)
			same(m.t, m.assigned(), m.own)
		}
	})
	for _, m := range members {
		same(t, m.assigned(), m.own)
	}
}
