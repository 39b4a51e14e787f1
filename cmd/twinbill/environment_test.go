package main

import "testing"

// TestGivenFlagsWinOverVariables gives one of two flags that rule each other out, and the
// variable of the other: the variable says nothing then. On its own it sets its flag, and
// so it does where the given flag is switched off.
func TestGivenFlagsWinOverVariables(t *testing.T) {
	values := map[string]string{
		"url": "http://127.0.0.1:1", "run-file": "run.json", "target": "target.yaml", "defect": "ripple.account.customer-id.unique",
		"read-only": "true", "allow-writes": "true", "allow-irreversible": "true", "keep": "true", "journal": "a.journal",
		"tls-self-signed": "true", "tls-cert": "cert.pem", "tls-key": "key.pem",
	}
	for _, pair := range []struct{ command, one, other string }{
		{"health", "url", "run-file"},
		{"gate", "url", "run-file"},
		{"verify", "url", "target"},
		{"verify", "url", "defect"},
		{"verify", "target", "defect"},
		{"verify", "read-only", "allow-writes"},
		{"verify", "read-only", "allow-irreversible"},
		{"verify", "read-only", "journal"},
		{"verify", "read-only", "keep"},
		{"verify", "defect", "journal"},
		{"verify", "defect", "keep"},
		{"cleanup", "url", "target"},
		{"serve", "tls-self-signed", "tls-cert"},
		{"serve", "tls-self-signed", "tls-key"},
	} {
		for _, test := range [][2]string{{pair.one, pair.other}, {pair.other, pair.one}} {
			given, ruledOut := test[0], test[1]
			for _, c := range []struct {
				name  string
				given []string
				set   bool
			}{
				{"alone", nil, true},
				{"against --" + given, []string{"--" + given + "=" + values[given]}, false},
				{"against --" + given + " switched off", []string{"--" + given + "=false"}, true},
			} {
				if c.set && c.given != nil && values[given] != "true" {
					continue // is no switch
				}
				t.Run(pair.command+" "+ruledOut+" "+c.name, func(t *testing.T) {
					command, _, err := root().Find([]string{pair.command})
					if err != nil {
						t.Fatal(err)
					}
					flags := command.Flags()
					t.Setenv(variable(flags.Lookup(ruledOut)), values[ruledOut])
					if err := flags.Parse(c.given); err != nil {
						t.Fatal(err)
					}
					if err := fromEnvironment(flags); err != nil {
						t.Fatal(err)
					}
					if set := flags.Lookup(ruledOut).Changed; set != c.set {
						t.Errorf("the variable sets --%s: %t, want %t", ruledOut, set, c.set)
					}
				})
			}
		}
	}
}
