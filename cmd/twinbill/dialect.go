package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/openapi"
)

func dialectCommand() *cobra.Command {
	var api, format string
	command := &cobra.Command{
		Use:   "dialect [GLOB]...",
		Short: "Print the points of the dialect, and their readings",
		Long: `Prints every point on which the documentation is silent or contradicts itself, or
those that a glob matches: the question, and each reading with what it says, the
default first. "--dialect POINT=READING" of serve, verify and contract chooses another
one, unless the point is recorded alone. Exit status: 0; 2 usage.`,
		Example: `  twinbill dialect
  twinbill dialect 'ripple.account.*' --format json`,
		RunE: func(command *cobra.Command, globs []string) error {
			apis, err := selected(api)
			if err == nil {
				err = oneOf("format", format, "text", "json")
			}
			if err != nil {
				return fmt.Errorf("dialect: %w", err)
			}
			points, err := matching(globs, apis)
			if err != nil {
				return fmt.Errorf("dialect: %w", err)
			}
			if format == "json" {
				return pointsAsJSON(command.OutOrStdout(), points)
			}
			return pointsAsText(command.OutOrStdout(), points)
		},
	}
	command.Flags().StringVar(&api, "api", "", "print the points of `ripple` or cloudhealth alone")
	command.Flags().StringVar(&format, "format", "text", "print `text` or json")
	return command
}

// matching are the points of some APIs that one of the globs matches; all without globs.
func matching(globs []string, apis []openapi.API) (out []openapi.Point, err error) {
	var known []string
	used := map[string]bool{}
	for _, p := range openapi.Points() {
		known = append(known, p.Slug)
		matches := len(globs) == 0
		for _, glob := range globs {
			ok, err := path.Match(glob, p.Slug)
			if err != nil {
				return nil, fmt.Errorf("%q is not a glob: %w", glob, err)
			}
			matches, used[glob] = matches || ok, used[glob] || ok
		}
		if matches && slices.Contains(apis, p.API()) {
			out = append(out, p)
		}
	}
	for _, glob := range globs {
		if !used[glob] {
			return nil, fmt.Errorf("no point matches %q%s; `twinbill dialect` lists them", glob, hint.For(glob, known))
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no point of this API matches; leave --api out")
	}
	return out, nil
}

func pointsAsText(w io.Writer, points []openapi.Point) error {
	for i, p := range points {
		if i > 0 {
			fmt.Fprintln(w)
		}
		how := ""
		switch {
		case !p.Switchable:
			how = " (recorded; cannot be switched)"
		case p.DeclaredOnly:
			how = " (declared, never observed)"
		}
		fmt.Fprintf(w, "%s%s\n  %s\n", p.Slug, how, strings.TrimSpace(p.Question))
		for _, r := range p.Readings {
			mark := ""
			if r.Slug == p.Default() {
				mark = " (default)"
			}
			if _, err := fmt.Fprintf(w, "    %s%s: %s\n", r.Slug, mark, strings.TrimSpace(r.Says)); err != nil {
				return err
			}
		}
	}
	return nil
}

func pointsAsJSON(w io.Writer, points []openapi.Point) error {
	type reading struct {
		Reading string `json:"reading"`
		Says    string `json:"says"`
		SameAs  string `json:"same_as,omitempty"`
	}
	type point struct {
		Point        string      `json:"point"`
		API          openapi.API `json:"api"`
		Question     string      `json:"question"`
		Default      string      `json:"default"`
		Switchable   bool        `json:"switchable"`
		DeclaredOnly bool        `json:"declared_only"`
		Evidence     string      `json:"evidence,omitempty"`
		Readings     []reading   `json:"readings"`
	}
	out := []point{}
	for _, p := range points {
		one := point{p.Slug, p.API(), p.Question, p.Default(), p.Switchable, p.DeclaredOnly, p.Evidence, nil}
		for _, r := range p.Readings {
			one.Readings = append(one.Readings, reading{r.Slug, r.Says, r.SameAs})
		}
		out = append(out, one)
	}
	return report.EncodeJSON(w, out)
}

// readDialect makes a dialect of files and point=reading assignments, in their order.
func readDialect(values []string) (openapi.Dialect, error) {
	var d openapi.Dialect
	for _, value := range values {
		if point, known := openapi.FindPoint(value); known {
			return d, fmt.Errorf("--dialect: %s is a point; write %s=READING, such as %s", value, value, point.Default())
		}
		if strings.Contains(value, "=") {
			next, err := d.Assign(value)
			if err != nil {
				return d, fmt.Errorf("--dialect: %w", err)
			}
			d = next
			continue
		}
		file, err := os.Open(value)
		if err != nil {
			return d, fmt.Errorf("--dialect: %w; name a file, or write point=reading", err)
		}
		parsed, err := openapi.ParseDialect(value, file)
		_ = file.Close()
		if err != nil {
			return d, fmt.Errorf("--dialect: %w", err)
		}
		d = d.Join(parsed)
	}
	return d, nil
}
