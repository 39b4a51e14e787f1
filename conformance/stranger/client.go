package stranger

// client is a holder of credentials for Ripple.
type client struct {
	id, secret, tenant string
	roles              map[string]bool
	users              map[string]string // name to password
}

var allRoles = []string{"ModifyAccount", "ReadAccount", "ModifyReseller", "ReadReseller", "ModifyBillingGroup",
	"ReadBillingGroup", "ModifySettings", "ReadSettings", "ModifyInvoice"}

func (s *Server) addClient(id, secret, tenant string, roles ...string) {
	c := &client{id, secret, tenant, map[string]bool{}, map[string]string{}}
	for _, r := range roles {
		c.roles[r] = true
	}
	s.clients[id] = c
}
