package stranger

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// moment is the store as it was at a time, for lists that lag behind.
type moment struct {
	at     time.Time
	tables map[string]map[string]*table
}

// behind is how far lists lag.
func (s *Server) behind() time.Duration {
	switch {
	case s.on("lists-lag-300ms"):
		return 300 * time.Millisecond
	case s.on("lists-lag-700ms"):
		return 700 * time.Millisecond
	case s.on("lists-lag-varies"):
		return 600 * time.Millisecond
	case s.on("lists-lag-1500ms"):
		return 1500 * time.Millisecond
	}
	return 0
}

// remember keeps the store as it is now.
func (s *Server) remember() {
	if s.behind() == 0 {
		return
	}
	m := moment{time.Now(), map[string]map[string]*table{}}
	for name, t := range s.tenants {
		m.tables[name] = map[string]*table{}
		for kind, tab := range t.tables {
			m.tables[name][kind] = tab.copy()
		}
	}
	s.history = append(s.history, m)
	for len(s.history) > 1 && time.Since(s.history[1].at) > s.behind() {
		s.history = s.history[1:]
	}
}

// seen is a table as a list sees it now.
func (s *Server) seen(t *tenant, kind string) *table {
	if behind := s.behind(); behind > 0 {
		if s.on("lists-lag-varies") {
			behind = rand.N(behind)
		}
		for i := len(s.history) - 1; i >= 0; i-- {
			if i == 0 || time.Since(s.history[i].at) >= behind {
				if old := s.history[i].tables[t.name][kind]; old != nil {
					return old
				}
				return &table{rows: map[string]obj{}}
			}
		}
	}
	return t.tab(kind)
}

// identity is a text that tells the rows of a list apart.
func identity(row obj) string {
	for _, n := range []string{"customer_id", "user_id", "invoice_id", "id", "company_id"} {
		if t, is := row[n].(string); is {
			return t
		}
	}
	if id, is := row["id"].(int64); is {
		return strconv.FormatInt(id, 10)
	}
	return ""
}

// ordered brings the rows of a list into the order that the server shows.
func (s *Server) ordered(rows []obj) []obj {
	hash := func(row obj) uint32 {
		f := fnv.New32a()
		_, _ = f.Write([]byte(identity(row)))
		return f.Sum32()
	}
	switch {
	case s.on("lists-newest-first"):
		slices.Reverse(rows)
	case s.on("lists-by-id-text"):
		slices.SortStableFunc(rows, func(a, b obj) int { return strings.Compare(identity(a), identity(b)) })
	case s.on("lists-scrambled"):
		slices.SortStableFunc(rows, func(a, b obj) int { return int(hash(a)>>1) - int(hash(b)>>1) })
	}
	return rows
}
