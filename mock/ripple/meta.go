package ripple

import (
	"encoding/json"
	"maps"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/openapi"
)

// metaDefaults is what a reseller may see and do unless a create says otherwise: the
// keys of the contract that have a default (reseller#meta).
func metaDefaults(contract *openapi.Contract) map[string]bool {
	meta := map[string]bool{}
	for name, property := range contract.Operation("updateResellerMeta").BodySchema().Properties["meta"].Value.Properties {
		if on, ok := property.Value.Default.(bool); ok {
			meta[name] = on
		}
	}
	return meta
}

// switches are the keys of the vendor's list that a request sent; any other key is
// left out (dialect point ripple.reseller.meta-keys).
func (t *Twin) switches(sent *gen.ResellerMetaChange) (map[string]bool, error) {
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
		_, listed := t.meta[key]
		return !listed
	})
	return meta, nil
}
