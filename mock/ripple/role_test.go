package ripple_test

import (
	"slices"
	"strings"
	"testing"
)

func TestRolesOfClients(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	all := held(c.form("", credentials("client_id", "anyone").Encode()))
	if len(all) != 11 {
		t.Errorf("a client holds %v", all)
	}
	reading := held(c.form("", credentials("client_id", "readonly-1").Encode()))
	if len(reading) == 0 || slices.ContainsFunc(reading, func(role string) bool { return !strings.HasPrefix(role, "Read") }) {
		t.Errorf("a readonly client holds %v", reading)
	}
	if none := held(c.form("", credentials("client_id", "noroles-1").Encode())); len(none) != 0 {
		t.Errorf("a noroles client holds %v", none)
	}
	if one := held(c.form("", credentials("client_id", "role-ReadAccount-1").Encode())); !slices.Equal(one, []string{"ReadAccount"}) {
		t.Errorf("a client of one role holds %v", one)
	}
}

func TestRoleHierarchy(t *testing.T) {
	t.Parallel()
	const list = "/accts?vendor=aws"
	for _, tc := range []struct {
		role                       string
		admin, tree, flat          int // of the account list
		adminNew, treeNew, flatNew int // of a new account without any field
	}{
		{"Admin", 200, 200, 403, 400, 400, 403},
		{"ModifyAccount", 200, 200, 200, 400, 400, 400},
		{"ReadAccount", 200, 200, 200, 403, 403, 403},
		{"ModifyBillingGroup", 403, 200, 403, 403, 400, 403},
		{"ModifySettings", 403, 403, 403, 403, 403, 403},
	} {
		t.Run(tc.role, func(t *testing.T) {
			t.Parallel()
			for reading, want := range map[string][2]int{
				"admin-and-modify": {tc.admin, tc.adminNew}, "tree": {tc.tree, tc.treeNew}, "flat": {tc.flat, tc.flatNew},
			} {
				c := newClient(t, "ripple.role.hierarchy="+reading).as("role-" + tc.role + "-1")
				c.get(list).is(want[0])
				c.post("/accts", object{}).is(want[1])
			}
		})
	}
}

func TestEveryOperationAsksForACredentialAndARole(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	replacer := strings.NewReplacer("{vendor}", "aws", "{month}", "2020-01", "{id}", "x", "{user_id}", "x", "{customer_id}", "x")
	for _, op := range c.contract.Operations {
		if !op.Authenticated() {
			continue
		}
		path := replacer.Replace(op.Path)
		var body any
		if op.BodyRequired() {
			body = object{}
		}
		c.anonymously().send(op.Method, path, body).refused(401, op.Slug+".authentication")
		c.as("noroles").send(op.Method, path, body).refused(403, op.Slug+".role")
		for _, role := range op.Roles {
			if a := c.as("role-"+role+"-1").send(op.Method, path, body); a.status == 403 {
				t.Errorf("%s refuses %s", op.ID, role)
			}
		}
	}
}
