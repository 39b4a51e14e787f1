package control_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
)

func TestReplaceState(t *testing.T) {
	w := newWorld(t)
	from, to := w.in("from"), w.in("to")
	for i := range 3 {
		from.assigns("", fmt.Sprintf("00000000000%d", i+1))
	}
	// What was read may be sent as it is, and is then there to the byte.
	state := from.ask(200, http.MethodGet, "/state", "")
	want := strings.Replace(state, `"sandbox":"from"`, `"sandbox":"to"`, 1)
	if got := to.ask(200, http.MethodPut, "/state", state); got != want {
		t.Errorf("put\n%s\ngot\n%s", want, got)
	}
	if got := to.ask(200, http.MethodGet, "/state", ""); got != want {
		t.Errorf("put\n%s\nthere is\n%s", want, got)
	}
	if status := to.assigns("", "000000000004"); status != 200 || !strings.Contains(to.ask(200, http.MethodGet, "/state", ""), `{"id":4,"owner_id":"000000000004"`) {
		t.Errorf("an id is given out twice, or none: %d", status)
	}
	if got := from.ask(200, http.MethodGet, "/state", ""); got != state {
		t.Errorf("a sandbox wrote to another: %s", got)
	}
	const long = `{"id":9007199254740993,"name":"n","partner_billing":true}`
	if got := to.ask(200, http.MethodPut, "/state", `{"state": {"customers": [`+long+`]}}`); !strings.Contains(got, `{"id":9007199254740993,"name":"n",`) {
		t.Errorf("a long number changes: %s", got)
	}

	for body, words := range map[string]string{
		`{"state": {"shoes": []}}`:                                   `there is no table "shoes"; the tables are`,
		`{"state": {"customers": [{"name": "n"}]}}`:                  `customers[0]: the row has no key`,
		`{"state": {"customers": [` + long + `,` + long + `]}}`:      `customers[1]: there is a row with the key "9007199254740993" already`,
		`{"state": {"customers": [7]}}`:                              `state.customers.0: value must be an object`,
		`{"state": {}, "sequences": {"accounts": 9007199254740992}}`: `the sequence "accounts" is at 9007199254740992`,
		`{"state": {}, "sequences": {"accounts": 1.0}}`:              `sequences: each is to be a whole number`,
		`{"state": {}, "sequences": {"accounts": -1}}`:               `sequences.accounts: number must be at least 0`,
		`{"tables": {}}`: `"tables" is unsupported`,
		`{"state": {"customers": [{"id": 1, "name": "n", "partner_bil`:                  `not JSON`,
		`{"state": {"customers": [{"id": 1, "name": "n", "Id": 2}]}}`:                   `the field "Id" is unknown`,
		`{"state": {"customers": [{"id": 1.5, "name": "n", "partner_billing": true}]}}`: `customers[0].id is 1.5; write a whole number`,
	} {
		from.refuses(400, http.MethodPut, "/state", body, words)
	}
}

func TestPatchRow(t *testing.T) {
	w := newWorld(t).in("team")
	w.assigns("", "000000000001")
	if got := strings.TrimSpace(w.ask(200, http.MethodPatch, "/state/assignments/1", `{"customer_id": 2}`)); got != `{"id":1,"owner_id":"000000000001","customer_id":2,"payer_account_owner_id":"000000000001"}` {
		t.Errorf("patched to %s", got)
	}
	if got := w.ask(200, http.MethodGet, "/state", ""); !strings.Contains(got, `"owner_id":"000000000001","customer_id":2`) {
		t.Errorf("the state is %s", got)
	}
	a := w.serve(w.local(http.MethodGet, "/v1/aws_account_assignments/1?api_key=team", ""))
	if !strings.Contains(a.Body.String(), `"customer_id":2`) {
		t.Errorf("the API shows %s", a.Body)
	}
	w.refuses(404, http.MethodPatch, "/state/shoes/1", `{"a": 1}`, `there is no table "shoes"`)
	w.refuses(404, http.MethodPatch, "/state/assignments/2", `{"customer_id": 1}`, `there is no row "2" in assignments`)
	w.refuses(404, http.MethodPatch, "/state/assignments/1%2C2", `{"customer_id": 1}`, `there is no row "1,2" in assignments`)
	w.refuses(400, http.MethodPatch, "/state/assignments/1", `{"id": 2}`, `the key would become "2", and stays as it is`)
	w.refuses(400, http.MethodPatch, "/state/assignments/1", `{"customer_id": "2"}`, `assignments "1".customer_id is a string; write a whole number`)
	w.refuses(400, http.MethodPatch, "/state/assignments/1", `{}`, `at least 1 properties`)
}

func TestHistory(t *testing.T) {
	w := newWorld(t).in("team")
	for i := range 3 {
		if status := w.assigns(fmt.Sprintf("req-%d", i+1), fmt.Sprintf("00000000000%d", i+1)); status != 200 {
			t.Fatalf("status %d", status)
		}
	}
	if status := w.assigns("refused", "000000000003"); status != 422 {
		t.Fatalf("status %d", status)
	}
	w.serve(func() *http.Request {
		r := w.local(http.MethodGet, "/v1/aws_account_assignments?api_key=invalid", "")
		r.Header.Set("X-Request-Id", "stranger")
		return r
	}())
	for at, want := range map[string]string{"req-1": "1", "req-2": "1 2", "req-3": "1 2 3", "refused": "1 2 3", "stranger": "1 2 3", "": "1 2 3"} {
		if got := w.owners(at); got != want {
			t.Errorf("after %q there are %q, want %q", at, got, want)
		}
	}
	w.refuses(404, http.MethodGet, "/state?at=none", "", `the journal of the sandbox "team" holds no request "none"`)

	type diff struct {
		From, To string
		Tables   map[string]struct{ Added, Removed, Changed []map[string]any }
	}
	shown := func(query string) string {
		d := reads[diff](w, http.MethodGet, "/state/diff?"+query, "")
		a := d.Tables["assignments"]
		return fmt.Sprintf("%s..%s %d tables +%d -%d ~%d", d.From, d.To, len(d.Tables), len(a.Added), len(a.Removed), len(a.Changed))
	}
	for query, want := range map[string]string{
		"from=req-1&to=req-3": "req-1..req-3 1 tables +2 -0 ~0", "from=req-3&to=req-1": "req-3..req-1 1 tables +0 -2 ~0",
		"from=req-2": "req-2.. 1 tables +1 -0 ~0", "from=refused": "refused.. 0 tables +0 -0 ~0",
	} {
		if got := shown(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	w.refuses(404, http.MethodGet, "/state/diff?from=none", "", `no request "none"`)
	w.refuses(404, http.MethodGet, "/state/diff?from=req-1&to=none", "", `no request "none"`)
	w.refuses(400, http.MethodGet, "/state/diff", "", `from: is required`)
	w.ask(200, http.MethodPatch, "/state/assignments/1", `{"customer_id": 2}`)
	if got := shown("from=req-3"); got != "req-3.. 1 tables +0 -0 ~1" {
		t.Errorf("after a patch: %s", got)
	}

	w.refuses(404, http.MethodPost, "/undo", `{"to": "none"}`, `no request "none"`)
	w.ask(200, http.MethodPost, "/undo", `{"to": "req-1"}`)
	if got := w.owners(""); got != "1" {
		t.Errorf("undone to %s", got)
	}
	if got := w.owners("req-3"); got != "1 2 3" {
		t.Errorf("the journal has lost what was undone: %s", got)
	}
	if status := w.assigns("", "000000000002"); status != 200 || w.owners("req-1") != "1" {
		t.Errorf("a write after the undo: status %d, and after req-1 there was %s", status, w.owners("req-1"))
	}
	w.ask(204, http.MethodDelete, "/requests", "")
	w.refuses(404, http.MethodGet, "/state?at=req-1", "", `no request "req-1"`)
}

func TestSnapshots(t *testing.T) {
	w := newWorld(t).in("team")
	w.assigns("", "000000000001")
	taken := reads[gen.Snapshot](w, http.MethodPost, "/snapshots", `{"name": "one / account"}`)
	if taken.Name != "one / account" || !taken.Taken.Equal(noon) {
		t.Errorf("took %+v", taken)
	}
	kept := w.ask(200, http.MethodGet, "/state", "")
	w.assigns("", "000000000002")
	w.ask(201, http.MethodPost, "/snapshots", `{"name": "two"}`)
	w.refuses(409, http.MethodPost, "/snapshots", `{"name": "two"}`, `there is a snapshot "two" already`)
	if got := w.ask(200, http.MethodGet, "/snapshots/one%20%2F%20account", ""); got != kept {
		t.Errorf("the snapshot keeps %s", got)
	}
	for range 2 { // a write after a restore does not reach the snapshot
		if got := reads[gen.Snapshot](w, http.MethodPost, "/snapshots/one%20%2F%20account/restore", ""); got != taken {
			t.Errorf("restored %+v", got)
		}
		if got := w.ask(200, http.MethodGet, "/state", ""); got != kept {
			t.Errorf("restored to %s", got)
		}
		w.assigns("", "000000000003")
	}
	list := reads[gen.SnapshotList](w, http.MethodGet, "/snapshots", "").Snapshots
	if len(list) != 2 || list[0] != taken || list[1].Name != "two" {
		t.Errorf("there are %v", list)
	}
	for _, op := range [][2]string{{http.MethodGet, ""}, {http.MethodDelete, ""}, {http.MethodPost, "/restore"}} {
		w.refuses(404, op[0], "/snapshots/none"+op[1], "", `the sandbox "team" has no snapshot "none"`)
		w.in("other").refuses(404, op[0], "/snapshots/two"+op[1], "", `the sandbox "other" has no snapshot "two"`)
	}
	w.ask(204, http.MethodDelete, "/snapshots/two", "")
	w.refuses(404, http.MethodGet, "/snapshots/two", "", `no snapshot "two"`)
}

// Whoever writes while a snapshot is restored writes before it, and is undone, or after.
func TestRestoreWhileWriting(t *testing.T) {
	w := newWorld(t).in("team")
	w.assigns("", "000000000001")
	w.ask(201, http.MethodPost, "/snapshots", `{"name": "one"}`)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 4 {
				if i == 0 {
					w.ask(200, http.MethodPost, "/snapshots/one/restore", "")
				} else if status := w.assigns("", fmt.Sprintf("00000000000%d", 2+n)); status != 200 && status != 422 {
					t.Errorf("status %d", status)
				}
				if got := w.owners(""); got != "1" && !strings.HasPrefix(got, "1 ") {
					t.Errorf("there are %s", got)
				}
			}
		})
	}
	group.Wait()
	w.ask(200, http.MethodPost, "/snapshots/one/restore", "")
	if got := w.owners(""); got != "1" {
		t.Errorf("restored to %s", got)
	}
}

func TestLoadFixtures(t *testing.T) {
	w := newWorld(t).in("team")
	const body = "{\n\t\"cloudhealth\": {\n\t\t\"customers\": [{\"id\": 7, \"name\": \"\\ud83d\\ude00 \\\"7\\\"\", \"partner_billing\": true}]\n\t}\n}"
	loaded := w.ask(200, http.MethodPut, "/fixtures", body)
	if !strings.Contains(loaded, `"customers":[{"id":7,"name":"😀 \"7\"",`) || !strings.Contains(loaded, `"billing_groups":[]`) {
		t.Errorf("loaded %s", loaded)
	}
	w.ask(200, http.MethodPatch, "/state/customers/7", `{"name": "changed"}`)
	w.ask(200, http.MethodPost, "/reset", "")
	if got := w.ask(200, http.MethodGet, "/state", ""); got != loaded {
		t.Errorf("reset to %s", got)
	}
	w.refuses(400, http.MethodPut, "/fixtures", "{\n  \"cloudhealth\": {\n    \"customers\": [\n      {\"id\": 8}]}}", "fixtures:5: missing here: name, partner_billing")
	w.refuses(400, http.MethodPut, "/fixtures", `{"shoes": []}`, `the key "shoes" is unknown`)
	w.ask(200, http.MethodPut, "/fixtures", `{}`)
	if got := w.in("other").ask(200, http.MethodGet, "/state", ""); !strings.Contains(got, "AJfdivbDjhvbpE") {
		t.Errorf("another sandbox begins from them: %s", got)
	}
}

func TestReloadFixtures(t *testing.T) {
	newWorld(t).refuses(409, http.MethodPost, "/fixtures/reload", "", "started without a fixtures file; start it with --fixtures FILE")
	file := filepath.Join(t.TempDir(), "fixtures.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("cloudhealth: {customers: [{id: 7, name: seven, partner_billing: true}]}")
	w := newWorld(t, mock.WithReload(fixtures.File(file))).in("team")
	w.assigns("", "000000000001")
	before := w.ask(200, http.MethodGet, "/state", "")
	if got := reads[gen.Reloaded](w, http.MethodPost, "/fixtures/reload", "").File; got != file {
		t.Errorf("read %s", got)
	}
	if got := w.ask(200, http.MethodGet, "/state", ""); got != before {
		t.Errorf("a sandbox that is there changed to %s", got)
	}
	if got := w.in("new").ask(200, http.MethodGet, "/state", ""); !strings.Contains(got, "seven") {
		t.Errorf("a new sandbox begins with %s", got)
	}
	w.ask(200, http.MethodPost, "/reset", "")
	if got := w.ask(200, http.MethodGet, "/state", ""); !strings.Contains(got, "seven") {
		t.Errorf("reset to %s", got)
	}
	write("shoes: 1")
	w.refuses(400, http.MethodPost, "/fixtures/reload", "", file+`:1: the key "shoes" is unknown`)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	w.refuses(400, http.MethodPost, "/fixtures/reload", "", "no such file")
	if got := w.in("newer").ask(200, http.MethodGet, "/state", ""); !strings.Contains(got, "seven") {
		t.Errorf("a refused reload leaves %s", got)
	}
}
