// Package exports is the environment variables by which a client uses a twin, written
// for shells and programs.
package exports

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Variable is one environment variable.
type Variable struct{ Name, Value string }

// Of are the variables for a client of the twin at a base URL, in a sandbox.
func Of(base, sandbox string) []Variable {
	return []Variable{
		{"TWINBILL_URL", base},
		{"RIPPLE_BASE_URL", base + "/m/ripple"},
		{"RIPPLE_TOKEN_URL", base + "/ripple/access_token"},
		{"RIPPLE_CLIENT_ID", sandbox},
		{"RIPPLE_CLIENT_SECRET", "secret"}, // any will do
		{"CLOUDHEALTH_BASE_URL", base},
		{"CLOUDHEALTH_API_KEY", sandbox},
	}
}

// Proxy are the variables for a client whose URLs are fixed, to reach them through the
// proxy at a base URL: authority is the file with the certificate to trust.
func Proxy(base, authority string) []Variable {
	return []Variable{
		{"https_proxy", base},
		{"HTTPS_PROXY", base},
		{"NODE_EXTRA_CA_CERTS", authority},
		{"REQUESTS_CA_BUNDLE", authority},
		{"SSL_CERT_FILE", authority},
		{"CURL_CA_BUNDLE", authority},
	}
}

// ErrFormat says that there is no format of that name.
var ErrFormat = errors.New("no such format")

// Formats lists the names that Format takes.
func Formats() []string { return []string{"sh", "dotenv", "json", "powershell"} }

// Format writes variables, each on a line of its own: as commands of a POSIX shell or of
// PowerShell, as a .env file, or as one JSON object.
func Format(format string, variables []Variable) (string, error) {
	line := map[string]func(Variable) string{
		"sh":         func(v Variable) string { return "export " + v.Name + "=" + shell(v.Value) },
		"dotenv":     func(v Variable) string { return v.Name + "=" + dotenv(v.Value) },
		"json":       func(v Variable) string { return "  " + jsonText(v.Name) + ": " + jsonText(v.Value) },
		"powershell": func(v Variable) string { return "$env:" + v.Name + " = " + powershell(v.Value) },
	}[format]
	if line == nil {
		return "", ErrFormat
	}
	var lines []string
	for _, v := range variables {
		if strings.ContainsAny(v.Value, "\x00\r\n") {
			return "", fmt.Errorf("%s cannot hold a line break: %q", v.Name, v.Value)
		}
		lines = append(lines, line(v))
	}
	if format == "json" {
		return "{\n" + strings.Join(lines, ",\n") + "\n}\n", nil
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// plain needs no quotes anywhere. Some readers of .env files, such as Docker's, take
// quotes for a part of the value.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,-]+$`)

func shell(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }

func dotenv(value string) string {
	switch {
	case plain.MatchString(value):
		return value
	case !strings.Contains(value, "'"):
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(value) + `"`
}

// powershell doubles what PowerShell takes for a single quote, typographic ones too.
func powershell(value string) string {
	return "'" + regexp.MustCompile(`['‘’‚‛]`).ReplaceAllString(value, "$0$0") + "'"
}

func jsonText(text string) string {
	data, _ := json.Marshal(text) // of a text, it cannot fail
	return string(data)
}
