// Command notices writes what a release says about the modules that its binaries link:
// the texts of their licences, and a software bill of materials in CycloneDX.
//
//	go run -C tools/notices . DIR VERSION
//
// DIR holds the binaries, twinbill_*. What they link is read from them and not from go.mod,
// so both files are about what is published: THIRD_PARTY_NOTICES and twinbill.cdx.json. The
// same binaries give the same bytes.
package main

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/licensecheck"
)

// project is the module whose binaries these are.
const project = "github.com/twinbill/twinbill"

// standard names Go's library, of which every binary links a part, as the databases of
// vulnerabilities do.
const standard = "stdlib"

// terms are the names of the files in which a module states its licence; further says what
// goes with it.
var (
	terms   = regexp.MustCompile(`(?i)^(licen[cs]e|copying)([-_.].*)?$`)
	further = regexp.MustCompile(`(?i)^(notice|patents)([-_.].*)?$`)
)

// certain is how much of a licence has to be the text of a known one, in per cent.
const certain = 75

// module is one that is linked.
type module struct {
	path, version, sum string

	ids  []string // SPDX identifiers of its licences
	text string
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: notices DIR VERSION: the directory of a release's binaries, and its version")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func write(dir, version string) error {
	modules, err := linked(dir)
	if err != nil {
		return err
	}
	for _, m := range modules {
		if err := m.read(); err != nil {
			return err
		}
	}
	bill, err := billOf(modules, version)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "THIRD_PARTY_NOTICES"), noticesOf(modules), 0o644),
		os.WriteFile(filepath.Join(dir, "twinbill.cdx.json"), bill, 0o644),
	)
}

// linked lists the modules of all binaries of a directory in the order of their paths.
func linked(dir string) ([]*module, error) {
	binaries, err := filepath.Glob(filepath.Join(dir, "twinbill_*"))
	if err != nil {
		return nil, err
	}
	if len(binaries) == 0 {
		return nil, fmt.Errorf("%s holds no twinbill_*: build the binaries first", dir)
	}
	found := map[string]*module{}
	for _, binary := range binaries {
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", binary, err)
		}
		if info.Main.Path != project {
			return nil, fmt.Errorf("%s is built from %s, not from %s", binary, info.Main.Path, project)
		}
		found[standard] = &module{path: standard, version: strings.TrimPrefix(info.GoVersion, "go")}
		for _, d := range info.Deps {
			if d.Replace != nil {
				d = d.Replace
			}
			found[d.Path] = &module{path: d.Path, version: d.Version, sum: d.Sum}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *module) int { return cmp.Compare(a.path, b.path) }), nil
}

// read finds the terms of a module in Go's module cache, or in its root.
func (m *module) read() error {
	dir, err := m.dir()
	if err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var all []string
	for _, f := range files {
		if f.IsDir() || !terms.MatchString(f.Name()) && !further.MatchString(f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return err
		}
		all = append(all, f.Name()+":\n\n"+strings.TrimSpace(string(text))+"\n")
		if found := licensecheck.Scan(text); terms.MatchString(f.Name()) && found.Percent >= certain {
			for _, match := range found.Match {
				m.ids = append(m.ids, match.ID)
			}
		}
	}
	slices.Sort(m.ids)
	m.ids, m.text = slices.Compact(m.ids), strings.Join(all, "\n")
	if len(m.ids) == 0 {
		return fmt.Errorf("%s %s: no file of a licence that is known in %s", m.path, m.version, dir)
	}
	return nil
}

func (m *module) dir() (string, error) {
	if m.path == standard {
		return output("go", "env", "GOROOT")
	}
	said, err := output("go", "mod", "download", "-json", m.path+"@"+m.version)
	if err != nil {
		return "", err
	}
	var got struct{ Dir, Sum string }
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		return "", err
	}
	if got.Sum != m.sum {
		return "", fmt.Errorf("%s %s: the binary links %s, and this is %s", m.path, m.version, m.sum, got.Sum)
	}
	return got.Dir, nil
}

func output(name string, arguments ...string) (string, error) {
	command := exec.Command(name, arguments...)
	command.Dir = "../.." // whose go.sum knows the modules
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(command.Args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func noticesOf(modules []*module) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "The binaries of Twinbill link %d modules of others, Go's library among them.\n", len(modules))
	fmt.Fprintf(&out, "These are their licences and notices. The source of each is at https://pkg.go.dev/MODULE@VERSION.\n\n")
	for _, m := range modules {
		fmt.Fprintf(&out, "  %s %s: %s\n", m.path, m.version, strings.Join(m.ids, ", "))
	}
	for _, m := range modules {
		fmt.Fprintf(&out, "\n%s\n%s %s\n\n%s", strings.Repeat("=", 80), m.path, m.version, m.text)
	}
	return out.Bytes()
}

// billOf is without a serial number and a time, so that the same binaries give the same
// bill.
func billOf(modules []*module, version string) ([]byte, error) {
	main := cyclonedx.Component{
		BOMRef: project, Type: cyclonedx.ComponentTypeApplication, Name: project, Version: version,
		PackageURL: "pkg:golang/" + project + "@" + version, Licenses: licences([]string{"Apache-2.0"}),
	}
	var components []cyclonedx.Component
	var refs []string
	for _, m := range modules {
		c := cyclonedx.Component{
			Type: cyclonedx.ComponentTypeLibrary, Name: m.path, Version: m.version,
			PackageURL: "pkg:golang/" + m.path + "@" + m.version, Licenses: licences(m.ids),
		}
		c.BOMRef = c.PackageURL
		if sum, ok := strings.CutPrefix(m.sum, "h1:"); ok {
			digest, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.path, err)
			}
			c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(digest)}}
		}
		components, refs = append(components, c), append(refs, c.BOMRef)
	}
	bill := cyclonedx.NewBOM()
	bill.Metadata = &cyclonedx.Metadata{Component: &main}
	bill.Components = &components
	bill.Dependencies = &[]cyclonedx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	err := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bill, cyclonedx.SpecVersion1_6)
	return out.Bytes(), err
}

func licences(ids []string) *cyclonedx.Licenses {
	var all cyclonedx.Licenses
	for _, id := range ids {
		all = append(all, cyclonedx.LicenseChoice{License: &cyclonedx.License{ID: id}})
	}
	return &all
}
