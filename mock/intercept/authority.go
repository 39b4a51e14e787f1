package intercept

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twinbill/twinbill/mock/keypair"
)

// How long certificates live. A leaf is made anew in memory once a part of its time is
// over; the authority's own is made once and read from its file.
const (
	authorityLife = 2 * 365 * 24 * time.Hour
	leafLife      = 7 * 24 * time.Hour
	leafRenewal   = 24 * time.Hour // before its end
	backdated     = time.Hour      // for clients whose clocks are behind
)

// Authority is a local certificate authority that can vouch for the hosts it is made for
// and for nothing else: its certificate names them as a critical constraint. It is safe
// for concurrent use.
type Authority struct {
	pair  *keypair.Pair
	hosts []string
	now   func() time.Time

	mu     sync.Mutex
	key    *ecdsa.PrivateKey // of every leaf
	leaves map[string]*tls.Certificate
}

// OpenAuthority reads the authority of a directory, ca.pem and ca-key.pem, or makes it
// where there is none. It errs on files that are broken, out of date, or made for other
// hosts.
func OpenAuthority(dir string, hosts []string, now func() time.Time) (*Authority, error) {
	any4, any6 := net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, net.IPNet{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}
	pair, err := keypair.Open(dir, "ca", &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Twinbill intercept", Organization: []string{"Twinbill on this machine"}},
		NotBefore: now().Add(-backdated), NotAfter: now().Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: hosts,
		ExcludedIPRanges: []*net.IPNet{&any4, &any6}, // no constraint on names says anything of addresses
	}, now())
	if err != nil {
		return nil, err
	}
	if c := pair.Certificate; !c.IsCA || !c.PermittedDNSDomainsCritical || !slices.Equal(c.PermittedDNSDomains, hosts) {
		return nil, pair.Broken("is no authority for %s", strings.Join(hosts, ", "))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &Authority{pair: pair, hosts: hosts, now: now, key: key, leaves: map[string]*tls.Certificate{}}, nil
}

// File is the path of the authority's certificate, in PEM, for clients to trust.
func (a *Authority) File() string { return a.pair.File }

// Certificate is the authority's certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.pair.Certificate }

// Hosts are those it vouches for.
func (a *Authority) Hosts() []string { return slices.Clone(a.hosts) }

// leaf is a certificate of one host with its key, valid for a day at least, or for as
// long as the authority is.
func (a *Authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, own := a.now(), a.pair.Certificate
	if leaf := a.leaves[host]; leaf != nil && now.Add(leafRenewal).Before(leaf.Leaf.NotAfter) {
		return leaf, nil
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: later(now.Add(-backdated), own.NotBefore), NotAfter: earlier(now.Add(leafLife), own.NotAfter),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, own, a.key.Public(), a.pair.Key)
	if err != nil {
		return nil, err
	}
	leaf := &tls.Certificate{Certificate: [][]byte{signed, own.Raw}, PrivateKey: a.key}
	if leaf.Leaf, err = x509.ParseCertificate(signed); err != nil {
		return nil, err
	}
	a.leaves[host] = leaf
	return leaf, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
