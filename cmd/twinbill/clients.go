package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/mock/cloudhealth"
	"github.com/twinbill/twinbill/mock/ripple"
)

// readClients reads who is admitted under --auth strict:
//
//	ripple: [{client_id, client_secret, roles: [ModifyAccount, ...]}]
//	cloudhealth: [key, ...]
func readClients(name string) (ripple.Clients, cloudhealth.Keys, error) {
	if name == "" {
		return nil, nil, errors.New("serve: --auth strict needs --clients FILE")
	}
	data, err := os.ReadFile(name)
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
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			return nil, nil, fmt.Errorf("%s:%d: %s", name, at.GetToken().Position.Line, at.GetMessage())
		}
		return nil, nil, fmt.Errorf("%s: not a list of clients and keys", name)
	}
	clients := ripple.Clients{}
	for i, c := range file.Ripple {
		if _, twice := clients[c.ID]; twice || c.ID == "" || c.Secret == "" {
			return nil, nil, fmt.Errorf("%s: client %d under ripple needs a client_id of its own and a client_secret", name, i+1)
		}
		clients[c.ID] = ripple.Client{Secret: c.Secret, Roles: c.Roles}
	}
	// A twin without a list admits anybody, which is not what strict is for.
	if len(clients) == 0 || len(file.CloudHealth) == 0 {
		return nil, nil, fmt.Errorf("%s: strict admits those it lists alone; list a client under ripple and a key under cloudhealth", name)
	}
	return clients, cloudhealth.Keys(file.CloudHealth), nil
}
