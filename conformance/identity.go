package conformance

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// The journal's names for CloudHealth keys, for another partner of Ripple, and for a credential that is made up.
const (
	asKey      = "cloudhealth_key"
	asOtherKey = "cloudhealth_other_key"
	asOther    = "ripple_other_token"
	asMadeUp   = "made-up:"
)

func madeUpAs(id string) string { return asMadeUp + id }

// as names the credential of a request, for the journal.
func (s *supply) as(request *target.Request) string {
	key := request.Query.Get("api_key")
	bearer := bearerOf(request)
	if sandbox := request.Header.Get("Twinbill-Sandbox"); sandbox != "" && s.madeUp {
		return madeUpAs(sandbox)
	}
	if kept, ok := s.issued.Load(bearer); ok && s.madeUp {
		return kept.(issue).as
	}
	if key == "" {
		key = bearer
	}
	switch {
	case request.Operation.API == openapi.Ripple: // whoever of the partner created it, the client of all roles removes it
		if kept, ok := s.issued.Load(bearer); ok && kept.(issue).as == asOther {
			return asOther
		}
		return "ripple_token"
	case s.madeUp:
		return madeUpAs(key)
	case key != "" && key == s.credentials.CloudHealth.OtherKey:
		return asOtherKey
	}
	return asKey
}

// present puts the credential that a name of the undo log means on a request.
func (s *supply) present(ctx context.Context, api openapi.API, as string) (http.Header, url.Values, error) {
	id, madeUp := strings.CutPrefix(as, asMadeUp)
	if api == openapi.CloudHealth {
		key := s.credential(s.credentials.CloudHealth.Key, s.stamp(""))
		switch {
		case madeUp:
			key = id
		case as == asOtherKey:
			key = s.credential(s.credentials.CloudHealth.OtherKey, "other-"+s.stamp(""))
		}
		if key == "" {
			return nil, nil, notSupplied("the input " + as)
		}
		return nil, url.Values{"api_key": {key}}, nil
	}
	client := target.Client{ID: id, Secret: madeUpSecret}
	if !madeUp {
		var err error
		if client, _, err = s.client("", as); err != nil {
			return nil, nil, err
		}
	}
	token, err := s.tokenOf(ctx, client, as, true)
	if err != nil {
		return nil, nil, err
	}
	return http.Header{"Authorization": {"Bearer " + token}}, nil, nil
}

// bearerOf is the bearer token of a request; empty where it has none.
func bearerOf(request *target.Request) string {
	token, _ := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer ")
	return token
}
