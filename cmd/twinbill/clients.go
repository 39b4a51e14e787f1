package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/internal/yamlfile"
	"github.com/twinbill/twinbill/mock/cloudhealth"
	"github.com/twinbill/twinbill/mock/ripple"
	"github.com/twinbill/twinbill/openapi"
)

// readClients reads who is admitted under --auth strict:
//
//	ripple: [{client_id, client_secret, roles: [ModifyAccount, ...]}]
//	cloudhealth: [key, ...]
func readClients(name string) (ripple.Clients, cloudhealth.Keys, error) {
	if name == "" {
		return nil, nil, errors.New("serve: --auth strict needs --clients FILE")
	}
	data, err := yamlfile.Read(name, maxFile)
	if err != nil {
		return nil, nil, fmt.Errorf("serve: --clients: %w", err)
	}
	var file struct {
		Ripple []struct {
			ID     string   `yaml:"client_id"`
			Secret string   `yaml:"client_secret"`
			Roles  []string `yaml:"roles"`
		} `yaml:"ripple"`
		CloudHealth []string `yaml:"cloudhealth"`
	}
	body, err := yamlfile.Parse(data)
	if err == nil && body == nil {
		err = yamlfile.At(nil, "the file is empty; list a client under ripple and a key under cloudhealth")
	}
	if err == nil {
		err = yamlfile.Decode(body, &file)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("serve: --clients: %s:%w", name, err)
	}
	known, err := roles()
	if err != nil {
		return nil, nil, err
	}
	clients := ripple.Clients{}
	for i, c := range file.Ripple {
		if _, twice := clients[c.ID]; twice || c.ID == "" || c.Secret == "" {
			return nil, nil, fmt.Errorf("serve: --clients: %s: client %d under ripple needs a client_id of its own and a client_secret", name, i+1)
		}
		for _, role := range c.Roles {
			if !slices.Contains(known, role) {
				return nil, nil, fmt.Errorf("serve: --clients: %s: client %q has a role %q, which there is not%s; there are %s", name, c.ID, role, hint.For(role, known), strings.Join(known, ", "))
			}
		}
		clients[c.ID] = ripple.Client{Secret: c.Secret, Roles: c.Roles}
	}
	// A twin without a list admits anybody, which is not what strict is for.
	if len(clients) == 0 || len(file.CloudHealth) == 0 {
		return nil, nil, fmt.Errorf("serve: --clients: %s: strict admits those it lists alone; list a client under ripple and a key under cloudhealth", name)
	}
	return clients, cloudhealth.Keys(file.CloudHealth), nil
}

// roles are those that some operation takes, and the one that covers them all.
func roles() ([]string, error) {
	contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
	if err != nil {
		return nil, err
	}
	known := []string{"Admin"}
	for _, op := range contract.Operations {
		known = append(known, op.Roles...)
	}
	slices.Sort(known)
	return slices.Compact(known), nil
}
