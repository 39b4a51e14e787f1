package openapi

import "slices"

// Hosts are the names of the partners' own hosts, sorted: the servers of the
// operations of both APIs. It errs where Load does.
func Hosts() ([]string, error) {
	var hosts []string
	for _, api := range []API{Ripple, CloudHealth} {
		c, err := Load(api, Dialect{})
		if err != nil {
			return nil, err
		}
		for _, op := range c.Operations {
			hosts = append(hosts, op.Host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts), nil
}
