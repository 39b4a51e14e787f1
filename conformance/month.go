package conformance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// monthsAround lists the months that a run uses where the deployment names none: this
// one, the seven before, which a deployment that refuses the future takes, and the two
// after.
func monthsAround(now time.Time) []string {
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	var out []string
	for _, n := range []int{0, -1, -2, 1, 2, -3, -4, -5, -6, -7} {
		out = append(out, first.AddDate(0, n, 0).Format("2006-01"))
	}
	return out
}

// chosenMonths are the months that the deployment accepts: those that the configuration
// names, or those around the start of the run.
func (c Config) chosenMonths(now time.Time) []string {
	if given, ok := c.Inputs[target.Months].([]string); ok && len(given) > 0 {
		return given
	}
	return monthsAround(now)
}

// month is the value of an input that names a month.
func (s *supply) month(ctx context.Context, contract *openapi.Contract, name string) (string, error) {
	switch name {
	case scenarios.Month:
		return s.accepted(ctx, contract, 0)
	case scenarios.OtherMonth:
		return s.accepted(ctx, contract, 1)
	case scenarios.YearBefore:
		month, err := s.accepted(ctx, contract, 0)
		if err != nil {
			return "", err
		}
		before := monthAway(month, -12)
		if refused, err := s.refuses(ctx, contract, before); refused || err != nil {
			return "", cmp.Or[error](err, notSupplied("a month whose rates can be read a year later too"))
		}
		return before, nil
	case scenarios.December:
		month := s.december()
		if refused, err := s.refuses(ctx, contract, month); refused || err != nil {
			return "", cmp.Or[error](err, notSupplied("a December that is accepted (name one under months)"))
		}
		return month, nil
	case scenarios.PastDecember:
		return s.pastDecember(ctx, contract)
	case scenarios.UnsetAfter:
		return s.unsetMonth(ctx, contract, -1)
	case scenarios.MonthBefore:
		unset, err := s.unsetMonth(ctx, contract, -1)
		return monthAway(unset, -1), err
	case scenarios.UnsetBefore:
		return s.unsetMonth(ctx, contract, 1)
	case scenarios.MonthAfter:
		unset, err := s.unsetMonth(ctx, contract, 1)
		return monthAway(unset, 1), err
	}
	return s.unsetMonth(ctx, contract, 0)
}

// accepted is one of the months that the deployment takes, so many after the first.
func (s *supply) accepted(ctx context.Context, contract *openapi.Contract, n int) (string, error) {
	for _, month := range s.months {
		refused, err := s.refuses(ctx, contract, month)
		switch {
		case err != nil:
			return "", err
		case refused:
		case n == 0:
			return month, nil
		default:
			n--
		}
	}
	return "", unavailable{fmt.Sprintf("needs more months that the target takes than it does of %s (name others under months)", strings.Join(s.months, ", "))}
}

// refuses reports whether the deployment takes a month for no kind of rate, by reads alone.
func (s *supply) refuses(ctx context.Context, contract *openapi.Contract, month string) (bool, error) {
	if s.madeUp || s.rehearsal {
		return false, nil
	}
	if known, ok := s.refused.Load(month); ok {
		return known.(bool), nil
	}
	token, err := s.token(ctx, "", "ripple_token")
	if err != nil {
		return false, err
	}
	_, read := s.listed(ctx, contract, token, "listPayerExchangeRates", map[string]string{"month": month})
	if !read {
		_, read = s.listed(ctx, contract, token, "listInvoiceExchangeRates", map[string]string{"vendor": "aws", "month": month})
	}
	s.refused.Store(month, !read)
	return !read, nil
}

// closedMonth is the month, other than the present one, for which a request was refused;
// empty where it was not, or where the deployment says that its rates may be set.
func (s *supply) closedMonth(e *target.Exchange) string {
	if s.madeUp || s.given[target.Months] != nil || e == nil || e.Status/100 != 4 {
		return ""
	}
	month := e.Request.Path["month"]
	if month == s.months[0] || !slices.Contains(s.months, month) {
		return ""
	}
	return month
}

// december is the first December among the months that has begun: a deployment may refuse
// a later one. It is empty if there is none. For a made-up client any December will do.
func (s *supply) december() string {
	now := time.Now().UTC().Format("2006-01")
	for _, month := range s.months {
		if strings.HasSuffix(month, "-12") && month <= now {
			return month
		}
	}
	if s.madeUp || s.rehearsal {
		return s.months[0][:4] + "-12"
	}
	return ""
}

// pastDecember is a December to read: one of those that may be set, and else the last that
// has begun, where the month before it can be read.
func (s *supply) pastDecember(ctx context.Context, contract *openapi.Contract) (string, error) {
	if month := s.december(); month != "" {
		return month, nil
	}
	token, err := s.token(ctx, "", "ripple_token")
	if err != nil {
		return "", err
	}
	now := time.Now().UTC()
	month := now.AddDate(0, -int(now.Month())%12, 1-now.Day()).Format("2006-01")
	if _, read := s.listed(ctx, contract, token, "listPayerExchangeRates", map[string]string{"month": monthAway(month, -1)}); !read {
		return "", notSupplied("a December that can be read (name one under months)")
	}
	return month, nil
}

// monthAway is the month some months after another.
func monthAway(month string, months int) string {
	first, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return first.AddDate(0, months, 0).Format("2006-01")
}

// unsetMonth is a month in which nothing that is supplied has a rate, whose neighbour, so
// many months away, may be set too. Months that no other check sets rates in come first.
func (s *supply) unsetMonth(ctx context.Context, contract *openapi.Contract, away int) (string, error) {
	last := len(s.months) - 1
	if s.madeUp || s.rehearsal {
		return s.months[min(2, last)], nil
	}
	for _, at := range preferred(last, away) {
		if !slices.Contains(s.months, monthAway(s.months[at], away)) {
			continue
		}
		rated, err := s.rated(ctx, contract, s.months[at])
		if err != nil {
			return "", err
		}
		if !rated {
			return s.months[at], nil
		}
	}
	return "", unavailable{fmt.Sprintf("needs a month in which no rate is set for what is supplied, and in each of %s there is one", strings.Join(s.months, ", "))}
}

// preferred are the places of the months, up to the last, in which one without rates is
// looked for: from the end where the month before or after it is to be set, which is not to be one
// that other checks set.
func preferred(last, away int) []int {
	var out []int
	for _, i := range []int{2, 3, 4, 1, 0} {
		for at := i; at <= last; at += 5 {
			out = append(out, at)
		}
	}
	if away != 0 {
		slices.SortFunc(out, func(a, b int) int { return b - a })
	}
	return out
}

// rated reports whether something that is supplied has a rate in a month, or the month
// cannot be read.
func (s *supply) rated(ctx context.Context, contract *openapi.Contract, month string) (bool, error) {
	token, err := s.token(ctx, "", "ripple_token")
	if err != nil {
		return false, err
	}
	invoices, read := s.listed(ctx, contract, token, "listInvoiceExchangeRates", map[string]string{"vendor": "aws", "month": month})
	if !read || s.hasRate(invoices, "invoice_id", "invoice_id", "other_invoice_id") {
		return true, nil
	}
	payers, read := s.listed(ctx, contract, token, "listPayerExchangeRates", map[string]string{"month": month})
	return !read || s.hasRate(payers, "id", "payer_id", "other_payer_id"), nil
}

// listed is what a list of rates shows, and reports whether it can be read.
func (s *supply) listed(ctx context.Context, contract *openapi.Contract, token, operation string, path map[string]string) ([]any, bool) {
	e := s.target.Send(ctx, &target.Request{
		Operation: contract.Operation(operation), Path: path, Header: http.Header{"Authorization": {"Bearer " + token}},
	})
	list, listed := e.JSON().([]any)
	return list, e.Err == nil && e.Status == http.StatusOK && listed
}

// hasRate reports whether one of the inputs is listed with a rate.
func (s *supply) hasRate(list []any, field string, inputs ...string) bool {
	for _, element := range list {
		row, _ := element.(map[string]any)
		for _, input := range inputs {
			rate := row["exchange_rate"]
			if given, ok := s.given[input]; ok && rate != nil && !equal(rate, 0) && equal(row[field], given) {
				return true
			}
		}
	}
	return false
}
