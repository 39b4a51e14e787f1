package target

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// MaxAnswer is the largest answer body that is read, in bytes, unpacked.
const MaxAnswer = 10 << 20

// maxHeader is the largest header that is read, in bytes.
const maxHeader = 1 << 20

// errSize says that an answer was not read to its end.
var errSize = fmt.Errorf("the answer is larger than %d bytes", MaxAnswer)

// read reads the body of an answer, unpacked. One that is not packed as it says comes
// as it is, with what is wrong with it.
func read(response *http.Response) (body []byte, spoilt string, err error) {
	body, err = bounded(response.Body)
	encoding := strings.ToLower(response.Header.Get("Content-Encoding"))
	switch {
	case err != nil, len(body) == 0, encoding == "", encoding == "identity":
		return body, "", err
	case encoding != "gzip":
		return body, fmt.Sprintf("is %q, which the request does not accept", encoding), nil
	}
	unpacked, err := unpack(body)
	switch {
	case errors.Is(err, errSize):
		return unpacked, "", err
	case err != nil:
		return body, fmt.Sprintf("is gzip, and the body is not (%v)", err), nil
	}
	response.Header.Del("Content-Encoding")
	response.Header.Del("Content-Length")
	return unpacked, "", nil
}

func unpack(body []byte) ([]byte, error) {
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return bounded(packed)
}

// bounded reads up to MaxAnswer bytes.
func bounded(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxAnswer+1))
	if err == nil && len(body) > MaxAnswer {
		return body[:MaxAnswer], errSize
	}
	return body, err
}
