package openapi

import (
	"slices"
	"testing"
)

func TestHosts(t *testing.T) {
	hosts, err := Hosts()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"api.alphaus.cloud", "chapi.cloudhealthtech.com", "login.alphaus.cloud"}; !slices.Equal(hosts, want) {
		t.Errorf("got %v, want %v", hosts, want)
	}
}
