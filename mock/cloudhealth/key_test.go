package cloudhealth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/cloudhealth"
)

func TestAuthentication(t *testing.T) {
	for _, tc := range []struct {
		name    string
		query   string
		headers []string
		status  int
	}{
		{"key in the query", "?api_key=one", nil, 200},
		{"bearer token", "", []string{"Bearer one"}, 200},
		{"scheme in lower case", "", []string{"bearer one"}, 200},
		{"both alike", "?api_key=one", []string{"Bearer one"}, 200},
		{"none", "", nil, 401},
		{"empty key", "?api_key=", nil, 401},
		{"empty token", "", []string{"Bearer "}, 401},
		{"wrong key", "?api_key=invalid-1", nil, 403},
		{"wrong token", "", []string{"Bearer invalid"}, 403},
		{"other scheme", "", []string{"Basic b25lOg=="}, 403},
		{"both, different", "?api_key=one", []string{"Bearer two"}, 403},
		{"two keys", "?api_key=one&api_key=two", nil, 403},
		{"two headers", "", []string{"Bearer one", "Bearer one"}, 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for reading, status := range map[string]int{"missing-401-wrong-403": tc.status, "both-401": 401, "both-403": 403} {
				if tc.status == 200 {
					status = 200
				}
				c := newClient(t, "cloudhealth.auth.statuses="+reading)
				r := httptest.NewRequest(http.MethodGet, collection+tc.query, nil)
				for _, header := range tc.headers {
					r.Header.Add("Authorization", header)
				}
				a := c.do(r)
				if status == 200 {
					c.want(a, 200)
				} else {
					c.want(a, status, "cloudhealth.assignment.list.authentication")
				}
				challenge := ""
				if status == 401 { // and no other (RFC 9110, 11.6.1)
					challenge = `Bearer realm="cloudhealth"`
				}
				if got := a.header.Get("WWW-Authenticate"); got != challenge {
					t.Errorf("%s: %d with the challenge %q", reading, a.status, got)
				}
			}
		})
	}
}

func TestKeysAdmitted(t *testing.T) {
	c := withOptions(t, nil, mock.WithKeys(cloudhealth.Keys{"one", "invalid-two"}))
	for key, status := range map[string]int{"one": 200, "invalid-two": 200, "three": 403} {
		if a := c.do(httptest.NewRequest(http.MethodGet, collection+"?api_key="+key, nil)); a.status != status {
			t.Errorf("%s: %d", key, a.status)
		}
	}
}

func TestKeyNamesTheSandbox(t *testing.T) {
	c := newClient(t)
	c.sandbox = ""
	r := httptest.NewRequest(http.MethodPost, collection+"?api_key=one", strings.NewReader(pageExample))
	r.Header.Set("Content-Type", "application/json;")
	c.want(c.do(r), 200)
	for key, total := range map[string]string{"one": "1", "two": "0"} {
		a := c.do(httptest.NewRequest(http.MethodGet, collection+"?api_key="+key, nil))
		if a.header.Get("X-Total") != total {
			t.Errorf("%s sees %s", key, a.body)
		}
	}
	r = httptest.NewRequest(http.MethodGet, collection+"/1", nil)
	r.Header.Set("Authorization", "Bearer one")
	if a := c.do(r); a.body != pageAnswer {
		t.Errorf("read %d %s", a.status, a.body)
	}
}
