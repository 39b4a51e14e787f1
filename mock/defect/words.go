package defect

import (
	"net/http"
	"strings"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// reworded reports whether a clause is about the words of a documented error.
func reworded(slug string) bool {
	switch slug {
	case "ripple.account.customer-id.unique.body", "ripple.account.update.unknown.body", "ripple.account.delete.unknown.body":
		return true
	}
	return false
}

// reword changes the words of an operation's documented refusal, and no more.
func reword(op *openapi.Operation) rework {
	return mutant.Bodies(op, http.StatusBadRequest, func(value any) any {
		if body, ok := value.(map[string]any); ok {
			if words, ok := body["description"].(string); ok {
				body["description"] = strings.ToUpper(words)
			}
		}
		return value
	})
}
