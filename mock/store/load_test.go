package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// document is what Dump and Sequences give, as JSON.
type document struct {
	State     map[string]json.RawMessage `json:"state"`
	Sequences map[string]uint64          `json:"sequences"`
}

func written(t testing.TB, s *Store) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"state": s.Dump(), "sequences": s.Sequences()})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func loaded(data []byte) (*Store, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	return Load(d.State, d.Sequences)
}

// filled holds a row of every table, with every kind of value.
func filled(t testing.TB) *Store {
	t.Helper()
	s := open(t)
	text, flag := "a <note> \u2028 \"quoted\"", true
	noon := time.Date(2020, 1, 1, 12, 0, 0, 123_456_789, time.FixedZone("JST", 9*60*60))
	write(t, s, func(tx *Tx) {
		tx.InsertAccount(Account{CustomerID: "c", Vendor: "aws", Note: &text})
		tx.DeleteAccount(tx.InsertAccount(Account{}))
		tx.InsertAssignment(Assignment{OwnerID: "000000000001", CustomerID: 1<<62 + 1})
		tx.InsertAWSAccount(AWSAccount{OwnerID: "000000000001", Head: true})
		tx.InsertBillingGroup(BillingGroup{CompanyID: "x", Phone: &text, InvAggregate: &flag}.
			WithInvoices("aws", InvoiceSettings{CalcType: "a", TaxRate: 0.1}).
			WithFreeFormat("aws", []FreeFormatItem{{Label: "l", UnitCost: -1e21}}).WithFreeFormat("azure", nil))
		tx.InsertCustomer(Customer{ID: -5, Name: "below zero"})
		tx.SetGroupRate(GroupRate{Vendor: "aws", Month: "2020-01", CompanyID: "x", Rate: 1.5})
		tx.InsertInvoiceID(InvoiceID{Vendor: "aws", InvoiceID: "1", AccountID: "2"})
		tx.SetInvoiceRate(InvoiceRate{Vendor: "aws", Month: "2020-01", AccountID: "2", InvoiceID: "1", Rate: 2})
		tx.SetMonthlyRate(MonthlyRate{Month: "2020-01", Rate: 110})
		tx.SetPayerRate(PayerRate{Vendor: "aws", Month: "2020-01", AccountID: "2", Rate: 3})
		tx.InsertPayer(Payer{Vendor: "aws", AccountID: "2"})
		tx.InsertProject(Project{ProjectID: "p", Code: "c", Label: "l", Currency: "jpy"})
		tx.InsertReseller(Reseller{UserID: "u", Registered: noon, UpdateTime: &noon}.WithMeta(map[string]bool{"invoice": true}))
		tx.Next("company_id")
	})
	for name, rows := range s.Dump() {
		if data, err := json.Marshal(rows); err != nil || string(data) == "[]" {
			t.Errorf("%s: no row to try (%v)", name, err)
		}
	}
	return s
}

func TestLoadGivesWhatWasDumped(t *testing.T) {
	s := filled(t)
	again, err := loaded(written(t, s))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "state", string(written(t, again)), string(written(t, s)))
	equal(t, "customer of an assignment", again.Read().Assignment(1).CustomerID, 1<<62+1)
	write(t, again, func(tx *Tx) {
		equal(t, "next account", tx.InsertAccount(Account{}).Sequence, 3)
		equal(t, "by an index", len(tx.AccountsByVendor("aws")), 1)
	})
}

func TestLoadCountsOnFromTheRows(t *testing.T) {
	for name, given := range map[string]string{"no sequences": `{}`, "too low": `{"assignments": 3, "kept": 9}`} {
		t.Run(name, func(t *testing.T) {
			s, err := loaded(fmt.Appendf(nil, `{"state": {"assignments": [
				{"id": 7, "owner_id": "b", "customer_id": 1, "payer_account_owner_id": "b"},
				{"id": 2, "owner_id": "a", "customer_id": 1, "payer_account_owner_id": "a"}]}, "sequences": %s}`, given))
			if err != nil {
				t.Fatal(err)
			}
			write(t, s, func(tx *Tx) { equal(t, "next id", tx.InsertAssignment(Assignment{OwnerID: "c"}).ID, 8) })
			if _, there := s.Sequences()["customers"]; there {
				t.Error("a table without numbers has given some out")
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	const customer = `{"id": 7, "name": "n", "classification": "c", "folder": "", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "partner_billing": true}`
	const assignment = `{"id": 1, "owner_id": "a", "customer_id": 1, "payer_account_owner_id": "a"}`
	group, err := json.Marshal(BillingGroup{Sequence: 1}.WithInvoices("aws", InvoiceSettings{}))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ state, want string }{
		"unknown table":     {`{"shoes": []}`, `there is no table "shoes"; the tables are accounts, assignments`},
		"counters":          {`{"counters": []}`, `there is no table "counters"`},
		"no list":           {`{"customers": {}}`, `customers: here is an object; write a list of rows`},
		"null for a list":   {`{"customers": null}`, `customers: here is null; write a list`},
		"no row":            {`{"customers": [7]}`, `customers[0] is 7; write an object`},
		"null for a row":    {`{"customers": [null]}`, `customers[0] is null; write an object`},
		"unknown field":     {`{"customers": [` + customer + `, {"id": 8, "name": "n", "classification": "c", "folder": "", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "partner_billing": true, "Name": "m"}]}`, `customers[1]: the field "Name" is unknown; known here: id, name, `},
		"missing key":       {`{"customers": [{"name": "n"}]}`, `customers[0]: the row has no key; give the fields of it`},
		"missing sequence":  {`{"payers": [{"vendor": "aws", "account_id": "1", "name": "n"}]}`, `payers[0]: the row's number is 0; keep it from 1`},
		"sequence zero":     {`{"payers": [{"vendor": "aws", "account_id": "1", "name": "n", "sequence": 0}]}`, `payers[0]: the row's number is 0; keep it from 1 to 9007199254740991`},
		"number beyond":     {`{"assignments": [` + strings.Replace(assignment, `"id": 1,`, `"id": 9007199254740992,`, 1) + `]}`, `assignments[0]: the row's number is 9007199254740992`},
		"number below":      {`{"assignments": [` + strings.Replace(assignment, `"id": 1,`, `"id": -1,`, 1) + `]}`, `assignments[0]: the row's number is -1`},
		"text for a number": {`{"customers": [{"id": "7", "name": "n", "classification": "c", "folder": "", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "partner_billing": true}]}`, `customers[0].id is a string; write a whole number`},
		"part of a number":  {`{"customers": [{"id": 7.5, "name": "n", "classification": "c", "folder": "", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "partner_billing": true}]}`, `customers[0].id is 7.5; write a whole number`},
		"null for a text":   {`{"customers": [{"id": 7, "name": null, "classification": "c", "folder": "", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "partner_billing": true}]}`, `customers[0].name is null; write a string`},
		"number for a flag": {`{"customers": [{"id": 7, "name": "n", "classification": "c", "folder": "", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "partner_billing": 1}]}`, `customers[0].partner_billing is 1; write true or false`},
		"doubled key":       {`{"customers": [` + customer + `,` + customer + `]}`, `customers[1]: there is a row with the key "7" already; keep one`},
		"deep wrong type":   {`{"billing_groups": [` + strings.Replace(string(group), `"tax_rate":0`, `"tax_rate":"0"`, 1) + `]}`, `billing_groups[0].invoices["aws"].tax_rate is a string; write a number`},
		"deep unknown":      {`{"billing_groups": [` + strings.Replace(string(group), `"tax_rate":0`, `"tax_rate":0,"x\n":0`, 1) + `]}`, `billing_groups[0].invoices["aws"]: the field "x\n" is unknown`},
		"deep list":         {`{"billing_groups": [` + strings.Replace(string(group), `"free_format":null`, `"free_format":{"aws":[7]}`, 1) + `]}`, `billing_groups[0].free_format["aws"][0] is 7; write an object`},
		"no time":           {`{"resellers": [{"user_id":"","email":"","company_id":"","input_type":"","notification":true,"registered":"noon","sequence":1}]}`, `resellers[0].registered is a string; write a time such as`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := loaded([]byte(`{"state": ` + c.state + `}`))
			if err == nil || s != nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := Load(nil, map[string]uint64{"accounts": 1 << 53}); err == nil || !strings.Contains(err.Error(), `"accounts" is at 9007199254740992`) {
		t.Errorf("got %v", err)
	}
	if _, err := Load(map[string]json.RawMessage{"shoes": nil}, nil); !errors.Is(err, ErrNoTable) {
		t.Errorf("got %v", err)
	}
}

// A table whose rows get numbers says so: a load would give them out again otherwise.
func TestNumberedTables(t *testing.T) {
	s := filled(t)
	var d document
	if err := json.Unmarshal(written(t, s), &d); err != nil {
		t.Fatal(err)
	}
	again, err := Load(d.State, nil)
	if err != nil {
		t.Fatal(err)
	}
	counted := again.Sequences()
	for name := range s.Sequences() {
		if _, isTable := d.State[name]; isTable && counted[name] == 0 && name != customers.name { // theirs skips what is taken
			t.Errorf("the rows of %s do not tell the last number", name)
		}
	}
	if err := s.Write(func(tx *Tx) error { payerRates.next(tx); return nil }); err == nil {
		t.Error("a table without numbers gives one out")
	}
}

// FuzzLoad: what is loaded dumps to what loads to the same, and what is refused says why
// in one line.
func FuzzLoad(f *testing.F) {
	f.Add(written(f, filled(f)))
	f.Add([]byte(`{"state": {"customers": [{"id": 7, "name": "n", "classification": "c", "folder": "", "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "partner_billing": true}]}}`))
	f.Add([]byte(`{"state": {"payers": [{"vendor": "aws", "account_id": "1", "name": "n"}]}, "sequences": {"payers": 18446744073709551615}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d document
		if json.Unmarshal(data, &d) != nil {
			return
		}
		s, err := Load(d.State, d.Sequences)
		if err != nil {
			if text := err.Error(); text == "" || strings.ContainsAny(text, "\r\n") {
				t.Errorf("not one line: %q", text)
			}
			return
		}
		once := written(t, s)
		again, err := loaded(once)
		if err != nil {
			t.Fatalf("what was dumped does not load: %v\n%s", err, once)
		}
		if twice := written(t, again); string(twice) != string(once) {
			t.Errorf("dumped\n%s\nand after a load\n%s", once, twice)
		}
		diff, err := s.Diff(again)
		if err != nil || len(diff) > 0 {
			t.Errorf("differs by %v (%v)", diff, err)
		}
		before := s.Fork()
		for name, rows := range d.State {
			if err := s.Write(func(tx *Tx) error { _, err := tx.Patch(name, string(rows), rows); return err }); err != nil {
				continue
			}
			if diff, err = before.Diff(s); err != nil || len(diff) > 1 {
				t.Errorf("a patch changed %v (%v)", diff, err)
			}
		}
	})
}
