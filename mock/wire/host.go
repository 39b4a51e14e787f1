package wire

import (
	"net"
	"strings"
)

// HostName is the name or address in a Host header or authority: in lower case,
// without the port, the brackets of an IPv6 address and the dot of the root.
func HostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
