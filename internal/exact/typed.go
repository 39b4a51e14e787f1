package exact

import (
	"encoding/json"
	"regexp"
	"strconv"

	"github.com/goccy/go-yaml/token"
)

// Mistyped is what is wrong with a number that YAML reads as another value than was typed,
// and how to mend it: words that follow it.
const Mistyped = "is read as another value than was typed; put it in quotes, or write the number in decimal, with up to 15 digits"

var asJSON = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// Faithful reports whether YAML reads a plain number as what was typed. It is written as JSON
// writes it, which 010, 1_000 and 0x1F are not, and has no more digits than a number there
// holds, as 12345678901234567890123 has.
func Faithful(number string) bool {
	if !asJSON.MatchString(number) {
		return false
	}
	if _, err := strconv.ParseInt(number, 10, 64); err == nil {
		return true
	}
	if _, err := strconv.ParseUint(number, 10, 64); err == nil {
		return true
	}
	read, err := strconv.ParseFloat(number, 64)
	return err == nil && Equal(json.Number(number), json.Number(strconv.FormatFloat(read, 'g', -1, 64)))
}

// FirstMistyped finds the first number in YAML that is not Faithful; nil where there is none.
func FirstMistyped(tokens token.Tokens) *token.Token {
	for _, t := range tokens {
		switch t.Type {
		case token.IntegerType, token.FloatType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType:
			if !Faithful(t.Value) {
				return t
			}
		case token.StringType: // as which a number out of range is read
			if asJSON.MatchString(t.Value) {
				return t
			}
		}
	}
	return nil
}
