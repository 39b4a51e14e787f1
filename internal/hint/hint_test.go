package hint_test

import (
	"strings"
	"testing"

	"github.com/twinbill/twinbill/internal/hint"
)

// TestNearest names the word that was meant, and none where nothing is near.
func TestNearest(t *testing.T) {
	known := []string{"verify", "serve", "status", "start", "ModifyAccount", "404"}
	for word, want := range map[string]string{
		"verfy": "verify", "VERIFY": "verify", "srve": "serve", "ModfyAccount": "ModifyAccount", "modifyaccount": "ModifyAccount",
		"bogus": "", "": "", "x": "", "999": "", "414": "404", "422": "", strings.Repeat("verify", 1000): "",
	} {
		if got := hint.Nearest(word, known); got != want {
			t.Errorf("%.20q: %q, want %q", word, got, want)
		}
	}
	if got := hint.For("verfy", known); got != " (did you mean verify?)" {
		t.Errorf("%q", got)
	}
	if got := hint.For("bogus", known); got != "" {
		t.Errorf("%q", got)
	}
}
