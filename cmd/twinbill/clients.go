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
		return nil, nil, err
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
	for _, c := range file.Ripple {
		if c.ID == "" || c.Secret == "" {
			return nil, nil, fmt.Errorf("%s: a client needs client_id and client_secret", name)
		}
		clients[c.ID] = ripple.Client{Secret: c.Secret, Roles: c.Roles}
	}
	if len(clients) == 0 && len(file.CloudHealth) == 0 {
		return nil, nil, fmt.Errorf("%s: admits nobody; list clients under ripple or keys under cloudhealth", name)
	}
	return clients, cloudhealth.Keys(file.CloudHealth), nil
}
