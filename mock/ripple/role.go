package ripple

import (
	"slices"
	"strings"
)

// roles lists every role that some operation asks for.
func (t *Twin) roles() []string {
	var all []string
	for _, op := range t.contract.Operations {
		for _, role := range op.Roles {
			if !slices.Contains(all, role) {
				all = append(all, role)
			}
		}
	}
	slices.Sort(all)
	return all
}

// rolesOf gives the roles of a client, and whether the client is known at all. Where
// no clients are configured, the beginning of the client_id decides: `invalid` is
// refused, and so is such a secret, `readonly` holds the Read roles, `noroles` none,
// `role-X-` the role X alone, `role-X+Y-` the roles X and Y, and any other id all roles.
func (t *Twin) rolesOf(clientID, secret string) ([]string, bool) {
	if t.clients != nil {
		client, ok := t.clients[clientID]
		return client.Roles, ok && client.Secret == secret
	}
	switch {
	case refusedByName(clientID), refusedByName(secret):
		return nil, false
	case strings.HasPrefix(clientID, "noroles"):
		return nil, true
	case strings.HasPrefix(clientID, "readonly"):
		return slices.DeleteFunc(t.roles(), func(role string) bool { return !strings.HasPrefix(role, "Read") }), true
	case strings.HasPrefix(clientID, "role-"):
		role, _, _ := strings.Cut(strings.TrimPrefix(clientID, "role-"), "-")
		return strings.Split(role, "+"), true
	}
	return t.roles(), true
}

// refusedByName reports whether a credential says itself that it is no good, by which a
// twin that admits anybody still shows what comes of that.
func refusedByName(credential string) bool { return strings.HasPrefix(credential, "invalid") }

// userAdmitted reports whether the password grant's user may come in. No users are
// configured.
func userAdmitted(form map[string]string) bool {
	return !refusedByName(form["username"]) && !refusedByName(form["password"])
}

// covers reports whether the roles a token holds do for an operation that any one of
// the needed roles suffices for (dialect point ripple.role.hierarchy).
func (t *Twin) covers(held, needed []string) bool {
	reading := t.dialect.Reading("ripple.role.hierarchy")
	for _, need := range needed {
		for _, have := range held {
			if have == need || reading != "flat" && above(have, need) || reading == "tree" && belowBillingGroup(have, need) {
				return true
			}
		}
	}
	return false
}

// above reports whether a role covers another by its name: Admin covers all, and the
// right to modify covers the right to read.
func above(have, need string) bool {
	return have == "Admin" || strings.HasPrefix(have, "Modify") && need == "Read"+strings.TrimPrefix(have, "Modify")
}

// belowBillingGroup reports whether the vendor's tree puts a needed role under the
// billing group role that is held.
func belowBillingGroup(have, need string) bool {
	under := func(nouns ...string) bool {
		return slices.ContainsFunc(nouns, func(noun string) bool { return strings.HasSuffix(need, noun) })
	}
	switch have {
	case "ModifyBillingGroup", "ReadBillingGroup":
		return under("Account", "Invoice", "Reseller")
	}
	return false
}
