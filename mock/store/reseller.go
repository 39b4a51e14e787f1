package store

import (
	"iter"
	"maps"
	"time"
)

// Reseller is a Wave user of a billing group. No password is ever kept.
type Reseller struct {
	UserID             string          `json:"user_id"`
	Email              string          `json:"email"`
	CompanyID          string          `json:"company_id"`
	InputType          string          `json:"input_type"`
	Notification       bool            `json:"notification"`
	Meta               map[string]bool `json:"meta"`
	Registered         time.Time       `json:"registered"`
	UpdateTime         *time.Time      `json:"update_time"`
	PasswordUpdateTime *time.Time      `json:"password_update_time"`
	Sequence           uint64          `json:"sequence"`
}

// WithMeta returns a copy of r in which the keys of meta have its values and
// the other keys keep theirs.
func (r Reseller) WithMeta(meta map[string]bool) Reseller {
	merged := make(map[string]bool, len(r.Meta)+len(meta))
	maps.Copy(merged, r.Meta)
	maps.Copy(merged, meta)
	r.Meta = merged
	return r
}

var resellers = table[Reseller]{
	name:     "resellers",
	id:       func(r *Reseller) key { return key{r.Sequence} },
	numbered: true,
	by: map[string]func(*Reseller) key{
		"user_id":    func(r *Reseller) key { return key{r.UserID} },
		"email":      func(r *Reseller) key { return key{r.Email} },
		"company_id": func(r *Reseller) key { return key{r.CompanyID} },
	},
}

// Resellers goes through all resellers by insertion.
func (tx *Tx) Resellers() iter.Seq[*Reseller] {
	return resellers.all(tx)
}

// Reseller returns the reseller of a user id.
func (tx *Tx) Reseller(userID string) *Reseller {
	return resellers.first(tx, "user_id", userID)
}

// ResellersByEmail returns the resellers registered with exactly this address.
func (tx *Tx) ResellersByEmail(email string) []*Reseller {
	return resellers.list(tx, "email", email)
}

// ResellersByCompanyID returns the resellers of a billing group.
func (tx *Tx) ResellersByCompanyID(id string) []*Reseller {
	return resellers.list(tx, "company_id", id)
}

// InsertReseller adds a reseller under the next Sequence and returns it. The
// reseller takes over the map it was given.
func (tx *Tx) InsertReseller(reseller Reseller) *Reseller {
	reseller.Sequence = resellers.next(tx)
	return resellers.insert(tx, reseller)
}

// UpdateReseller replaces the reseller of the same Sequence and returns it.
func (tx *Tx) UpdateReseller(reseller Reseller) *Reseller {
	return resellers.update(tx, reseller)
}

// DeleteReseller removes a reseller.
func (tx *Tx) DeleteReseller(reseller *Reseller) {
	resellers.remove(tx, reseller)
}
