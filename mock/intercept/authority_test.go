package intercept

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/openapi"
)

// partners are the hosts of the contract.
func partners(t testing.TB) []string {
	t.Helper()
	hosts, err := openapi.Hosts()
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

func newAuthority(t *testing.T, now func() time.Time) *Authority {
	t.Helper()
	a, err := OpenAuthority(t.TempDir(), partners(t), now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// trusting are roots with one authority.
func trusting(a *Authority) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate())
	return pool
}

func TestLeaves(t *testing.T) {
	now := time.Now()
	a := newAuthority(t, func() time.Time { return now })
	if len(a.Hosts()) != 3 {
		t.Errorf("hosts %v", a.Hosts())
	}
	for _, host := range a.Hosts() {
		leaf, err := a.leaf(host)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := leaf.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: trusting(a)}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		if life := leaf.Leaf.NotAfter.Sub(leaf.Leaf.NotBefore); life > 8*24*time.Hour || leaf.Leaf.IsCA {
			t.Errorf("%s: lives for %v, authority %v", host, life, leaf.Leaf.IsCA)
		}
	}
}

func TestLeafIsRenewed(t *testing.T) {
	now := time.Now()
	a := newAuthority(t, func() time.Time { return now })
	take := func(after time.Duration) *x509.Certificate {
		now = now.Add(after)
		leaf, err := a.leaf(a.hosts[0])
		if err != nil {
			t.Fatal(err)
		}
		if left := leaf.Leaf.NotAfter.Sub(now); left <= 0 || leaf.Leaf.NotAfter.After(a.Certificate().NotAfter) {
			t.Errorf("%v left", left)
		}
		return leaf.Leaf
	}
	first := take(0)
	if !take(time.Hour).Equal(first) {
		t.Error("made anew within the hour")
	}
	if take(leafLife - leafRenewal).Equal(first) {
		t.Error("not renewed in its last day")
	}
	take(authorityLife - leafLife - time.Hour) // its end is the authority's
}

// TestAuthorityIsBound signs with the stolen key what it is not made for.
func TestAuthorityIsBound(t *testing.T) {
	a := newAuthority(t, time.Now)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(template, parent *x509.Certificate, by *ecdsa.PrivateKey) *x509.Certificate {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
		signed, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(signed)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	server := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for name, c := range map[string]struct {
		leaf *x509.Certificate
		host string
		use  x509.ExtKeyUsage
	}{
		"another host":      {&x509.Certificate{DNSNames: []string{"example.com"}, ExtKeyUsage: server}, "example.com", x509.ExtKeyUsageServerAuth},
		"a parent domain":   {&x509.Certificate{DNSNames: []string{"alphaus.cloud"}, ExtKeyUsage: server}, "alphaus.cloud", x509.ExtKeyUsageServerAuth},
		"one more host":     {&x509.Certificate{DNSNames: []string{a.hosts[0], "example.com"}, ExtKeyUsage: server}, a.hosts[0], x509.ExtKeyUsageServerAuth},
		"an address":        {&x509.Certificate{IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, ExtKeyUsage: server}, "192.0.2.1", x509.ExtKeyUsageServerAuth},
		"an IPv6 address":   {&x509.Certificate{IPAddresses: []net.IP{net.ParseIP("2001:db8::1")}, ExtKeyUsage: server}, "2001:db8::1", x509.ExtKeyUsageServerAuth},
		"a client":          {&x509.Certificate{DNSNames: a.hosts[:1], ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, "", x509.ExtKeyUsageClientAuth},
		"signature of code": {&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}, "", x509.ExtKeyUsageCodeSigning},
	} {
		leaf := sign(c.leaf, a.Certificate(), a.pair.Key)
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: c.host, Roots: trusting(a), KeyUsages: []x509.ExtKeyUsage{c.use}}); err == nil {
			t.Errorf("%s: admitted", name)
		}
	}
	between := sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.Certificate(), a.pair.Key)
	under := sign(&x509.Certificate{DNSNames: a.hosts[:1], ExtKeyUsage: server}, between, key)
	middle := x509.NewCertPool()
	middle.AddCert(between)
	if _, err := under.Verify(x509.VerifyOptions{Roots: trusting(a), Intermediates: middle}); err == nil {
		t.Error("an authority under it is admitted")
	}
	for _, e := range a.Certificate().Extensions {
		if e.Id.String() == "2.5.29.30" && !e.Critical {
			t.Error("the name constraint is not critical")
		}
	}
}

func TestOpenAuthorityRefuses(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	if _, err := OpenAuthority(dir, partners(t), time.Now); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (*Authority, error){
		"other hosts": func() (*Authority, error) { return OpenAuthority(dir, []string{"example.com"}, time.Now) },
		"out of date": func() (*Authority, error) {
			return OpenAuthority(dir, partners(t), func() time.Time { return now.Add(authorityLife + time.Hour) })
		},
	} {
		if _, err := open(); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "ca.pem")+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
