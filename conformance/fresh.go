package conformance

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// hash is the source of everything fresh: the same seed, nonce, check and name give the
// same bytes.
func (s *supply) hash(check, name string) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d%s\x00%s\x00%s", s.seed, s.nonce, check, name))
}

// newNonce sets a run apart from others with its seed, which may go on at the same time or
// have left rows behind. A twin in the same process has no others, and repeats a run to
// the byte.
func (c Config) newNonce() string {
	switch {
	case c.Known:
		return ""
	case c.Journal != nil: // a clean-up looks for the same mark
		return "-" + c.Journal.Header().Run
	}
	return fmt.Sprintf("-%08x", rand.Uint32())
}

// azureCharacters is the point that decides the ids of Azure.
const azureCharacters = "ripple.account.charset"

// mark is what everything that a run creates bears, where a field can carry it.
func (s *supply) mark() string { return fmt.Sprintf("%x", s.hash("", "mark"))[:6] }

// fresh makes a value that no other check uses. Ids of Azure have the characters that the
// dialect takes.
func (s *supply) fresh(check, name, kind string, dialect openapi.Dialect) (any, error) {
	h, ofDigits := s.hash(check, name), dialect.Is(azureCharacters, "digits")
	kind = strings.TrimRight(strings.TrimRight(kind, "0123456789"), "_")
	switch kind {
	case "aws_id", "aws_payer":
		return "9" + digits(h, 11), nil
	case "zero_id":
		return "00" + digits(h, 10), nil
	case "azure_id":
		if ofDigits {
			return digits(h, 36), nil // as long as they may be, like the others
		}
		return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16]), nil
	case "azure_short", "azure_longer": // one begins with the other
		short, end := fmt.Sprintf("%x", s.hash(check, "azure_short"))[:15]+"f", "-2" // never digits alone
		if ofDigits {
			short, end = digits(s.hash(check, "azure_short"), 16), "2"
		}
		return short + strings.Repeat(end, len(kind)-len("azure_short")), nil
	case "azure_payer":
		return "8" + digits(h, 6), nil
	case "group_id":
		return fmt.Sprintf("Twinbill-%s-%x", s.mark(), h[:6]), nil
	case "zero_group":
		return fmt.Sprintf("0012-Twinbill-%s-%x", s.mark(), h[:6]), nil
	case "name":
		return fmt.Sprintf("twinbill %s %x", s.mark(), h[:4]), nil
	case "email":
		return fmt.Sprintf("twinbill-%s-%x@%s", s.mark(), h[:6], s.domain()), nil
	case "plus_email", "blank_email": // the same but for that sign
		sign, of := map[string]string{"plus_email": "+", "blank_email": " "}[kind], s.hash(check, "signed_email")
		return fmt.Sprintf("twinbill%s%s-%x@%s", sign, s.mark(), of[:6], s.domain()), nil
	case "password":
		return fmt.Sprintf("Tb-%x", h[:5]), nil
	case "text":
		return fmt.Sprintf("text %x", h[:4]), nil
	}
	return nil, fmt.Errorf("no input is called %s", name)
}

// domain is that of the emails that resellers are issued to.
func (s *supply) domain() string {
	if given, ok := s.given[target.EmailDomain].(string); ok {
		return given
	}
	return "example.com" // which RFC 2606 keeps free
}

// named is a name in plain words with what no other check has behind them.
func (s *supply) named(check, words string) string {
	h := s.hash(check, scenarios.Named)
	return fmt.Sprintf("%s %s %x", strings.ReplaceAll(words, "_", " "), s.mark(), h[:4])
}

// digits writes a hash as n decimal digits.
func digits(h [32]byte, n int) string {
	text := fmt.Sprintf("%020d%020d", binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16]))
	return text[len(text)-n:]
}

// nobody is an id that nothing has as far as anybody can tell: as high as 31 bits go, and
// another in each run.
func (s *supply) nobody(op *openapi.Operation) string {
	const least, most = 1_500_000_000, 1<<31 - 1
	h := s.hash(op.ID, "nobody")
	return strconv.FormatUint(least+binary.BigEndian.Uint64(h[:8])%(most-least), 10)
}
