package store

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestPatch(t *testing.T) {
	for name, c := range map[string]struct{ table, key, patch, want string }{
		"a field":             {"customers", "-5", `{"name": "renamed"}`, `"id":-5,"name":"renamed",`},
		"a field and the key": {"customers", "-5", `{"id": -5, "partner_billing": true}`, `"partner_billing":true`},
		"nothing":             {"customers", "-5", `{}`, `"id":-5,"name":"below zero",`},
		"a long number":       {"assignments", "1", `{"customer_id": 4611686018427387907}`, `{"id":1,"owner_id":"000000000001","customer_id":4611686018427387907,"payer_account_owner_id":""}`},
		"an optional field":   {"accounts", "1", `{"note": null}`, `{"customer_id":"c","account_id":"","company_id":"","vendor":"aws","name":"","note":null,"sequence":1}`},
		"several key fields":  {"group_rates", "aws,2020-01,x", `{"rate": 7}`, `{"vendor":"aws","month":"2020-01","company_id":"x","rate":7}`},
		"a text key":          {"monthly_rates", "2020-01", `{"rate": 0.5}`, `{"month":"2020-01","rate":0.5}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := filled(t)
			var row any
			var err error
			write(t, s, func(tx *Tx) { row, err = tx.Patch(c.table, c.key, []byte(c.patch)) })
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(row)
			if err != nil || !strings.Contains(string(data), c.want) {
				t.Errorf("got %s (%v)", data, err)
			}
			if !strings.Contains(dumped(t, s), c.want) {
				t.Errorf("the state does not have it: %s", dumped(t, s))
			}
		})
	}
	t.Run("indexes follow", func(t *testing.T) {
		s := filled(t)
		write(t, s, func(tx *Tx) {
			if _, err := tx.Patch("accounts", "1", []byte(`{"vendor": "azure"}`)); err != nil {
				t.Error(err)
			}
		})
		equal(t, "azure", len(s.Read().AccountsByVendor("azure")), 1)
		equal(t, "aws", len(s.Read().AccountsByVendor("aws")), 0)
	})
	t.Run("deep", func(t *testing.T) {
		s := filled(t)
		write(t, s, func(tx *Tx) {
			if _, err := tx.Patch("billing_groups", "1", []byte(`{"invoices": {"aws": {"tax_rate": 8}}, "free_format": {"azure": null}}`)); err != nil {
				t.Error(err)
			}
		})
		group := s.Read().BillingGroup("x")
		equal(t, "tax rate", group.Invoices["aws"].TaxRate, 8)
		equal(t, "calc type", group.Invoices["aws"].CalcType, "a")
		equal(t, "vendors with items", len(group.FreeFormat), 1)
	})
}

func TestPatchRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		table, key, patch, want string
		is                      error
	}{
		"unknown table":     {"shoes", "1", `{}`, `there is no table "shoes"; the tables are`, ErrNoTable},
		"unknown row":       {"customers", "6", `{}`, `there is no row "6" in customers`, ErrNoRow},
		"another spelling":  {"customers", "-05", `{}`, `there is no row "-05" in customers`, ErrNoRow},
		"no number":         {"customers", "x", `{}`, `there is no row "x" in customers`, ErrNoRow},
		"unknown key":       {"group_rates", "aws,2020-01,y", `{}`, `there is no row "aws,2020-01,y" in group_rates`, ErrNoRow},
		"the key":           {"customers", "-5", `{"id": 6}`, `customers "-5": the key would become "6", and stays as it is`, nil},
		"part of the key":   {"group_rates", "aws,2020-01,x", `{"month": "2020-02"}`, `group_rates "aws,2020-01,x": the key would become "aws,2020-02,x"`, nil},
		"without the key":   {"accounts", "1", `{"sequence": null}`, `accounts "1": missing here: sequence`, nil},
		"required field":    {"customers", "-5", `{"name": null}`, `customers "-5": missing here: name`, nil},
		"unknown field":     {"customers", "-5", `{"nom": "n"}`, `customers "-5": the field "nom" is unknown; known here: id, name, `, nil},
		"wrong type":        {"customers", "-5", `{"name": 7}`, `customers "-5".name is 7; write a string`, nil},
		"not a merge patch": {"customers", "-5", `{`, `this is no JSON merge patch: `, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := filled(t)
			before := string(written(t, s))
			err := s.Write(func(tx *Tx) error { _, err := tx.Patch(c.table, c.key, []byte(c.patch)); return err })
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			equal(t, "state", string(written(t, s)), before)
		})
	}
}
