package conformance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// rates is a run against a deployment in whose January an invoice and a payer have a
// rate, and nothing else has.
func rates(t *testing.T, writes Writes) (*run, func(month string) string) {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		Target: target.InProcess(twin), APIs: []openapi.API{openapi.Ripple}, Writes: writes,
		Credentials: target.Credentials{Ripple: target.Ripple{Client: target.Client{ID: "shared", Secret: "secret"}}},
	}
	r := newRun(t.Context(), config, false)
	if err := r.under(openapi.Dialect{}); err != nil {
		t.Fatal(err)
	}
	owner := newRun(t.Context(), config, false)
	owner.may, owner.contracts = permission{write: true, keep: true}, r.contracts
	s := owner.session(owner.contracts[openapi.Ripple], nil, true)
	for id, call := range map[string]scenarios.Call{
		"setInvoiceExchangeRates": invoiceRate("2026-01", "123656789", "987655467321", 101.5),
		"setPayerExchangeRates":   payerRate("2026-01", 102.5),
	} {
		send(t, owner, s, id, call)
	}
	return r, func(month string) string {
		invoices := send(t, owner, s, "listInvoiceExchangeRates", scenarios.Call{Path: map[string]string{"vendor": "aws", "month": month}})
		payers := send(t, owner, s, "listPayerExchangeRates", scenarios.Call{Path: map[string]string{"month": month}})
		return string(invoices.Answer) + string(payers.Answer)
	}
}

func invoiceRate(month, invoice, account string, rate float64) scenarios.Call {
	return scenarios.Call{Path: map[string]string{"vendor": "aws", "month": month}, Body: map[string]any{
		"settings": []any{map[string]any{"invoice_id": invoice, "account_id": account, "exchange_rate": rate}},
	}}
}

func payerRate(month string, rate float64) scenarios.Call {
	return scenarios.Call{Path: map[string]string{"month": month}, Body: map[string]any{
		"settings": []any{map[string]any{"vendor": "aws", "account_id": "128347567789", "exchange_rate": rate}},
	}}
}

func send(t *testing.T, r *run, s *session, id string, call scenarios.Call) *target.Exchange {
	t.Helper()
	token, err := r.supply.token(t.Context(), "", "ripple_token")
	if err != nil {
		t.Fatal(err)
	}
	call.Header = http.Header{"Authorization": {"Bearer " + token}}
	e, err := s.send(t.Context(), r.contracts[openapi.Ripple].Operation(id), call)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return e
}

// TestRatesAreRestored to what they were, however often they were set in between.
func TestRatesAreRestored(t *testing.T) {
	r, read := rates(t, Writes{Allowed: true})
	before := read("2026-01")
	s := r.session(r.contracts[openapi.Ripple], nil, true)
	for _, rate := range []float64{101, 102} {
		send(t, r, s, "setInvoiceExchangeRates", invoiceRate("2026-01", "123656789", "987655467321", rate))
		send(t, r, s, "setPayerExchangeRates", payerRate("2026-01", rate))
	}
	if read("2026-01") == before {
		t.Fatal("nothing was set, so nothing is restored")
	}
	s.undoTo(t.Context(), 0)
	if after := read("2026-01"); after != before {
		t.Errorf("the rates have changed\nbefore %s\nafter  %s", before, after)
	}
	if len(s.residue) > 0 || len(r.footprint.lines()) > 0 {
		t.Errorf("residue %v, kept %v", s.residue, r.footprint.lines())
	}
}

// TestUnsetRates: setting what was not set cannot be taken back, which needs leave, and
// is named where it has that.
func TestUnsetRates(t *testing.T) {
	r, read := rates(t, Writes{Allowed: true})
	before := read("2026-02")
	s := r.session(r.contracts[openapi.Ripple], nil, true)
	token, err := r.supply.token(t.Context(), "", "ripple_token")
	if err != nil {
		t.Fatal(err)
	}
	for id, call := range map[string]scenarios.Call{
		"setInvoiceExchangeRates": invoiceRate("2026-02", "123656789", "987655467321", 101), "setPayerExchangeRates": payerRate("2026-02", 101),
	} {
		call.Header = http.Header{"Authorization": {"Bearer " + token}}
		_, err := s.send(t.Context(), r.contracts[openapi.Ripple].Operation(id), call)
		if err == nil || !strings.Contains(err.Error(), "--allow-irreversible lets it") {
			t.Errorf("%s: %v", id, err)
		}
	}
	if read("2026-02") != before {
		t.Error("a rate was set without leave")
	}
	r, _ = rates(t, Writes{Allowed: true, Irreversible: true})
	s = r.session(r.contracts[openapi.Ripple], nil, true)
	send(t, r, s, "setPayerExchangeRates", payerRate("2026-02", 101))
	s.undoTo(t.Context(), 0)
	if len(r.footprint.lines()) != 1 || len(s.residue) > 0 {
		t.Errorf("kept %v, residue %v", r.footprint.lines(), s.residue)
	}
}

// TestHarmfulRates: no rate that nobody bills by is sent to what was there before the
// run, and every rate that is kept is named, with its month and payer.
func TestHarmfulRates(t *testing.T) {
	r, read := rates(t, Writes{Allowed: true, Irreversible: true})
	before := read("2026-02")
	s := r.session(r.contracts[openapi.Ripple], nil, true)
	token, err := r.supply.token(t.Context(), "", "ripple_token")
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []any{-1, 0, 1, 79.5, nil, 1e12, "100", map[string]any{}} {
		call := payerRate("2026-02", 101)
		call.Body.(map[string]any)["settings"].([]any)[0].(map[string]any)["exchange_rate"] = rate
		call.Header = http.Header{"Authorization": {"Bearer " + token}}
		if _, err := s.send(t.Context(), r.contracts[openapi.Ripple].Operation("setPayerExchangeRates"), call); !isUnavailable(err) {
			t.Errorf("a rate of %v: %v", rate, err)
		}
	}
	if read("2026-02") != before {
		t.Error("a rate was set")
	}
	send(t, r, s, "setPayerExchangeRates", payerRate("2026-02", 103.5))
	s.undoTo(t.Context(), 0)
	kept := strings.Join(r.footprint.lines(), "\n")
	for _, words := range []string{"month=2026-02", "128347567789", "103.5"} {
		if !strings.Contains(kept, words) {
			t.Errorf("%s is not in %q", words, kept)
		}
	}
}

// TestKeptIsWhatWasSetLast: what one request set and a later one replaced is not named.
func TestKeptIsWhatWasSetLast(t *testing.T) {
	r, _ := rates(t, Writes{Allowed: true, Irreversible: true})
	s := r.session(r.contracts[openapi.Ripple], nil, true)
	set := func(rate float64, groups ...any) {
		send(t, r, s, "setBillingGroupExchangeRate", scenarios.Call{Path: map[string]string{"month": "2026-02"}, Body: map[string]any{
			"vendor": "aws", "billing_groups": groups, "exchange_rate": rate, "comment": fmt.Sprint(rate),
		}})
	}
	set(101.5, "abcdfeg", "hijklmn")
	set(102.5, "hijklmn")
	kept := r.footprint.lines()
	if text := strings.Join(kept, "\n"); len(kept) != 2 || !strings.Contains(text, "102.5") || strings.Count(text, "101.5") != 1 || !strings.Contains(text, "month=2026-02") {
		t.Errorf("kept %q", kept)
	}
}

// TestWhatIsKeptIsNamedAfterAKill: a clean-up names what the killed run had written and
// nothing takes back, also where that check was over, and what may have arrived.
func TestWhatIsKeptIsNamedAfterAKill(t *testing.T) {
	r, _ := rates(t, Writes{Allowed: true, Irreversible: true})
	name := filepath.Join(t.TempDir(), "undo.journal")
	undo, err := journal.New(name, journal.Header{Target: "http://twinbill.test", Seed: 1, Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	r.footprint.journal = undo
	s := r.session(r.contracts[openapi.Ripple], nil, true)
	send(t, r, s, "setPayerExchangeRates", payerRate("2026-02", 101))
	s.undoTo(t.Context(), 0)
	group := func(month, id string) scenarios.Call {
		return scenarios.Call{Path: map[string]string{"month": month}, Body: map[string]any{"vendor": "aws", "billing_groups": []any{id}, "exchange_rate": 105}}
	}
	send(t, r, s, "setBillingGroupExchangeRate", group("2026-03", "abcdfeg"))
	send(t, r, s, "setBillingGroupExchangeRate", group("2026-04", "nobody")) // refused
	onItsWay := target.Request{Operation: r.contracts[openapi.Ripple].Operation("setMonthlyExchangeRate"), Method: http.MethodPost, Body: []byte(`{"exchange_rate":{"month":"2026-05","rate":105}}`)}
	if err := undo.Pending(s.written(&onItsWay)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name) // as a kill leaves it
	if err != nil {
		t.Fatal(err)
	}
	contents, err := journal.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	config := r.config
	config.Journal = nil
	cleaned, err := Cleanup(t.Context(), config, contents)
	if err != nil {
		t.Fatal(err)
	}
	named := strings.Join(cleaned.Kept, "\n")
	for month, want := range map[string]string{"2026-02": "setPayerExchangeRates", "2026-03": "setBillingGroupExchangeRate", "2026-04": "", "2026-05": "perhaps setMonthlyExchangeRate"} {
		if strings.Contains(named, month) != (want != "") || !strings.Contains(named, want) {
			t.Errorf("of %s is to be named %q:\n%s", month, want, named)
		}
	}
}

// TestAProbesVendorIsInNoList: what a kill left open of a request for a vendor that there
// is none of is looked for in the lists of those that there are.
func TestAProbesVendorIsInNoList(t *testing.T) {
	r, _ := rates(t, Writes{Allowed: true})
	s := r.session(r.contracts[openapi.Ripple], nil, true)
	creator := r.contracts[openapi.Ripple].Operation("createAccount")
	u := undoCall{Undo: journal.Undo{
		API: openapi.Ripple, Creator: creator.ID, Operation: creator.Undo.OperationID, As: "ripple_token", Lookup: creator.Undo.Lookup,
		Query: map[string]string{"vendor": "outside-the-enum"}, Match: map[string]string{"customer_id": "000000000999"},
		Path: map[string]string{"vendor": "outside-the-enum", "id": "000000000999|128347567789"},
	}}
	var err error
	if u.header, u.query, err = r.supply.present(t.Context(), u.API, u.As); err != nil {
		t.Fatal(err)
	}
	if err := s.shownGone(t.Context(), u, u.Path, nil); err != nil {
		t.Error(err)
	}
}

// TestAMadeUpGroupHoldsNothing: what a kill left open of a request about a group that the
// run made up, and that no list ever showed, is nothing.
func TestAMadeUpGroupHoldsNothing(t *testing.T) {
	r, _ := rates(t, Writes{Allowed: true})
	s := r.session(r.contracts[openapi.Ripple], nil, true)
	for id, left := range map[string]bool{"Twinbill-" + r.supply.mark() + "-1": false, "AJfdivbDjhvbpE": true} {
		u := undoCall{Undo: journal.Undo{API: openapi.Ripple, Creator: "updateFreeFormat", Operation: "deleteFreeFormat", As: "ripple_token", Path: map[string]string{"vendor": "aws", "id": id}}}
		if err := s.shownGone(t.Context(), u, u.Path, nil); (err != nil) != left {
			t.Errorf("%s: %v", id, err)
		}
	}
}
