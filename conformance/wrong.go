package conformance

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// A careless backend takes a credential that is nearly right: it compares as many
// characters as it has, or without regard to case, or does not look at a signature.

// near are the ways to make a credential wrong, of which each operation is tried with one.
var near = []func(string) string{
	func(string) string { return "" },
	cut,
	swapped,
	func(text string) string { return altered(text, strings.LastIndex(text, ".")+1, len(text)) },
	func(text string) string {
		return altered(text, strings.Index(text, ".")+1, max(strings.LastIndex(text, "."), 0))
	},
}

// wrong is a credential that an operation has to refuse: the right one after a change, or
// one that is made up, where that is what the operation is tried with, the change leaves
// it as it is, or the target is a Twinbill, which goes by a prefix.
func (s *supply) wrong(contract *openapi.Contract, op *openapi.Operation, right, madeUp string) string {
	if s.twinbill || s.madeUp || s.rehearsal {
		return madeUp
	}
	changed := near[slices.Index(contract.Operations, op)%len(near)](right)
	if changed == "" || changed == right {
		return madeUp
	}
	s.used.Store(changed, true)
	return changed
}

// takesAnyKey reports whether CloudHealth lets a key in that nobody has, as a sandbox may.
// It is asked once.
func (s *supply) takesAnyKey(ctx context.Context, contract *openapi.Contract) bool {
	if s.twinbill || s.madeUp || s.rehearsal {
		return true
	}
	s.anyKey.Do(func() {
		e := s.target.Send(ctx, &target.Request{Operation: contract.Operation("listAwsAccountAssignments"), Query: url.Values{"api_key": {s.stamp("key")}}})
		s.lenient = !refuses(e)
	})
	return s.lenient
}

// cut is a text without its last character, the padding of base64 aside.
func cut(text string) string {
	text = strings.TrimRight(text, "=")
	return text[:max(len(text)-1, 0)]
}

// altered is a text with another character halfway between two places.
func altered(text string, from, to int) string {
	if from >= to {
		return ""
	}
	at, other := (from+to)/2, "A"
	if text[at] == 'A' {
		other = "B"
	}
	return text[:at] + other + text[at+1:]
}

// swapped is a text with its letters in the other case.
func swapped(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text)
}
