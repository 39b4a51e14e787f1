package ripple_test

import "testing"

func TestProject(t *testing.T) {
	t.Parallel()
	run(t, []testCase{
		{"group", nil, func(t *testing.T, c client) {
			c.post("/project", c.example("createProject", "guide")).is(200)
			id := only(t, c.get("/project").is(200).list(), "project_code", "project 1")["project_id"].(string)
			group := c.example("createBillingGroup", "python-sample")
			group["project_id"] = id
			c.post("/billinggroup", group).is(200)
			shown := only(t, c.get("/billinggroup").is(200).list(), "billinggroup_id", "BG-SAMPLE-01")
			if shown["project_code"] != "project 1" || shown["project_currency"] != "jpy" {
				t.Errorf("the group shows %v", shown)
			}
			c.send("DELETE", "/project/"+id, nil).is(200)
			shown = only(t, c.get("/billinggroup").is(200).list(), "billinggroup_id", "BG-SAMPLE-01")
			if shown["project_id"] != id || shown["project_code"] != nil {
				t.Errorf("without its project the group shows %v", shown)
			}
			c.send("DELETE", "/project/"+id, nil).refused(400, "ripple.error.not-found")
		}},
		{"user", nil, func(t *testing.T, c client) {
			c.post("/user/exchange", c.example("setMonthlyExchangeRate", "page")).is(200)
			user := c.get("/user").is(200).object()
			if rates, payers := user["exchange_rate"].([]any), user["pay_accounts"].([]any); len(rates) != 1 || len(payers) != 6 {
				t.Errorf("the record is %v", user)
			}
		}},
	})
}
