package stranger

import (
	"crypto/rand"
	"fmt"
	"math"
	mrand "math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// newName makes a random-looking id.
func (s *Server) newName(prefix string) string {
	t := rand.Text() + strings.ToLower(rand.Text())
	if s.on("names-with-odd-characters") {
		return prefix + t[:6] + "-_." + t[26:32]
	}
	if s.on("names-of-digits") {
		return fmt.Sprintf("%018d", mrand.Int64N(1e18))
	}
	return prefix + t[:7] + t[30:37]
}

func (s *Server) newUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// stamp writes a time as the reseller list does.
func (s *Server) stamp(t time.Time) string {
	zone := time.FixedZone("", 9*3600)
	switch {
	case s.on("stamps-with-fraction"):
		return t.In(zone).Format("2006-01-02T15:04:05.000000-07:00")
	case s.on("stamps-in-utc"):
		return t.UTC().Format(time.RFC3339)
	case s.on("stamps-zero-offset"):
		return t.UTC().Format("2006-01-02T15:04:05+00:00")
	}
	return t.In(zone).Format(time.RFC3339)
}

// nextID makes the id of an assignment.
func (s *Server) nextID() int64 {
	switch {
	case s.on("ids-random"):
		for {
			if id := 1 + mrand.Int64N(1<<50); !s.usedIDs[id] {
				s.usedIDs[id] = true
				return id
			}
		}
	case s.on("ids-descending"), s.on("ids-largest"):
		s.lastID--
	case s.on("ids-far-apart"):
		s.lastID += 1000003
	default:
		s.lastID++
	}
	return s.lastID
}

// fill makes the world that a server starts with.
func (s *Server) fill() {
	switch {
	case s.on("ids-around-2-53-there"):
		s.lastID = 1<<53 - 20
	case s.on("ids-around-2-53-new"):
		s.lastID = 1<<53 - 45
	case s.on("ids-beyond-2-53"):
		s.lastID = 1 << 60
	case s.on("ids-largest"):
		s.lastID = math.MinInt64 // one less is the largest
	case s.on("ids-descending"):
		s.lastID = 5000000
	}
	for _, name := range []string{"acme", "other"} {
		s.tenants[name] = &tenant{name, map[string]*table{}}
		s.keys[name+"-key"] = name
		s.addClient(name, name+"-secret", name, allRoles...)
	}
	s.clients["acme"].users["acme-user"] = "acme-password"
	for _, role := range allRoles {
		s.addClient("only-"+role, "only-secret", "acme", role)
	}
	s.addClient("only-Admin", "only-secret", "acme", "Admin") // which no page lists, and so opens nothing
	s.addClient("none", "none-secret", "acme")
	s.addClient("readonly", "readonly-secret", "acme", "ReadAccount", "ReadReseller", "ReadBillingGroup", "ReadSettings")
	s.fillAcme(s.tenants["acme"])
	s.fillOther(s.tenants["other"])
}

func (t *tenant) addGroup(id, bgid, name string, n int) {
	set := func(rate, fix float64, fee string) obj {
		o := settingDefaults()
		o["discount_rate"], o["support_fix"], o["substitution_fee"], o["tax_rate"] = rate, fix, fee, 0.1
		return o
	}
	f := float64(n)
	t.tab("group").put(id, obj{"company_id": id, "billinggroup_id": bgid, "billinggroup_name": bgid + " 請求", "company_name": name,
		"phone": fmt.Sprintf("03-1234-567%d", n), "postal": fmt.Sprintf("0%d0-0001", n), "address": fmt.Sprintf("東京都港区 %d-1", n),
		"billing_title": "御請求書 " + bgid, "personal": fmt.Sprintf("担当 %d", n), "remarks": "since 2025 & <before>",
		"inv_aggregate": n%2 == 1, "language": map[bool]string{true: "ja", false: "en"}[n < 3], "project_id": "project-1",
		"invoice_template_id": "tmpl-2", "invoices": obj{"aws": set(f/100, 100*f, "percent"), "azure": set(f/50, 200*f, "fix")}})
	t.tab("free_format").put(id+"/aws", obj{"additional_items": []any{obj{"enabled": true, "label": "基本料 " + bgid, "unit_cost": 10.5, "quantity": f, "total": 10.5 * f}}})
	t.tab("free_format").put(id+"/azure", obj{"additional_items": []any{obj{"enabled": false, "label": "azure", "unit_cost": 1.0, "quantity": f, "total": f}}})
}

func (t *tenant) addAccount(vendor, id, payer, company, name string, note any) {
	t.tab("account").put(id, obj{"vendor": vendor, "customer_id": id, "account_id": payer, "company_id": company, "name": name, "note": note})
}

func (s *Server) addReseller(t *tenant, email, company string, n int) {
	id := s.newName("u")
	at := time.Date(2020, 1, n, 10, 0, 0, 0, time.FixedZone("", 9*3600))
	meta := with(metaDefaults, "open_api", n%2 == 0, "usage_tag_graph", n%3 == 0, "report_filters", n%2 == 1)
	t.tab("reseller").put(id, obj{"user_id": id, "email": email, "company_id": company, "meta": meta, "update_time": nil,
		"password_update_time": nil, "wave_registered": s.stamp(at), "input_type": "Auto", "notification": true})
}

func (t *tenant) addPayer(vendor, id, name string) {
	t.tab("payer").put(vendor+"/"+id, obj{"vendor": vendor, "id": id, "name": name})
}

func (t *tenant) addInvoice(vendor, id, payer string) {
	t.tab("invoice").put(vendor+"/"+id, obj{"vendor": vendor, "invoice_id": id, "account_id": payer})
}

func (t *tenant) addRate(kind, key string, rate float64) {
	t.tab(kind).put(key, obj{"exchange_rate": rate})
}

func (t *tenant) addFamily(head string, first, n int) {
	t.tab("aws_account").put(head, obj{"owner_id": head, "head": nil, "is_head": true})
	for i := range n {
		id := fmt.Sprintf("%012d", first+i)
		t.tab("aws_account").put(id, obj{"owner_id": id, "head": head, "is_head": false})
	}
}

func (t *tenant) addCustomer(id int64, billing bool) {
	t.tab("customer").put(strconv.FormatInt(id, 10), obj{"id": id, "partner_billing_configuration": obj{"enabled": billing}})
}

func (s *Server) addAssignment(t *tenant, owner int, customer int64, payer int) {
	id := s.nextID()
	t.tab("assignment").put(strconv.FormatInt(id, 10), obj{"id": id, "owner_id": fmt.Sprintf("%012d", owner),
		"customer_id": customer, "payer_account_owner_id": fmt.Sprintf("%012d", payer)})
}

func (s *Server) fillAcme(t *tenant) {
	for i, n := range []string{"One", "Two", "Tri", "For"} {
		t.addGroup("AcmeGroup"+n, fmt.Sprintf("Group%d", i+1), "Acme "+n+" 株式会社", i+1)
	}
	for _, p := range [][3]string{{"aws", "919999618919", "Payer Account 0"}, {"aws", "128347567789", "Payer Account"}, {"aws", "111345678911", "Payer Account2"},
		{"aws", "987655467321", "支払い & Co."}, {"azure", "7654321", "Azure Payer"}, {"azure", "7654322", "Azure Payer 2"}} {
		t.addPayer(p[0], p[1], p[2])
	}
	t.addInvoice("aws", "738676530", "128347567789")
	t.addInvoice("aws", "123656789", "987655467321")
	t.addInvoice("azure", "765432101", "7654321")
	for i, m := range []string{"2026-01", "2026-02", "2026-06", "2026-12"} {
		f := float64(i)
		t.addRate("payer_rate", "aws/128347567789/"+m, 109.154+f)
		t.addRate("payer_rate", "aws/111345678911/"+m, 108.02+f)
		t.addRate("invoice_rate", "aws/738676530/"+m, 107.302+f)
		t.addRate("group_rate", "aws/AcmeGroupOne/"+m, 105.076+f)
		t.addRate("month_rate", m, 110+f)
	}
	t.addRate("payer_rate", "azure/7654321/2026-01", 111.5)
	t.addRate("payer_rate", "aws/987655467321/2026-02", 104.25)
	t.addRate("invoice_rate", "azure/765432101/2026-01", 99.5)
	t.addRate("invoice_rate", "aws/123656789/2026-03", 101.07)
	for _, n := range []string{"abcdefg", "tmpl-2"} {
		t.tab("template").put(n, obj{"id": n})
	}
	t.tab("project").put("project-1", obj{"id": "project-1"})
	t.addAccount("aws", "919999618919", "919999618919", "AcmeGroupOne", "payer itself", "支払い")
	t.addAccount("aws", "001234567890", "919999618919", "AcmeGroupOne", "leading zero", nil)
	for i := range 9 {
		g := []string{"AcmeGroupOne", "AcmeGroupTwo", "AcmeGroupTri"}[i%3]
		t.addAccount("aws", fmt.Sprintf("5000000000%02d", i), []string{"919999618919", "128347567789"}[i%2], g, fmt.Sprintf("customer %d 様", i%4), []any{nil, "note"}[i%2])
	}
	t.addAccount("azure", "0a1b2c3d-4e5f-4789-8abc-def012345678", "7654321", "AcmeGroupOne", "Azure customer", "subscription")
	t.addAccount("azure", "0A1B2C3D-4E5F-4789-8abc-def012349999", "7654321", "AcmeGroupFor", "Azure two", nil)
	for i, g := range []string{"One", "One", "Two", "Tri", "One"} {
		s.addReseller(t, fmt.Sprintf("reseller%d@acme.example.com", i+1), "AcmeGroup"+g, i+1)
	}
	for id := range int64(5) {
		t.addCustomer(id+1, id+1 != 3)
	}
	t.addFamily("000000000100", 1, 12)
	t.addFamily("000000000200", 201, 4)
	t.addFamily("000000000400", 401, 40)
	t.tab("aws_account").put("000000000301", obj{"owner_id": "000000000301", "head": nil, "is_head": false})
	for i := range 19 {
		s.addAssignment(t, 401+i, 4, 401+i)
	}
	for i := range 19 {
		s.addAssignment(t, 420+i, 5, 420)
	}
}

func (s *Server) fillOther(t *tenant) {
	t.addGroup("OtherGroupOne", "OGroup1", "Other One", 5)
	t.addGroup("OtherGroupTwo", "OGroup2", "Other Two", 6)
	t.addPayer("aws", "222222222222", "Other Payer")
	t.addPayer("azure", "2222222", "Other Azure")
	t.addInvoice("aws", "222000111", "222222222222")
	t.addInvoice("azure", "222000222", "2222222")
	t.addRate("payer_rate", "aws/222222222222/2026-01", 120.5)
	t.addRate("invoice_rate", "aws/222000111/2026-01", 121.5)
	t.addRate("group_rate", "aws/OtherGroupOne/2026-01", 122.5)
	t.addRate("month_rate", "2026-01", 123.5)
	t.tab("template").put("abcdefg", obj{"id": "abcdefg"})
	t.tab("project").put("project-o", obj{"id": "project-o"})
	t.addAccount("aws", "222222222222", "222222222222", "OtherGroupOne", "Other payer", nil)
	t.addAccount("aws", "222222222201", "222222222222", "OtherGroupOne", "Other customer", "other note")
	t.addAccount("azure", "ffffffff-0000-4000-8000-000000000001", "2222222", "OtherGroupTwo", "Other azure", nil)
	s.addReseller(t, "one@other.example.com", "OtherGroupOne", 6)
	s.addReseller(t, "two@other.example.com", "OtherGroupTwo", 7)
	t.addCustomer(77, true)
	t.addCustomer(78, true)
	t.addFamily("000000000900", 901, 8)
	t.addFamily("999999999990", 999999999999, 1)
	for i := range 3 {
		s.addAssignment(t, 901+i, 77, 901+i)
	}
	s.addAssignment(t, 905, 78, 905)
	s.addAssignment(t, 906, 78, 905)
}
