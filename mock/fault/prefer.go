package fault

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/openapi"
)

// undocumented is the mock's own rule, of no API.
var undocumented = rule.Rule{
	Clause: "twinbill.prefer", Status: http.StatusBadRequest, Code: "4000", Message: "prefer exception",
	Words: "Prefer: code=%s is none of the documented statuses of %s: %s.",
}

// Prefer answers a request that names a documented refusal of its operation in the
// preference code (RFC 7240), and refuses one that names a status that is not
// documented. It reports whether it answered: what names the status of success, or
// nothing, takes its way.
func Prefer(c *gin.Context, op *openapi.Operation, api API) (answered bool) {
	code, ok := preferredCode(c.Request.Header.Values("Prefer"))
	if !ok {
		return false
	}
	status, err := strconv.Atoi(code)
	switch {
	case err != nil || !slices.Contains(op.Statuses(), status):
		documented := strings.Trim(fmt.Sprint(op.Statuses()), "[]")
		api.Refuse(c, rule.Refusals{undocumented.When(true, strconv.Quote(code), op.ID, strings.ReplaceAll(documented, " ", ", "))})
		return true
	case status == op.Success:
		return false
	}
	c.Header("Preference-Applied", "code="+strconv.Itoa(status))
	api.Refuse(c, api.Failing(op, status, "The request asked for this answer by its header Prefer."))
	return true
}

// preferredCode finds the value of the preference code in Prefer headers. Of one that
// stands there more than once the first counts.
func preferredCode(headers []string) (code string, ok bool) {
	for _, header := range headers {
		for len(header) > 0 {
			var text string
			text, header = until(header, ',')
			text, _ = until(text, ';') // its parameters
			key, value, _ := strings.Cut(text, "=")
			if strings.EqualFold(strings.Trim(key, " \t"), "code") {
				return unquote(strings.Trim(value, " \t")), true
			}
		}
	}
	return "", false
}

// until splits a text at the first occurrence of a character outside of quotes.
func until(text string, end byte) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && text[i] == end:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// unquote is the text of a token or quoted-string.
func unquote(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	var text strings.Builder
	inside := value[1 : len(value)-1]
	for i := 0; i < len(inside); i++ {
		if inside[i] == '\\' && i+1 < len(inside) {
			i++
		}
		text.WriteByte(inside[i])
	}
	return text.String()
}
