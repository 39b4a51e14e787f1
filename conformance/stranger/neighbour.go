package stranger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// startNeighbours starts the other clients of acme, where a variant has them:
// a few writes a second, and only to rows of their own.
func (s *Server) startNeighbours() {
	busy := slices.ContainsFunc(s.variants, func(v Variant) bool { return strings.HasPrefix(v.Name, "busy-") })
	if !busy {
		return
	}
	s.running.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-s.stop:
				return
			case <-time.After(130 * time.Millisecond):
			}
			s.mu.Lock()
			s.neighbour(n)
			s.remember()
			s.mu.Unlock()
		}
	})
}

// neighbour does one write: rows come, change and go in turn.
func (s *Server) neighbour(n int) {
	t, slot := s.tenants["acme"], n/3%5
	step := func(tab *table, key string, fresh func() obj, change ...any) {
		switch row := tab.rows[key]; {
		case row == nil:
			tab.put(key, fresh())
		case n%3 == 1:
			tab.put(key, with(row, change...))
		case n%3 == 2:
			tab.drop(key)
		}
	}
	if s.on("busy-accounts") {
		id := fmt.Sprintf("88880000000%d", slot)
		step(t.tab("account"), id, func() obj {
			return obj{"vendor": "aws", "customer_id": id, "account_id": "919999618919", "company_id": "AcmeGroupFor", "name": "busy one", "note": nil}
		}, "name", fmt.Sprintf("busy %d", n))
	}
	if s.on("busy-groups") {
		id := fmt.Sprintf("BusyGroup%d", slot)
		step(t.tab("group"), id, func() obj {
			return with(t.tab("group").rows["AcmeGroupFor"], "company_id", id, "billinggroup_id", id, "billinggroup_name", id)
		}, "remarks", fmt.Sprintf("busy %d", n))
	}
	if s.on("busy-resellers") {
		id := fmt.Sprintf("ubusy%d", slot)
		step(t.tab("reseller"), id, func() obj {
			return obj{"user_id": id, "email": id + "@busy.example.com", "company_id": "AcmeGroupFor", "meta": metaDefaults,
				"update_time": nil, "password_update_time": nil, "wave_registered": s.stamp(time.Now())}
		}, "meta", with(metaDefaults, "open_api", true))
	}
	if s.on("busy-assignments") {
		t.addCustomer(66, true)
		key := "busy " + strconv.Itoa(slot)
		id, _ := s.scratch[key].(int64)
		if id == 0 || t.tab("assignment").rows[strconv.FormatInt(id, 10)] == nil {
			id = s.nextID()
			s.scratch[key] = id
		}
		step(t.tab("assignment"), strconv.FormatInt(id, 10), func() obj {
			owner := fmt.Sprintf("%012d", 661+slot)
			return obj{"id": id, "owner_id": owner, "customer_id": int64(66), "payer_account_owner_id": owner}
		})
	}
	if s.on("busy-rates") {
		step(t.tab("payer_rate"), "aws/919999618919/2031-05", func() obj { return obj{"exchange_rate": 100.5} }, "exchange_rate", 100+float64(n%10))
		step(t.tab("invoice_rate"), "aws/123656789/2031-05", func() obj { return obj{"exchange_rate": 100.5} }, "exchange_rate", 100+float64(n%10))
	}
}

// Neighbours reports whether a row, by its key in Rows, can be of the other clients that a
// variant has.
func Neighbours(key, row string) bool {
	for _, own := range []string{"/account/88880000000", "/group/BusyGroup", "/reseller/ubusy", "/customer/66"} {
		if strings.Contains(key, own) {
			return true
		}
	}
	return strings.HasSuffix(key, "_rate/aws/919999618919/2031-05") || strings.HasSuffix(key, "_rate/aws/123656789/2031-05") ||
		strings.Contains(key, "/assignment/") && strings.Contains(row, `"customer_id":66,`)
}
