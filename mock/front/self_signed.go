package front

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"slices"
	"time"

	"github.com/twinbill/twinbill/mock/keypair"
)

// selfSignedLife is how long a self-signed certificate is valid.
const selfSignedLife = 365 * 24 * time.Hour

// SelfSigned reads the server's own certificate of a directory, server.pem and
// server-key.pem, or makes it where there is none; file is its path, for clients to trust.
// It is for localhost, the loopback addresses and the further names or addresses. It errs
// on files that are broken, out of date, or do not cover these.
func SelfSigned(dir string, further []string, now time.Time) (certificate *tls.Certificate, file string, err error) {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, further...)
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Twinbill", Organization: []string{"Twinbill on this machine"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(selfSignedLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	pair, err := keypair.Open(dir, "server", template, now)
	if err != nil {
		return nil, "", err
	}
	for _, host := range hosts {
		if pair.Certificate.VerifyHostname(host) != nil {
			return nil, "", pair.Broken("is not for %s", host)
		}
	}
	return &tls.Certificate{Certificate: [][]byte{pair.Certificate.Raw}, PrivateKey: pair.Key, Leaf: pair.Certificate}, pair.File, nil
}
