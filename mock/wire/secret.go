package wire

import (
	"slices"
	"strings"
)

// secretEnds are how the names of credentials end, without case and separators;
// secretNames are whole names of them.
var (
	secretEnds  = []string{"password", "passwd", "secret", "token", "apikey", "accesskey", "assertion", "authorization", "cookie", "signature", "credential", "credentials"}
	secretNames = []string{"key", "pass", "pwd", "auth", "sig"}
)

// Secret reports whether what has this name is a credential, and not for a log.
func Secret(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
	return slices.Contains(secretNames, name) || slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(name, end) })
}
