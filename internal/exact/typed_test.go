package exact_test

import (
	"testing"

	"github.com/goccy/go-yaml/lexer"

	"github.com/twinbill/twinbill/internal/exact"
)

func TestNumbersThatYAMLReadsAsOthers(t *testing.T) {
	for text, want := range map[string]string{
		"a: 010": "010", "a: 000000000001": "000000000001", "a: 1_000": "1_000", "a: 0x1F": "0x1F", "a: 0b11": "0b11", "a: 0o17": "0o17", "a: [1, 012]": "012",
		"a: 12345678901234567890123": "12345678901234567890123", "a: 0.30000000000000001": "0.30000000000000001", "a: 1e400": "1e400", "a: 9223372036854775807": "", "a: 18446744073709551615": "", "a: 0.1": "", "a: 101.070": "",
		"a: '010'": "", `a: "1_000"`: "", "a: 10": "", "a: -1.5e3": "", "a: 0": "", "a: 101.07": "", "a: 2026-01": "", "a: x010": "", "a: 10 # 010": "",
	} {
		got := ""
		if found := exact.FirstMistyped(lexer.Tokenize(text)); found != nil {
			got = found.Value
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
