package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// TestPrintedCleanup: the clean-up of a verification of one API works as printed, though
// the target file describes both.
func TestPrintedCleanup(t *testing.T) {
	t.Setenv("CLEANUP_SECRET", "secret-of-this-test")
	name := filepath.Join(t.TempDir(), "target.yaml")
	text := `
ripple:
  url: http://127.0.0.1:1/m/ripple
  token_url: http://127.0.0.1:1/ripple/access_token
  client: {id: shared, secret: "${CLEANUP_SECRET}"}
cloudhealth:
  url: http://127.0.0.1:2
  key: ${CLEANUP_SECRET}
`
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := target.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := file.Target(target.Options{APIs: []openapi.API{openapi.Ripple}})
	if err != nil {
		t.Fatal(err)
	}
	h := journal.Header{Target: verified.Base, TargetFile: name, APIs: []openapi.API{openapi.Ripple}}
	if got := reached(h); got != "--target "+name {
		t.Errorf("it prints %s", got)
	}
	flags := targetFlags{target: name, changed: never, byVariable: never}
	if opened, _, err := flags.openFor("undo.journal", h, false); err != nil || opened.Base != verified.Base {
		t.Errorf("as printed: %v", err)
	}
}

// TestCredentialsGoWhereTheCallerSays: a journal alone names no host but this machine.
func TestCredentialsGoWhereTheCallerSays(t *testing.T) {
	nothing := targetFlags{changed: never, byVariable: never}
	for url, opens := range map[string]bool{
		"http://127.0.0.1:1": true, "http://localhost:1": true, "http://[::1]:1": true,
		"https://api.example.com": false, "http://127.0.0.1.example.com": false, "http://localhost@example.com": false, "": false,
	} {
		_, _, err := nothing.openFor("undo.journal", journal.Header{Target: url}, false)
		if opens != (err == nil) {
			t.Errorf("%q: %v", url, err)
		}
		if !opens && (err == nil || !strings.Contains(err.Error(), "name that yourself")) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// never is the answer about flags of which none was given.
func never(string) bool { return false }
