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

// form reads the fields of a URL-encoded or multipart body as far as it can be read.
func form(contentType string, data []byte) url.Values {
	t, parameters, _ := mime.ParseMediaType(strings.TrimRight(contentType, "; "))
	switch t {
	case formType:
		fields, _ := url.ParseQuery(string(data)) // what can be read
		return fields
	case multipartType:
		if parameters["boundary"] == "" {
			return nil
		}
		return parts(multipart.NewReader(bytes.NewReader(data), parameters["boundary"]))
	}
	return nil
}

func parts(reader *multipart.Reader) url.Values {
	fields := url.Values{}
	for range mostParts {
		part, err := reader.NextPart()
		if err != nil {
			break
		}
		value, err := io.ReadAll(part)
		fields.Add(part.FormName(), string(value))
		if err != nil {
			break
		}
	}
	return fields
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
