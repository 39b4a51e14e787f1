package cloudhealth_test

import (
	"strings"
	"testing"
)

// guide is the sample of the vendor's guide, with a field that is null.
const guide = `{"name": "Acme Corp", "trial_expiration": "2016-09-22T00:00:00", "billing_contact": null,
	"partner_billing_configuration": {"enabled": "true", "folder": ""},
	"address": {"street1": "1 Main St", "street2": null, "city": "Springfield", "state": "MA", "zipcode": 1234, "country": "US"}}`

func TestCustomer(t *testing.T) {
	c := newClient(t)
	created := c.send("POST", "/v1/customers", guide)
	if created.status != 200 || !strings.Contains(created.body, `"enabled":true`) || !strings.Contains(created.body, `"zipcode":"1234"`) {
		t.Fatalf("create answers %d %s", created.status, created.body)
	}
	if again := c.send("POST", "/v1/customers", guide); again.status != 422 || again.header.Get("Twinbill-Clause") != "cloudhealth.customer.name.unique; level=should" {
		t.Errorf("the same name again answers %d %s", again.status, again.body)
	}
	assign := `{"owner_id": "000000000001", "customer_id": 4, "payer_account_owner_id": "000000000001"}`
	if a := c.send("POST", collection, assign); a.status != 200 {
		t.Errorf("its first account answers %d %s", a.status, a.body)
	}
	off := c.send("PUT", "/v1/customers/4", `{"name": null, "partner_billing_configuration": {"enabled": false}}`)
	if off.status != 200 || !strings.Contains(off.body, `"enabled":false`) || !strings.Contains(off.body, "Acme Corp") {
		t.Errorf("the update answers %d %s", off.status, off.body)
	}
	if a := c.send("POST", collection, strings.ReplaceAll(assign, "0001", "0002")); a.status != 422 {
		t.Errorf("an account without partner billing answers %d %s", a.status, a.body)
	}
	if a := c.send("POST", "/v1/customers", `{"name": null, "address": {}}`); a.status != 422 || !strings.Contains(a.body, "name is required") {
		t.Errorf("a create without fields answers %d %s", a.status, a.body)
	}
	if a := c.send("GET", "/v1/customers/99", ""); a.status != 404 || !strings.Contains(a.body, "no customer") {
		t.Errorf("an unknown customer answers %d %s", a.status, a.body)
	}
}

func TestAwsAccounts(t *testing.T) {
	c := newClient(t)
	list := c.send("GET", "/v1/aws_accounts?per_page=5&page_count=200", "")
	if list.header.Get("X-Total") != "13" || !strings.Contains(list.header.Get("Link"), `page=3&page_count=200&per_page=5>; rel="last"`) {
		t.Errorf("the list has X-Total %s, Link %s", list.header.Get("X-Total"), list.header.Get("Link"))
	}
	want := `{"account_type":"Linked","cluster_name":"000000000100","id":2,"name":"000000000001","owner_id":"000000000001"}`
	if a := c.send("GET", "/v1/aws_accounts/2", ""); strings.TrimSpace(a.body) != want {
		t.Errorf("the second account is %s, want %s", a.body, want)
	}
	for _, id := range []string{"0", "99", "x"} {
		if a := c.send("GET", "/v1/aws_accounts/"+id, ""); a.status != 404 || !strings.Contains(a.body, "no AWS account") {
			t.Errorf("the account %s answers %d %s", id, a.status, a.body)
		}
	}
}
