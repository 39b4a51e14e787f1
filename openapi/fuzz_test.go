package openapi

import (
	"bytes"
	"regexp"
	"slices"
	"testing"
)

// oneLine is an error as ParseDialect words it: the file, the line where there is
// one, and what is wrong.
var oneLine = regexp.MustCompile(`\Ad\.yaml:([1-9][0-9]*:)? [^\n\r\x00-\x1f\x7f]+\z`)

// FuzzParseDialect holds every text to: a dialect that is the same after it was
// written and read again, or an error of one line.
func FuzzParseDialect(f *testing.F) {
	f.Add(Dialect{}.Encode(nil))
	for _, p := range Points() {
		last := p.Readings[len(p.Readings)-1].Slug
		f.Add([]byte(p.Slug + ": " + last + "\n"))
	}
	for _, text := range []string{
		"", "{}", "---\n", "ripple.unknown-fields: refused\nripple.unknown-fields: accepted\n", "? [a, b]\n: 1\n", "a: &x b\nc: *x\n",
		"ripple.unknown-fields:\n  - refused\n", "# ripple.unknown-fields\nripple.unknown-fields: both\n", "\"a\\nb\": c\n", "a: \"b\\nc\"\n", "[\n", "\xff: \xfe\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDialect("d.yaml", bytes.NewReader(data))
		if err != nil {
			if !oneLine.MatchString(err.Error()) {
				t.Errorf("not one line with file, number and words: %q", err)
			}
			return
		}
		again, err := ParseDialect("d.yaml", bytes.NewReader(d.Encode(nil)))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, d.Encode(nil))
		}
		if !slices.Equal(d.Departures(), again.Departures()) {
			t.Errorf("%v comes back as %v", d.Departures(), again.Departures())
		}
	})
}
