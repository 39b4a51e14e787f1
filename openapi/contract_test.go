package openapi

import "testing"

func TestLoad(t *testing.T) {
	for _, api := range APIs() {
		c, err := Load(api, Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(api, len(c.Operations), len(c.Clauses))
	}
}
