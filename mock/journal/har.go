package journal

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

type harEntry struct {
	Started    string          `json:"startedDateTime"`
	Time       float64         `json:"time"`
	Request    harRequest      `json:"request"`
	Response   harResponse     `json:"response"`
	Cache      struct{}        `json:"cache"`
	Timings    harTimings      `json:"timings"`
	Comment    string          `json:"comment,omitempty"`
	ID         string          `json:"_id"`
	Operation  string          `json:"_operation,omitempty"`
	Clauses    []string        `json:"_clauses,omitempty"`
	Fault      string          `json:"_fault,omitempty"`
	Departures []gen.Departure `json:"_departures,omitempty"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	Version     string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	Query       []harPair `json:"queryString"`
	Post        *harPost  `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harPost struct {
	MediaType string    `json:"mimeType"`
	Params    []harPair `json:"params"`
	Text      string    `json:"text"`
	Comment   string    `json:"comment,omitempty"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	Version     string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
}

type harContent struct {
	Size      int    `json:"size"`
	MediaType string `json:"mimeType"`
	Text      string `json:"text,omitempty"`
	Encoding  string `json:"encoding,omitempty"`
	Comment   string `json:"comment,omitempty"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HAR writes entries as an HTTP archive (HAR 1.2) with every credential masked. What
// HAR has no name for stands in fields that begin with an underscore.
func HAR(entries []Entry, version string) gen.Archive {
	list := make([]harEntry, len(entries))
	for i := range entries {
		list[i] = archived(&entries[i])
	}
	return gen.Archive{Log: map[string]any{
		"version": "1.2",
		"creator": map[string]any{"name": "Twinbill", "version": version},
		"entries": list,
	}}
}

func archived(e *Entry) harEntry {
	asked := maskedURL(e.Url)
	requestType, answerType := contentType(e.RequestHeaders), contentType(e.ResponseHeaders)
	out := harEntry{
		Started: e.Time.Format(time.RFC3339Nano), Time: e.DurationMs, Timings: harTimings{Wait: e.DurationMs},
		ID: e.Id, Operation: value(e.Operation), Clauses: e.Clauses, Fault: value(e.Fault), Departures: maskedDepartures(e.Departures),
		Request: harRequest{
			Method: e.Method, URL: asked, Version: "HTTP/1.1", Cookies: []harPair{}, Headers: pairs(e.RequestHeaders),
			Query: queryPairs(asked), HeadersSize: -1, BodySize: e.RequestBody.Bytes,
		},
		Response: harResponse{
			Status: e.Status, StatusText: http.StatusText(e.Status), Version: "HTTP/1.1", Cookies: []harPair{}, Headers: pairs(e.ResponseHeaders),
			HeadersSize: -1, BodySize: e.ResponseBody.Bytes,
			Content: harContent{Size: e.ResponseBody.Bytes, MediaType: answerType, Comment: partly(e.ResponseBody)},
		},
	}
	if to := e.ResponseHeaders["Location"]; len(to) > 0 {
		out.Response.RedirectURL = maskedText(to[0])
	}
	if e.Status == 0 {
		out.Comment = "The connection was cut before an answer."
	}
	if b := e.RequestBody; b.Bytes > 0 {
		out.Request.Post = &harPost{MediaType: requestType, Params: []harPair{}, Comment: partly(b)}
		if b.Text != nil {
			out.Request.Post.Text = maskedBody(requestType, *b.Text)
		} else {
			out.Request.Post.Comment = strings.TrimSpace("The body is not text, and is left out. " + partly(b))
		}
	}
	switch b := e.ResponseBody; {
	case b.Text != nil:
		out.Response.Content.Text = maskedBody(answerType, *b.Text)
	case b.Base64 != nil:
		out.Response.Content.Text, out.Response.Content.Encoding = *b.Base64, "base64"
	}
	return out
}

// partly says of a body that only its first part is kept.
func partly(b gen.Body) string {
	if b.Truncated == nil || !*b.Truncated {
		return ""
	}
	return fmt.Sprintf("Of %d bytes only the first are kept.", b.Bytes)
}

func pairs(h gen.Headers) []harPair {
	out := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, harPair{name, maskedHeader(name, v)})
		}
	}
	return out
}

func queryPairs(asked string) []harPair {
	out := []harPair{}
	_, query, _ := strings.Cut(asked, "?")
	values, _ := url.ParseQuery(query) // what can be read
	for _, name := range names(values) {
		for _, v := range values[name] {
			out = append(out, harPair{name, v})
		}
	}
	return out
}
