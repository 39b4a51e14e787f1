package report

import (
	"regexp"
	"strings"
)

const masked = "***"

var (
	secretQuery = regexp.MustCompile(`((?:api_key|client_secret|password)=)[^&\s"]+`)
	secretField = regexp.MustCompile(`("(?:access_token|refresh_token|id_token|client_secret|password)"\s*:\s*)"[^"]*"`)
)

// maskHeader hides a credential in a header.
func maskHeader(name, value string) string {
	switch {
	case strings.EqualFold(name, "Authorization"):
		scheme, _, _ := strings.Cut(value, " ")
		return scheme + " " + masked
	case strings.EqualFold(name, "Link"), strings.EqualFold(name, "Location"):
		return maskURL(value)
	}
	return value
}

// maskURL hides the secrets of a query string.
func maskURL(u string) string { return secretQuery.ReplaceAllString(u, "${1}"+masked) }

// maskBody hides the tokens and passwords of a JSON or form body.
func maskBody(text string) string {
	return secretField.ReplaceAllString(maskURL(text), `${1}"`+masked+`"`)
}
