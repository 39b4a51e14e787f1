package report

import (
	"io"
	"slices"
	"strings"
)

// Format is one way to write a report to a file.
type Format struct {
	Name  string
	Write func(io.Writer, *Document) error
}

// Formats lists the formats of a report file.
func Formats() []Format {
	return []Format{{"junit", JUnit}, {"json", JSON}, {"html", HTML}, {"md", Markdown}}
}

// FormatNamed returns the format of a name.
func FormatNamed(name string) (Format, bool) {
	all := Formats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// FormatNames lists the names of the formats, for people to read.
func FormatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}
