package openapi

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/internal/yamlfile"
)

// Reading is one way to read a point on which the pages are silent or contradict
// themselves.
type Reading struct {
	Slug   string `yaml:"slug"`
	Says   string `yaml:"says"`
	SameAs string `yaml:"same-as"` // the reading it cannot be told from, if any
	Why    string `yaml:"why"`     // the reason, where SameAs is set
}

// Point is one ruling of the dialect. The first reading is the default.
type Point struct {
	Slug         string    `yaml:"point"`
	Question     string    `yaml:"question"`
	Readings     []Reading `yaml:"readings"`
	Switchable   bool      `yaml:"switchable"`
	Prints       string    `yaml:"prints"`        // the reading that admits all that the pages print, where it is not the default
	DeclaredOnly bool      `yaml:"declared-only"` // only --dialect chooses another reading; it is not observed
	Evidence     string    `yaml:"evidence"`
	Unobservable string    `yaml:"unobservable"`
}

// Default is the slug of the reading that holds unless another is chosen.
func (p Point) Default() string { return p.Readings[0].Slug }

// API tells which API the point rules.
func (p Point) API() API {
	api, _, _ := strings.Cut(p.Slug, ".")
	return API(api)
}

// Reading finds a reading by its slug.
func (p Point) Reading(slug string) (Reading, bool) {
	i := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.Slug == slug })
	if i < 0 {
		return Reading{}, false
	}
	return p.Readings[i], true
}

// Observed is the slug by which a reading shows itself to somebody outside: its
// own, or that of the reading it cannot be told from.
func (p Point) Observed(slug string) string {
	if r, ok := p.Reading(slug); ok && r.SameAs != "" {
		return r.SameAs
	}
	return slug
}

var loadPoints = sync.OnceValue(func() []Point {
	data, err := documents.ReadFile("dialect.yaml")
	if err != nil {
		panic(err)
	}
	var doc struct {
		Points []Point `yaml:"points"`
	}
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil {
		panic(fmt.Errorf("dialect.yaml: %w", err))
	}
	return doc.Points
})

// Points lists every ruling, in the order of dialect.yaml.
func Points() []Point { return loadPoints() }

var indexPoints = sync.OnceValue(func() map[string]Point {
	index := map[string]Point{}
	for _, p := range Points() {
		index[p.Slug] = p
	}
	return index
})

// FindPoint finds a ruling by its slug.
func FindPoint(slug string) (Point, bool) {
	p, ok := indexPoints()[slug]
	return p, ok
}

// Dialect is the chosen reading of each point; a point it does not name follows its
// default. The zero value is the default dialect.
type Dialect struct{ chosen map[string]string }

// Reading is the slug of the reading in force for a point.
func (d Dialect) Reading(point string) string {
	if r, ok := d.chosen[point]; ok {
		return r
	}
	p, ok := FindPoint(point)
	if !ok {
		panic("dialect.yaml has no point " + point)
	}
	return p.Default()
}

// Is reports whether a reading is in force.
func (d Dialect) Is(point, reading string) bool { return d.Reading(point) == reading }

// With returns the dialect with one reading changed. It errs on a point or reading
// that does not exist, and on one that the twin has no switch for.
func (d Dialect) With(point, reading string) (Dialect, error) {
	p, ok := FindPoint(point)
	if !ok {
		return d, fmt.Errorf("dialect: no point %q%s; `twinbill dialect` lists them", point, hint.For(point, slices.Sorted(maps.Keys(indexPoints()))))
	}
	if _, ok := p.Reading(reading); !ok {
		slugs := make([]string, len(p.Readings))
		for i, r := range p.Readings {
			slugs[i] = r.Slug
		}
		return d, fmt.Errorf("dialect: %s has no reading %q%s; choose one of %s", point, reading, hint.For(reading, slugs), strings.Join(slugs, ", "))
	}
	if !p.Switchable && reading != p.Default() {
		return d, fmt.Errorf("dialect: %s is recorded but cannot be switched; its reading is %s", point, p.Default())
	}
	next := maps.Clone(d.chosen)
	if next == nil {
		next = map[string]string{}
	}
	next[point] = reading
	return Dialect{next}, nil
}

// Printed is the dialect that admits all that the pages print, each of which may say
// something else.
var Printed = sync.OnceValue(func() Dialect {
	d := Dialect{map[string]string{}}
	for _, p := range Points() {
		if p.Prints != "" {
			d.chosen[p.Slug] = p.Prints
		}
	}
	return d
})

// Assign returns the dialect with `point=reading` applied.
func (d Dialect) Assign(assignment string) (Dialect, error) {
	point, reading, ok := strings.Cut(assignment, "=")
	if !ok {
		return d, fmt.Errorf("dialect: %q is neither a file nor point=reading", assignment)
	}
	return d.With(strings.TrimSpace(point), strings.TrimSpace(reading))
}

// Names reports whether the dialect names a reading of a point, be it the default.
func (d Dialect) Names(point string) bool { return d.chosen[point] != "" }

// Join returns the dialect with every reading that another one names.
func (d Dialect) Join(other Dialect) Dialect {
	joined := maps.Clone(d.chosen)
	if joined == nil {
		joined = map[string]string{}
	}
	maps.Copy(joined, other.chosen)
	return Dialect{joined}
}

// Departures lists the points that do not follow their default, as point=reading,
// in the order of dialect.yaml.
func (d Dialect) Departures() []string {
	var out []string
	for _, p := range Points() {
		if r, ok := d.chosen[p.Slug]; ok && r != p.Default() {
			out = append(out, p.Slug+"="+r)
		}
	}
	return out
}

// Readings lists the reading in force for every switchable point.
func (d Dialect) Readings() map[string]string {
	out := map[string]string{}
	for _, p := range Points() {
		if p.Switchable {
			out[p.Slug] = d.Reading(p.Slug)
		}
	}
	return out
}

// Encode writes the dialect as the YAML document that ParseDialect reads: one
// `point: reading` line for each switchable point. A point with a note was not seen to
// follow its reading; its line is a comment.
func (d Dialect) Encode(notes map[string]string) []byte {
	var b bytes.Buffer
	for _, p := range Points() {
		if !p.Switchable {
			continue
		}
		line := fmt.Sprintf("%s: %q", p.Slug, d.Reading(p.Slug))
		if note := notes[p.Slug]; note != "" {
			line = "# " + line + " (" + strings.Join(strings.Fields(note), " ") + ")"
		}
		fmt.Fprintln(&b, line)
	}
	return b.Bytes()
}

// ParseDialect reads a document of `point: reading` lines. The name is used in
// errors only, which are one line with the file, the line and what is wrong.
func ParseDialect(name string, r io.Reader) (Dialect, error) {
	const most = 1 << 20
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return Dialect{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > most {
		return Dialect{}, fmt.Errorf("%s:1: the file is larger than %d bytes; is it a dialect?", name, most)
	}
	body, err := yamlfile.Parse(data)
	if err != nil {
		return Dialect{}, fmt.Errorf("%s:%w", name, err)
	}
	var d Dialect
	if body == nil {
		return d, nil
	}
	entries, ok := body.(ast.MapNode)
	if !ok {
		return Dialect{}, fmt.Errorf("%s:%d: want one `point: reading` a line", name, yamlfile.Line(body.GetToken()))
	}
	for at := entries.MapRange(); at.Next(); {
		line := yamlfile.Line(at.Key().GetToken())
		point, isKey := at.Key().(ast.ScalarNode)
		reading, isValue := at.Value().(ast.ScalarNode)
		if !isKey || !isValue {
			return Dialect{}, fmt.Errorf("%s:%d: want one `point: reading` a line", name, line)
		}
		if d, err = d.With(fmt.Sprint(point.GetValue()), fmt.Sprint(reading.GetValue())); err != nil {
			return Dialect{}, fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
	return d, nil
}
