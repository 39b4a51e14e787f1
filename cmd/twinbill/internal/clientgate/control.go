package clientgate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// control asks the control API of a running twin about one sandbox.
type control struct {
	base, sandbox, token string
	client               http.Client
}

// mostAnswer is the longest answer that is read, in bytes: a whole journal.
const mostAnswer = 1 << 30

// The parts of the control API's answers that are judged.
type (
	request struct {
		ID         string      `json:"id"`
		Method     string      `json:"method"`
		URL        string      `json:"url"`
		Operation  string      `json:"operation"`
		Departures []departure `json:"departures"`
	}
	departure struct {
		Kind   string `json:"kind"`
		Field  string `json:"field"`
		Clause string `json:"clause"`
		Level  string `json:"level"`
		Says   string `json:"says"`
	}
	requestList struct {
		Requests  []request `json:"requests"`
		Matching  int       `json:"matching"`
		Forgotten int64     `json:"forgotten"`
	}
	verification struct {
		Met        bool   `json:"met"`
		Count      int    `json:"count"`
		Says       string `json:"says"`
		NearMisses []struct {
			Request     string   `json:"request"`
			Differences []string `json:"differences"`
		} `json:"near_misses"`
	}
	ratio struct {
		Used       int `json:"used"`
		Documented int `json:"documented"`
	}
	coverage struct {
		Operations  ratio    `json:"operations"`
		Answers     ratio    `json:"answers"`
		Fields      ratio    `json:"fields"`
		Unused      []string `json:"unused"`
		ByOperation []struct {
			Operation string         `json:"operation"`
			Calls     int            `json:"calls"`
			Answers   map[string]int `json:"answers"`
			Fields    map[string]int `json:"fields"`
		} `json:"by_operation"`
	}
)

func newControl(base, sandbox, token string, patience time.Duration) (*control, error) {
	for flag, value := range map[string]string{"--sandbox": sandbox, "--admin-token": token} {
		if strings.ContainsFunc(value, unicode.IsControl) {
			return nil, fmt.Errorf("%s: it is sent in a header, which takes no control characters", flag)
		}
	}
	return &control{base: strings.TrimSuffix(base, "/"), sandbox: sandbox, token: token, client: http.Client{Timeout: patience}}, nil
}

// refused is that the twin does not take what it was sent.
type refused struct{ says string }

func (r refused) Error() string { return r.says }

// ask sends a request, with a body where there is one, and reads the answer.
func (c *control) ask(ctx context.Context, method, path string, body, into any) error {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return refused{"it cannot be sent as JSON: " + err.Error()}
		}
		content = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+"/__admin"+path, content)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.sandbox != "" {
		r.Header.Set("Twinbill-Sandbox", c.sandbox)
	}
	if c.token != "" {
		r.Header.Set("Twinbill-Admin-Token", c.token)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the URL, which is said already
		}
		return fmt.Errorf("no twin answers at %s: %w; start one with `twinbill serve`, or mend --url", c.base, err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", c.base, err)
	}
	var failed struct{ Error string }
	_ = json.Unmarshal(data, &failed) // where it says why
	switch {
	case answer.StatusCode == http.StatusOK:
		if err := json.Unmarshal(data, into); err != nil {
			return fmt.Errorf("%s is no Twinbill: %s answers what is not JSON of its contract; mend --url", c.base, path)
		}
		return nil
	case answer.StatusCode == http.StatusBadRequest && failed.Error != "":
		return refused{failed.Error}
	case (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden) && failed.Error != "":
		return fmt.Errorf("%s refuses: %s; give --admin-token", c.base, failed.Error)
	case answer.StatusCode == http.StatusNotFound:
		asked, _, _ := strings.Cut(path, "?")
		return fmt.Errorf("%s has no /__admin%s: it is no Twinbill, or an older one; mend --url", c.base, asked)
	}
	return fmt.Errorf("%s answers %d: %s", c.base, answer.StatusCode, failed.Error)
}

// count is how many requests the journal holds, and how many it has let go.
func (c *control) count(ctx context.Context) (held int, forgotten int64, err error) {
	var list requestList
	err = c.ask(ctx, http.MethodGet, "/requests?limit=1", nil, &list)
	return list.Matching, list.Forgotten, err
}

// departing lists the latest requests that depart from the contract, as many as the
// twin gives at once, and how many there are.
func (c *control) departing(ctx context.Context) ([]request, int, error) {
	var list requestList
	err := c.ask(ctx, http.MethodGet, "/requests?departing=true&limit=1000", nil, &list)
	return list.Requests, list.Matching, err
}

func (c *control) verify(ctx context.Context, e Expectation) (v verification, err error) {
	err = c.ask(ctx, http.MethodPost, "/verify", e.wanted, &v)
	return v, err
}

func (c *control) coverage(ctx context.Context) (found coverage, err error) {
	err = c.ask(ctx, http.MethodGet, "/coverage", nil, &found)
	return found, err
}
