package store

import (
	"iter"
	"maps"
)

// BillingGroup is who gets a Ripple invoice, and how. CompanyID is the internal
// id, given once. Invoices and FreeFormat are keyed by vendor.
type BillingGroup struct {
	CompanyID         string                      `json:"company_id"`
	BillingGroupID    string                      `json:"billinggroup_id"`
	Name              string                      `json:"billinggroup_name"`
	CompanyName       string                      `json:"company_name"`
	Phone             *string                     `json:"phone"`
	Postal            *string                     `json:"postal"`
	Address           *string                     `json:"address"`
	BillingTitle      *string                     `json:"billing_title"`
	Personal          *string                     `json:"personal"`
	Remarks           *string                     `json:"remarks"`
	InvAggregate      *bool                       `json:"inv_aggregate"`
	ProjectID         *string                     `json:"project_id"`
	InvoiceTemplateID *string                     `json:"invoice_template_id"`
	Language          *string                     `json:"language"`
	DisplayCost       *string                     `json:"display_cost"`
	ExchangeRateType  *string                     `json:"exchange_rate_type"`
	Invoices          map[string]InvoiceSettings  `json:"invoices"`
	FreeFormat        map[string][]FreeFormatItem `json:"free_format"`
	Sequence          uint64                      `json:"sequence"`
}

// InvoiceSettings is how one vendor's costs are invoiced to a billing group.
type InvoiceSettings struct {
	CalcType                   string  `json:"calc_type"`
	Currency                   string  `json:"currency"`
	DiscountCalcLogic          string  `json:"discount_calc_logic"`
	DiscountRate               float64 `json:"discount_rate"`
	DiscountTargetUsage        string  `json:"discount_target_usage"`
	SubstitutionFee            string  `json:"substitution_fee"`
	SubstitutionFeeCalcTarget  string  `json:"substitution_fee_calc_target"`
	SubstitutionFeeCalcType    string  `json:"substitution_fee_calc_type"`
	SubstitutionFeeTargetUsage string  `json:"substitution_fee_target_usage"`
	SubstitutionFix            float64 `json:"substitution_fix"`
	SubstitutionRate           float64 `json:"substitution_rate"`
	SupportAmountTarget        string  `json:"support_amount_target"`
	SupportFee                 string  `json:"support_fee"`
	SupportFeeCalcTarget       string  `json:"support_fee_calc_target"`
	SupportFix                 float64 `json:"support_fix"`
	SupportRate                float64 `json:"support_rate"`
	TaxRate                    float64 `json:"tax_rate"`
}

// FreeFormatItem is a line added by hand to the invoices of a billing group.
type FreeFormatItem struct {
	Enabled  bool    `json:"enabled"`
	Label    string  `json:"label"`
	UnitCost float64 `json:"unit_cost"`
	Quantity float64 `json:"quantity"`
	Total    float64 `json:"total"`
}

// WithInvoices returns a copy of g in which vendor has these settings.
func (g BillingGroup) WithInvoices(vendor string, settings InvoiceSettings) BillingGroup {
	g.Invoices = with(g.Invoices, vendor, settings)
	return g
}

// WithFreeFormat returns a copy of g in which vendor has these items and no
// others.
func (g BillingGroup) WithFreeFormat(vendor string, items []FreeFormatItem) BillingGroup {
	g.FreeFormat = with(g.FreeFormat, vendor, append([]FreeFormatItem{}, items...))
	return g
}

// WithoutFreeFormat returns a copy of g in which vendor has no items.
func (g BillingGroup) WithoutFreeFormat(vendor string) BillingGroup {
	g.FreeFormat = maps.Clone(g.FreeFormat)
	delete(g.FreeFormat, vendor)
	return g
}

// with returns a copy of m in which k has the value v.
func with[V any](m map[string]V, k string, v V) map[string]V {
	changed := make(map[string]V, len(m)+1)
	maps.Copy(changed, m)
	changed[k] = v
	return changed
}

var billingGroups = table[BillingGroup]{
	name:     "billing_groups",
	id:       func(g *BillingGroup) key { return key{g.Sequence} },
	numbered: true,
	by: map[string]func(*BillingGroup) key{
		"company_id":      func(g *BillingGroup) key { return key{g.CompanyID} },
		"billinggroup_id": func(g *BillingGroup) key { return key{g.BillingGroupID} },
	},
}

// BillingGroups goes through all billing groups by insertion.
func (tx *Tx) BillingGroups() iter.Seq[*BillingGroup] {
	return billingGroups.all(tx)
}

// BillingGroup returns the billing group of an internal id.
func (tx *Tx) BillingGroup(companyID string) *BillingGroup {
	return billingGroups.first(tx, "company_id", companyID)
}

// BillingGroupsByBillingGroupID returns the billing groups that carry an id of
// the partner's choice.
func (tx *Tx) BillingGroupsByBillingGroupID(id string) []*BillingGroup {
	return billingGroups.list(tx, "billinggroup_id", id)
}

// InsertBillingGroup adds a billing group under the next Sequence and returns
// it. The group takes over the maps it was given.
func (tx *Tx) InsertBillingGroup(group BillingGroup) *BillingGroup {
	group.Sequence = billingGroups.next(tx)
	return billingGroups.insert(tx, group)
}

// UpdateBillingGroup replaces the billing group of the same Sequence and
// returns it.
func (tx *Tx) UpdateBillingGroup(group BillingGroup) *BillingGroup {
	return billingGroups.update(tx, group)
}

// DeleteBillingGroup removes a billing group, and nothing that belongs to it.
func (tx *Tx) DeleteBillingGroup(group *BillingGroup) {
	billingGroups.remove(tx, group)
}
