package score

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
)

// Format is one way to write a matrix to a file.
type Format struct {
	Name  string
	Write func(io.Writer, *Matrix) error
}

// Formats lists the formats of a matrix.
func Formats() []Format { return []Format{{"json", JSON}, {"html", HTML}, {"md", Markdown}} }

// JSON writes a matrix for programs.
func JSON(w io.Writer, m *Matrix) error {
	type row struct {
		ID         string   `json:"id"`
		Kind       string   `json:"kind"`
		API        string   `json:"api"`
		Operations []string `json:"operations"`
		Clauses    []string `json:"clauses"`
		Says       string   `json:"says"`
		Outcome    Outcome  `json:"outcome"`
		Check      string   `json:"check,omitempty"`
		Verdict    string   `json:"verdict,omitempty"`
		Broken     []string `json:"broken,omitempty"`
		Reason     string   `json:"reason,omitempty"`
		Seconds    float64  `json:"seconds"`
	}
	document := struct {
		Seed     uint64            `json:"seed"`
		Started  string            `json:"started"`
		Seconds  float64           `json:"seconds"`
		Percent  float64           `json:"percent"`
		Perfect  bool              `json:"perfect"`
		Counts   map[Outcome]int   `json:"counts"`
		Mistakes []string          `json:"mistakes"`
		Unbroken map[string]string `json:"unbroken"`
		Unnamed  []string          `json:"unnamed"`
		Breaches []row             `json:"breaches"`
	}{
		Seed: m.Seed, Started: m.Started.UTC().Format("2006-01-02T15:04:05Z"), Seconds: m.Duration.Seconds(), Percent: m.percent(),
		Perfect: m.Perfect(), Counts: map[Outcome]int{}, Mistakes: append([]string{}, m.problems()...), Unbroken: m.Unbroken, Unnamed: append([]string{}, m.Unnamed...), Breaches: []row{},
	}
	for _, o := range Outcomes() {
		document.Counts[o] = m.Count(o)
	}
	for _, r := range m.Rows {
		document.Breaches = append(document.Breaches, row{
			r.ID, r.Kind, string(r.API), append([]string{}, r.Operations...), r.Clauses, r.Says, r.Outcome, r.Check, string(r.Verdict), r.Broken, r.Reason, r.Duration.Seconds(),
		})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

// Markdown writes a matrix as a summary: the counts by kind, and what lives.
func Markdown(w io.Writer, m *Matrix) error {
	var out strings.Builder
	fmt.Fprintf(&out, "# Sharpness of the suite\n\n%s (seed %d).\n\n| kind |", m.Line(), m.Seed)
	for _, o := range Outcomes() {
		fmt.Fprintf(&out, " %s |", o)
	}
	fmt.Fprintf(&out, "\n| --- |%s\n", strings.Repeat(" ---: |", len(Outcomes())))
	for _, kind := range m.Kinds() {
		fmt.Fprintf(&out, "| %s |", kind)
		for _, o := range Outcomes() {
			fmt.Fprintf(&out, " %d |", m.count(kind, o))
		}
		out.WriteByte('\n')
	}
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&out, "\n## %s (%d)\n\n%s\n", title, len(lines), strings.Join(lines, "\n"))
		}
	}
	var alive, permitted []string
	for _, row := range m.Rows {
		switch row.Outcome {
		case Wrong, Survived:
			alive = append(alive, fmt.Sprintf("- `%s` (%s): %s Breaks %s.", row.ID, row.Outcome, row.Says, strings.Join(row.Clauses, ", ")))
		case Permitted, Reading:
			permitted = append(permitted, fmt.Sprintf("- `%s`: %s", row.ID, row.Reason))
		}
	}
	section("Not killed for the right reason", alive)
	section("Mistakes", bullets(m.problems()))
	section("Equivalent", permitted)
	section("Clauses never named", bullets(m.Unnamed))
	var unbroken []string
	for _, id := range slices.Sorted(maps.Keys(m.Unbroken)) {
		unbroken = append(unbroken, fmt.Sprintf("- `%s`: %s", id, m.Unbroken[id]))
	}
	section("Clauses that no breach breaks", unbroken)
	_, err := io.WriteString(w, out.String())
	return err
}

func bullets(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = "- " + line
	}
	return out
}

//go:embed matrix.html.tmpl
var page string

var pageTemplate = template.Must(template.New("matrix").Funcs(template.FuncMap{
	"join": func(list []string) string { return strings.Join(list, ", ") },
}).Parse(page))

// cell is how many breaches of a kind have an outcome.
type cell struct {
	Outcome Outcome
	N       int
}

// HTML writes a matrix as one page that asks nothing of anybody.
func HTML(w io.Writer, m *Matrix) error {
	type line struct {
		Kind  string
		Cells []cell
	}
	type operation struct {
		Name  string
		Rows  []Row
		Alive bool
	}
	var lines []line
	for _, kind := range m.Kinds() {
		l := line{Kind: kind}
		for _, o := range Outcomes() {
			l.Cells = append(l.Cells, cell{o, m.count(kind, o)})
		}
		lines = append(lines, l)
	}
	var operations []operation
	for _, row := range m.Rows {
		name := string(row.API) + ", everywhere"
		if len(row.Operations) > 0 {
			name = row.Operations[0]
		}
		i := slices.IndexFunc(operations, func(o operation) bool { return o.Name == name })
		if i < 0 {
			i, operations = len(operations), append(operations, operation{Name: name})
		}
		operations[i].Rows = append(operations[i].Rows, row)
		operations[i].Alive = operations[i].Alive || row.Outcome == Wrong || row.Outcome == Survived
	}
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, map[string]any{
		"Matrix": m, "Line": m.Line(), "Percent": m.percentText(), "Perfect": m.Perfect(), "Outcomes": Outcomes(), "Lines": lines,
		"Operations": operations, "Problems": m.problems(), "Alive": m.Alive(),
	})
	if err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}
