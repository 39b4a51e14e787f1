package wire

import "testing"

func TestHostName(t *testing.T) {
	for host, want := range map[string]string{
		"localhost":             "localhost",
		"LocalHost:4610":        "localhost",
		"localhost.:4610":       "localhost",
		"127.0.0.1:80":          "127.0.0.1",
		"[::1]:4610":            "::1",
		"[::1]":                 "::1",
		"::1":                   "::1",
		"API.alphaus.cloud.":    "api.alphaus.cloud",
		"api.alphaus.cloud..":   "api.alphaus.cloud.",
		"localhost.example.com": "localhost.example.com",
		"":                      "",
		":80":                   "",
	} {
		if got := HostName(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}
