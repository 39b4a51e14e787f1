package target

import (
	"cmp"
	"os"
	"strings"
)

// Credentials are what a deployment admits the suite by. An empty field is not
// supplied, and the checks that need it are skipped.
type Credentials struct {
	Ripple      Ripple
	CloudHealth CloudHealth
}

// Ripple is what gets tokens: a client, a user for the password grant, clients that hold
// fewer roles and one of another partner, by the input that their token is for
// (ripple_readonly_token), and clients that hold one role alone, by its name.
type Ripple struct {
	Client
	Username, Password string
	Fewer, Roles       map[string]Client
}

// readers maps the inputs for a client that may read to the role that suffices.
var readers = map[string]string{"ripple_group_reader_token": "ReadBillingGroup", "ripple_reseller_reader_token": "ReadReseller"}

// alike lets a client of one role serve the input that is for it, and the other way round.
// A client that holds all roles to read serves each input that needs one of them.
func (r *Ripple) alike() {
	for input, role := range map[string]string{"ripple_billinggroup_token": "ModifyBillingGroup", "ripple_settings_token": "ModifySettings"} {
		fewer, given := r.Fewer[input]
		alone, named := r.Roles[role]
		switch {
		case given && !named:
			r.Roles[role] = fewer
		case named && !given:
			r.Fewer[input] = alone
		}
	}
	for input, role := range readers {
		if reader := cmp.Or(r.Roles[role], r.Fewer["ripple_readonly_token"]); reader != (Client{}) {
			r.Fewer[input] = reader
		}
	}
}

// Where is the place in a target file of the client behind an input for a token.
func Where(input string) string {
	switch role := readers[input]; {
	case role != "":
		return "ripple.roles." + role + " or ripple.fewer_roles.readonly"
	case input == "ripple_token":
		return "ripple.client"
	case input == "ripple_other_token":
		return "ripple.other_client"
	}
	return "ripple.fewer_roles." + strings.TrimSuffix(strings.TrimPrefix(input, "ripple_"), "_token")
}

// Client is an OAuth 2.0 client.
type Client struct{ ID, Secret string }

// CloudHealth is the partner's API key, and that of another partner.
type CloudHealth struct{ Key, OtherKey string }

// FromEnvironment reads credentials from the TWINBILL_* variables.
func FromEnvironment() Credentials {
	return Credentials{
		Ripple: Ripple{
			Client:   Client{os.Getenv("TWINBILL_RIPPLE_CLIENT_ID"), os.Getenv("TWINBILL_RIPPLE_CLIENT_SECRET")},
			Username: os.Getenv("TWINBILL_RIPPLE_USERNAME"), Password: os.Getenv("TWINBILL_RIPPLE_PASSWORD"),
		},
		CloudHealth: CloudHealth{os.Getenv("TWINBILL_CLOUDHEALTH_API_KEY"), os.Getenv("TWINBILL_CLOUDHEALTH_OTHER_API_KEY")},
	}
}

// Empty reports whether nothing is supplied at all.
func (c Credentials) Empty() bool {
	return c.Ripple.Client == Client{} && c.CloudHealth == CloudHealth{} && len(c.Ripple.Fewer) == 0 && len(c.Ripple.Roles) == 0
}

// Secrets lists what no artefact may show.
func (c Credentials) Secrets() []string {
	all := []string{c.Ripple.Secret, c.Ripple.Password, c.CloudHealth.Key, c.CloudHealth.OtherKey}
	for _, clients := range []map[string]Client{c.Ripple.Fewer, c.Ripple.Roles} {
		for _, client := range clients {
			all = append(all, client.Secret)
		}
	}
	var out []string
	for _, secret := range all {
		if secret != "" {
			out = append(out, secret)
		}
	}
	return out
}
