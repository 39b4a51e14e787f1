package target

import "os"

// Credentials are what a deployment admits the suite by. An empty field is not
// supplied, and the checks that need it are skipped.
type Credentials struct {
	Ripple      Ripple
	CloudHealth CloudHealth
}

// Ripple is what gets tokens: a client, a user for the password grant, and clients
// that hold fewer roles, by the input that their token is for (ripple_readonly_token).
type Ripple struct {
	Client
	Username, Password string
	Fewer              map[string]Client
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

// Empty tells whether nothing is supplied at all.
func (c Credentials) Empty() bool {
	return c.Ripple.Client == Client{} && c.CloudHealth == CloudHealth{} && len(c.Ripple.Fewer) == 0
}

// Secrets lists what no artefact may show.
func (c Credentials) Secrets() []string {
	all := []string{c.Ripple.Secret, c.Ripple.Password, c.CloudHealth.Key, c.CloudHealth.OtherKey}
	for _, client := range c.Ripple.Fewer {
		all = append(all, client.Secret)
	}
	var out []string
	for _, secret := range all {
		if secret != "" {
			out = append(out, secret)
		}
	}
	return out
}
