package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// caller is a client of both APIs over HTTP.
type caller struct {
	url   string
	http  *http.Client
	key   string // the CloudHealth API key
	token string // of Ripple; empty before login
}

// newHTTP is a client for so many callers at once. Each request is bounded.
func newHTTP(t testing.TB, callers int) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: callers}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// login takes a Ripple token.
func (c *caller) login() error {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.key}, "client_secret": {"secret"}}
	answer, err := c.http.PostForm(c.url+"/ripple/access_token", form)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("no token: status %d, %w", answer.StatusCode, err)
	}
	c.token = token.AccessToken
	return nil
}

// ripple sends a request to Ripple, and cloudhealth one to CloudHealth. They decode the
// answer's body into v where v is not nil and the request succeeded.
func (c *caller) ripple(method, path string, body, v any) (int, error) {
	return c.ask(method, "/m/ripple"+path, body, v)
}

func (c *caller) cloudhealth(method, path string, body, v any) (int, error) {
	return c.ask(method, "/v1/aws_account_assignments"+path, body, v)
}

func (c *caller) ask(method, path string, body, v any) (int, error) {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return 0, err
		}
	}
	r, err := http.NewRequest(method, c.url+path, bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	credential := c.token
	if path[:4] == "/v1/" {
		credential = c.key
	}
	if credential != "" {
		r.Header.Set("Authorization", "Bearer "+credential)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && v != nil && answer.StatusCode == http.StatusOK {
		err = json.Unmarshal(text, v)
	}
	return answer.StatusCode, err
}
