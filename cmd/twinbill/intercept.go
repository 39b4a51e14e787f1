package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/twinbill/twinbill/mock/intercept"
	"github.com/twinbill/twinbill/openapi"
)

// authority is the one that --intercept vouches with; nil without the flag.
func (f serveFlags) authority() (*intercept.Authority, error) {
	if !f.intercept {
		return nil, nil
	}
	dir, err := f.certificates()
	if err != nil {
		return nil, err
	}
	hosts, err := openapi.Hosts()
	if err != nil {
		return nil, err
	}
	authority, err := intercept.OpenAuthority(dir, hosts, time.Now)
	if err != nil {
		return nil, fmt.Errorf("serve: --intercept: %w", err)
	}
	return authority, nil
}

// entrance is what a listener serves: the handler, behind a proxy where there is an
// authority for one. What comes in is logged and numbered once, through a tunnel or not.
// What the proxy refuses is journaled. The proxy is nil where there is none.
func (f serveFlags) entrance(handler http.Handler, authority *intercept.Authority, journaled func(http.Handler) http.Handler) (http.Handler, *intercept.Proxy) {
	if authority == nil {
		return f.logged(handler), nil
	}
	proxy := intercept.New(authority, handler, newServer(f.logged(handler)), journaled)
	return f.logged(proxy), proxy
}
