package journal

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"

	"github.com/twinbill/twinbill/mock/wire"
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
	mostParts     = 100 // of a multipart body that are looked at
)

// form reads the fields of a URL-encoded or multipart body as far as it can be read.
func form(contentType string, data []byte) url.Values {
	_, parameters, _ := mime.ParseMediaType(wire.ContentType(contentType))
	switch wire.MediaTypeOf(contentType) {
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
