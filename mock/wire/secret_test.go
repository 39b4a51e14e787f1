package wire_test

import (
	"testing"

	"github.com/twinbill/twinbill/mock/wire"
)

func TestSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"api_key": true, "API-Key": true, "access_key": true, "client_secret": true, "Authorization": true, "Cookie": true,
		"Twinbill-Admin-Token": true, "refresh_token": true, "pass": true, "signature": true, "sig": true, "key": true,
		"author": false, "page": false, "owner_id": false, "keyboard": false, "company_id": false, "": false,
	} {
		if got := wire.Secret(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
