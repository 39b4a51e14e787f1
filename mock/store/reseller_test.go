package store

import (
	"slices"
	"testing"
)

func TestResellers(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		tx.InsertReseller(Reseller{UserID: "u2", Email: "a@example.com", CompanyID: "x", Meta: map[string]bool{"invoice": true}})
		tx.InsertReseller(Reseller{UserID: "u1", Email: "b@example.com", CompanyID: "x"})
	})
	tx := s.Read()
	equal(t, "first", slices.Collect(tx.Resellers())[0].UserID, "u2")
	equal(t, "by user id", tx.Reseller("u1").Email, "b@example.com")
	equal(t, "by address", tx.ResellersByEmail("a@example.com")[0].UserID, "u2")
	equal(t, "by company", len(tx.ResellersByCompanyID("x")), 2)

	write(t, s, func(tx *Tx) {
		tx.UpdateReseller(tx.Reseller("u2").WithMeta(map[string]bool{"open_api": true}))
		tx.DeleteReseller(tx.Reseller("u1"))
	})
	equal(t, "meta before", tx.Reseller("u2").Meta, map[string]bool{"invoice": true})
	equal(t, "meta after", s.Read().Reseller("u2").Meta, map[string]bool{"invoice": true, "open_api": true})
	equal(t, "left", len(slices.Collect(s.Read().Resellers())), 1)
}
