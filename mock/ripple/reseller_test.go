package ripple_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
)

const (
	email = "alphaus-cloud@alphaus.cloud"
	other = "reseller@waveresellersample.cloud"
)

// reseller shows the reseller of an email address.
func (c client) reseller(email string) object {
	c.t.Helper()
	return only(c.t, c.get("/reseller").is(200).list(), "email", email)
}

// issue issues the page's reseller and returns its user_id.
func (c client) issue() string {
	c.t.Helper()
	c.post("/reseller", c.example("createReseller", "page")).is(200)
	return c.reseller(email)["user_id"].(string)
}

func TestReseller(t *testing.T) {
	t.Parallel()
	run(t, []testCase{
		{"create", nil, func(t *testing.T, c client) {
			id := c.issue()
			if id == "" || newClient(t).issue() != id {
				t.Errorf("the user_id %q is not repeated", id)
			}
			has(t, c.reseller(email),
				"company_id", "company1", "billinggroup_id", "fixture-group-3", "billinggroup_name", "Fixture group 3",
				"update_time", nil, "password_update_time", nil)
			c.post("/reseller", c.example("createReseller", "custom")).is(200)
			if c.reseller(other)["user_id"] == id {
				t.Errorf("two resellers share the user_id %q", id)
			}
			if body := string(c.get("/reseller").body); strings.Contains(body, "Wave-2020-pass") {
				t.Errorf("the list holds a password: %s", body)
			}
		}},
		{"meta over its defaults", nil, func(t *testing.T, c client) {
			c.post("/reseller", with(c.example("createReseller", "page"), "meta", object{"open_api": true, "ri_purchased": false, "aqua_link": true, "surprise": 1})).is(200)
			meta := c.reseller(email)["meta"].(object)
			if len(meta) != 34 {
				t.Errorf("meta has %d keys, want 34", len(meta))
			}
			has(t, meta, "open_api", true, "ri_purchased", false, "dashboard_graph", true, "budgetalerts", false)
			on := 0
			for _, value := range meta {
				if value == true {
					on++
				}
			}
			if on != 11 {
				t.Errorf("%d keys are on, want 11", on)
			}
		}},
		{"a create needs meta", under("ripple.reseller.meta-required=required"), func(_ *testing.T, c client) {
			c.post("/reseller", c.example("createReseller", "page")).is(200)
			c.post("/reseller", without(c.example("createReseller", "custom"), "meta")).is(400)
		}},
		{"rules", nil, func(t *testing.T, c client) {
			c.issue()
			page := with(c.example("createReseller", "page"), "email", other)
			custom := with(c.example("createReseller", "custom"), "email", other)
			for _, tc := range []struct {
				name, clause string
				body         object
			}{
				{"empty email", "ripple.string.empty", with(page, "email", "")},
				{"email without a domain", "ripple.reseller.email", with(page, "email", "nobody")},
				{"email with a name", "ripple.reseller.email", with(page, "email", "Nobody <nobody@example.com>")},
				{"email twice", "ripple.reseller.email", with(page, "email", email)},
				{"unknown company_id", "ripple.reseller.company-id", with(page, "company_id", "nobody")},
				{"Custom and null", "ripple.reseller.password", with(custom, "password", nil)},
				{"Custom and none", "ripple.reseller.password", without(custom, "password")},
				{"Custom and seven characters", "ripple.reseller.password", with(custom, "password", "1234567")},
				{"Custom and nineteen characters", "ripple.reseller.password", with(custom, "password", strings.Repeat("x", 19))},
				{"unknown input_type", "ripple.reseller.create.input-type.enum", with(page, "input_type", "auto")},
				{"a switch that is text", "ripple.reseller.create.meta.open-api.type", with(page, "meta", object{"open_api": "true"})},
				{"a short password and no company", "ripple.reseller.create.company-id.required", without(with(page, "password", "x"), "company_id")},
			} {
				t.Run(tc.name, func(t *testing.T) {
					c.t = t
					c.post("/reseller", tc.body).refused(400, tc.clause)
				})
			}
			if list := c.get("/reseller").list(); len(list) != 1 {
				t.Errorf("a refused create left a reseller: %v", list)
			}
			c.post("/reseller", with(page, "password", "x")).is(200)
		}},
		{"email is not checked", under("ripple.reseller.email=unchecked"), func(t *testing.T, c client) {
			c.issue()
			c.post("/reseller", c.example("createReseller", "page")).is(200)
			c.post("/reseller", with(c.example("createReseller", "page"), "email", "nobody")).is(200)
			c.post("/reseller", with(c.example("createReseller", "page"), "email", "")).refused(400, "ripple.string.empty")
			if list := c.get("/reseller").list(); len(list) != 3 || list[0]["user_id"] == list[1]["user_id"] {
				t.Errorf("got %v", list)
			}
		}},
		{"delete", nil, func(t *testing.T, c client) {
			id := c.issue()
			c.delete("/reseller/" + id).is(200)
			c.delete("/reseller/"+id).refused(400, "ripple.error.not-found").
				says("5007", "reseller function exception", `There is no reseller with the user_id "`+id+`".`)
			if again := c.issue(); again == id {
				t.Errorf("the user_id %q is given out twice", id)
			}
		}},
		{"an unknown reseller is 404", under("ripple.error.not-found=404"), func(_ *testing.T, c client) {
			c.delete("/reseller/nobody").refused(404, "ripple.error.not-found")
			c.put("/reseller/nobody/meta", c.example("updateResellerMeta", "page")).refused(404, "ripple.error.not-found")
			c.put("/reseller/nobody/password", c.example("updateResellerPassword", "page")).refused(404, "ripple.error.not-found")
			c.post("/reseller", with(c.example("createReseller", "page"), "company_id", "nobody")).refused(400, "ripple.reseller.company-id")
		}},
		{"password", nil, func(_ *testing.T, c client) {
			id := c.issue()
			path := "/reseller/" + id + "/password"
			c.put(path, c.example("updateResellerPassword", "page")).is(200)
			c.put(path, c.example("updateResellerPassword", "custom")).is(200)
			c.put(path, object{"input_type": "Custom", "notification": false}).refused(400, "ripple.reseller.password")
			c.put(path, object{"input_type": "Custom", "notification": false, "password": "short"}).refused(400, "ripple.reseller.password")
			c.put(path, object{"input_type": "Auto", "notification": false, "password": "short"}).is(200)
		}},
		{"meta is merged", nil, metaUpdate(34, false)},
		{"meta is replaced", under("ripple.reseller.meta-partial=replaced"), metaUpdate(1, nil)},
		{"listed by GET and by POST", nil, listMethods(200, 200)},
		{"listed by GET", under("ripple.reseller.list.method=get"), listMethods(200, 400)},
		{"listed by POST", under("ripple.reseller.list.method=post"), listMethods(405, 200)},
	})
}

// metaUpdate sends one key, and wants so many in the list, among them open_api.
func metaUpdate(keys int, openAPI any) func(*testing.T, client) {
	return func(t *testing.T, c client) {
		before := c.issue()
		c.put("/reseller/"+before+"/meta", object{"meta": object{"invoice": true}}).is(200)
		meta := c.reseller(email)["meta"].(object)
		has(t, meta, "invoice", true)
		if len(meta) != keys || meta["open_api"] != openAPI {
			t.Errorf("got %d keys with open_api %v, want %d with %v", len(meta), meta["open_api"], keys, openAPI)
		}
	}
}

// listMethods lists by GET and by POST without a body.
func listMethods(get, post int) func(*testing.T, client) {
	return func(_ *testing.T, c client) {
		c.post("/reseller", c.example("createReseller", "page")).is(200)
		for method, want := range map[string]int{"GET": get, "POST": post} {
			a := c.send(method, "/reseller", nil).is(want)
			switch want {
			case 200:
				only(c.t, a.list(), "email", email)
			case 405:
				a.refused(405, "ripple.route.unknown")
			}
		}
		c.post("/reseller", object{}).is(400)
	}
}

func TestResellerTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2020, 1, 1, 1, 0, 0, 123, time.UTC)
	c := startClient(t, nil, mock.WithClock(func() time.Time { return now }))
	id := c.issue()
	has(t, c.reseller(email), "wave_registered", "2020-01-01T10:00:00+09:00", "update_time", nil, "password_update_time", nil)

	now = now.Add(time.Hour)
	c.put("/reseller/"+id+"/meta", c.example("updateResellerMeta", "page")).is(200)
	has(t, c.reseller(email), "update_time", "2020-01-01T11:00:00+09:00", "password_update_time", nil)

	now = now.Add(time.Hour)
	c.put("/reseller/"+id+"/password", c.example("updateResellerPassword", "page")).is(200)
	has(t, c.reseller(email),
		"wave_registered", "2020-01-01T10:00:00+09:00", "update_time", "2020-01-01T11:00:00+09:00", "password_update_time", "2020-01-01T12:00:00+09:00")
	want := maps.Clone(c.example("updateResellerMeta", "page")["meta"].(object))
	want["budgetalerts"] = false
	if meta := c.reseller(email)["meta"].(object); !maps.Equal(meta, want) {
		t.Errorf("meta is %v, want %v", meta, want)
	}
}
