package exact

import (
	"regexp"

	"github.com/goccy/go-yaml/token"
)

// Mistyped is what is wrong with a number that YAML reads as another value than was typed,
// and how to mend it: words that follow it.
const Mistyped = "is read as another value than was typed; put it in quotes, or write the number in decimal"

var asJSON = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// Faithful reports whether a plain number is written as JSON writes it, so that its value is
// what was typed: 010 is not, nor are 1_000 and 0x1F.
func Faithful(number string) bool { return asJSON.MatchString(number) }

// FirstMistyped finds the first number in YAML that is not Faithful; nil where there is none.
func FirstMistyped(tokens token.Tokens) *token.Token {
	for _, t := range tokens {
		switch t.Type {
		case token.IntegerType, token.FloatType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType:
			if !Faithful(t.Value) {
				return t
			}
		}
	}
	return nil
}
