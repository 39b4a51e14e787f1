package ripple

import (
	"encoding/json"
	"maps"

	gen "github.com/twinbill/twinbill/gen/ripple"
)

// defaultMeta is what a reseller may see and do unless a create says otherwise, by
// each key of the vendor's list (reseller#meta).
var defaultMeta = map[string]bool{
	"dashboard_graph":       true,
	"usage_account":         true,
	"usage_account_graph":   true,
	"usage_report_download": true,
	"usage_group":           true,
	"usage_group_graph":     true,
	"usage_tag":             true,
	"usage_tag_graph":       true,
	"usage_crosstag":        true,
	"usage_crosstag_graph":  true,
	"ri_purchased":          true,

	"aq_coverage_ratio":                  false,
	"aq_ri_management":                   false,
	"aq_ri_sp_instances":                 false,
	"aq_right_sizing":                    false,
	"aq_scheduling":                      false,
	"aq_sp_management":                   false,
	"usage_account_menu_account_edit":    false,
	"usage_account_menu_budget":          false,
	"usage_account_menu_budget_edit":     false,
	"usage_account_menu_fees_fee":        false,
	"usage_account_menu_fees_credit":     false,
	"usage_account_menu_fees_refund":     false,
	"usage_account_menu_fees_other_fees": false,
	"ri_utilization":                     false,
	"ri_recommendation":                  false,
	"sp_purchased":                       false,
	"invoice":                            false,
	"invoice_download_csv_discount":      false,
	"invoice_download_csv_merged":        false,
	"open_api":                           false,
	"users_management":                   false,
	"report_filters":                     false,
	"budgetalerts":                       false,
}

// switches are the keys of the vendor's list that a request sent; any other key is
// left out (dialect point ripple.reseller.meta-keys).
func switches(sent *gen.ResellerMetaChange) (map[string]bool, error) {
	meta := map[string]bool{}
	if sent == nil {
		return meta, nil
	}
	data, err := json.Marshal(sent)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return nil, err
	}
	maps.DeleteFunc(meta, func(key string, _ bool) bool {
		_, listed := defaultMeta[key]
		return !listed
	})
	return meta, nil
}
