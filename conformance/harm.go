package conformance

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"github.com/twinbill/twinbill/conformance/target"
)

// The exchange rates to yen that are plausible: what bills may be made out with, should
// one stay.
const (
	leastRate = 80
	mostRate  = 250
)

// refuseHarmfulRates keeps rates that would do harm away from payers, invoices and groups,
// which were all there before the run: a target that takes one by mistake keeps it.
func (s *session) refuseHarmfulRates(request *target.Request) error {
	op := request.Operation
	sets := op.Undo != nil && (op.Undo.Restore != nil || op.Undo.None != "")
	if s.supply.madeUp || s.undoing || !sets || !changes(op, request.Method) {
		return nil
	}
	if value, harmful := harmfulRate(decodeBody(request.Body)); harmful {
		return unavailable{fmt.Sprintf("%s would set a rate of %s on what was there before the run, should the target take it", op.ID, show(value))}
	}
	return nil
}

// harmfulRate is a rate in a body that nobody bills by.
func harmfulRate(body any) (value any, harmful bool) {
	switch v := body.(type) {
	case []any:
		for _, element := range v {
			if value, harmful := harmfulRate(element); harmful {
				return value, true
			}
		}
	case map[string]any:
		for name, inner := range v {
			fields, object := inner.(map[string]any)
			rate := slices.Contains([]string{"rate", "exchange_rate"}, name)
			if rate && (!object || len(fields) == 0) && !plausible(inner) {
				return inner, true
			}
			if value, harmful := harmfulRate(inner); harmful {
				return value, true
			}
		}
	}
	return nil, false
}

func plausible(value any) bool {
	number, _ := value.(json.Number)
	rate, ok := new(big.Rat).SetString(number.String())
	return ok && rate.Cmp(big.NewRat(leastRate, 1)) >= 0 && rate.Cmp(big.NewRat(mostRate, 1)) <= 0
}
