package journal

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
	mostParts     = 100 // of a multipart body that are looked at
)

// mediaType is that of a Content-Type, also where it ends in a semicolon as the pages'
// samples send it.
func mediaType(contentType string) string {
	t, _, _ := mime.ParseMediaType(strings.TrimRight(contentType, "; "))
	return t
}

// form reads the fields of a URL-encoded or multipart body as far as it can be read,
// and reports whether some were sent as files.
func form(contentType string, data []byte) (fields url.Values, files bool) {
	t, parameters, _ := mime.ParseMediaType(strings.TrimRight(contentType, "; "))
	switch t {
	case formType:
		fields, _ = url.ParseQuery(string(data)) // what can be read
		return fields, false
	case multipartType:
		if parameters["boundary"] == "" {
			return nil, false
		}
		return parts(multipart.NewReader(bytes.NewReader(data), parameters["boundary"]))
	}
	return nil, false
}

func parts(reader *multipart.Reader) (fields url.Values, files bool) {
	fields = url.Values{}
	for range mostParts {
		part, err := reader.NextPart()
		if err != nil {
			break
		}
		value, err := io.ReadAll(part)
		fields.Add(part.FormName(), string(value))
		files = files || part.FileName() != ""
		if err != nil {
			break
		}
	}
	return fields, files
}

// names lists the names of values in order.
func names(v url.Values) []string {
	out := make([]string, 0, len(v))
	for name := range v {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
