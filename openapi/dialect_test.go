package openapi

import (
	"bytes"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
)

func TestPoints(t *testing.T) {
	slug := regexp.MustCompile(`^(ripple|cloudhealth)(\.[a-z0-9-]+)+$`)
	reading := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	switchable := 0
	seen := map[string]bool{}
	for _, p := range Points() {
		if seen[p.Slug] {
			t.Errorf("%s stands twice", p.Slug)
		}
		seen[p.Slug] = true
		if !slug.MatchString(p.Slug) || p.Question == "" || p.Evidence == "" {
			t.Errorf("%s is not complete", p.Slug)
		}
		if len(p.Readings) < 2 {
			t.Errorf("%s has %d readings", p.Slug, len(p.Readings))
		}
		if p.Switchable {
			switchable++
		}
		for _, r := range p.Readings {
			if !reading.MatchString(r.Slug) || r.Says == "" {
				t.Errorf("%s: the reading %q is not complete", p.Slug, r.Slug)
			}
			if _, ok := p.Reading(r.SameAs); r.SameAs != "" && (!ok || r.Why == "") {
				t.Errorf("%s: %s is the same as %q, for the reason %q", p.Slug, r.Slug, r.SameAs, r.Why)
			}
		}
	}
	if switchable != 50 {
		t.Errorf("%d points can be switched, want 50", switchable)
	}
}

// TestOverlays holds the overlays and the readings together, and loads the contract
// of every reading.
func TestOverlays(t *testing.T) {
	wanted := map[string]bool{}
	for _, p := range Points() {
		for _, r := range p.Readings {
			name := p.Slug + "." + r.Slug + ".yaml"
			wanted[name] = true
			if overlayOf(p.Slug, r.Slug) == nil {
				continue
			}
			if r.Slug == p.Default() || !p.Switchable {
				t.Errorf("%s: an overlay for a reading that is the contract itself, or has no switch", name)
				continue
			}
			whole, err := libopenapi.ApplyOverlayFromBytesToSpecBytes(Document(p.API()), overlayOf(p.Slug, r.Slug))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := applyOne(Document(p.API()), overlayOf(p.Slug, r.Slug)); err != nil || !bytes.Equal(got, whole.Bytes) {
				t.Errorf("%s: not what libopenapi makes of the whole document: %v", name, err)
			}
			d, err := Dialect{}.With(p.Slug, r.Slug)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Load(p.API(), d)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if err := c.Doc.Validate(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	files, err := fs.Glob(documents, "overlays/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimPrefix(file, "overlays/"); !wanted[name] {
			t.Errorf("%s is of no reading", name)
		}
	}
}

func TestParseDialect(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown point":   {"ripple.error.validation: \"422\"\nripple.nothing: x\n", `f.yaml:2: dialect: no point "ripple.nothing"`},
		"unknown reading": {"ripple.error.validation: \"418\"\n", "f.yaml:1: dialect: ripple.error.validation has no reading \"418\"; choose one of 400, 422"},
		"no switch":       {"ripple.list.order: any\n", "f.yaml:1: dialect: ripple.list.order is recorded but cannot be switched"},
		"no mapping":      {"- a\n- b\n", "f.yaml"},
		"broken":          {"a: [\n", "f.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseDialect("f.yaml", strings.NewReader(c.text))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestDialectRoundTrip(t *testing.T) {
	d, err := Dialect{}.Assign("ripple.error.validation=422")
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseDialect("f.yaml", bytes.NewReader(d.Encode(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if got := read.Departures(); len(got) != 1 || got[0] != "ripple.error.validation=422" {
		t.Errorf("got %v", got)
	}
}
