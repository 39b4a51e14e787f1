package scenarios

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestTheOtherRunnerIsSupplied: what scenarios take is named in the program that
// supplies another Arazzo runner, which is only run where Node.js is.
func TestTheOtherRunnerIsSupplied(t *testing.T) {
	program, err := os.ReadFile("../../tools/respect.mjs")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\w+`).FindAllString(string(program), -1)
	for _, s := range load(t) {
		for _, name := range s.Inputs {
			if (slices.Contains(credentials, name) || slices.Contains(Months(), name)) && !slices.Contains(named, name) {
				t.Errorf("%s: tools/respect.mjs does not supply %s", s.ID, name)
			}
		}
	}
}
