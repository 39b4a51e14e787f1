package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	sandbox "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/store"
)

// Client is a client of Ripple: what is tested here.
type Client struct {
	URL, TokenURL string

	token string
}

// Register registers an AWS account. It takes a token where it has none that is good,
// and tries once more where the service is unavailable.
func (c *Client) Register(customerID, payer, company, name string) error {
	body, err := json.Marshal(map[string]any{
		"vendor": "aws", "customer_id": customerID, "account_id": payer, "company_id": company, "name": name, "note": nil,
	})
	if err != nil {
		return err
	}
	for tries := 0; ; tries++ {
		request, err := http.NewRequest(http.MethodPost, c.URL+"/accts", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		answer.Body.Close()
		switch status := answer.StatusCode; {
		case status == http.StatusOK:
			return nil
		case status == http.StatusUnauthorized && tries == 0:
			if err := c.login(); err != nil {
				return err
			}
		case status == http.StatusServiceUnavailable && tries == 0:
		default:
			return fmt.Errorf("cannot register %s: %s", customerID, answer.Status)
		}
	}
}

func (c *Client) login() error {
	answer, err := http.PostForm(c.TokenURL, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"me"}, "client_secret": {"secret"},
	})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err = json.NewDecoder(answer.Body).Decode(&token)
	c.token = token.AccessToken
	return err
}

func TestRegister(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	client := &Client{URL: twin.RippleURL(), TokenURL: twin.TokenURL()}

	if err := client.Register("111122223333", "128347567789", "company1", "Shop"); err != nil {
		t.Fatal(err)
	}

	if found := twin.State().AccountsByCustomerID("111122223333"); len(found) != 1 || found[0].Name != "Shop" {
		t.Errorf("registered: %v", found)
	}
	twin.AssertCalled(sandbox.Expectation{
		Operation: new("createAccount"),
		Body:      map[string]any{"customer_id": "111122223333", "name": "Shop"},
		Status:    new(200),
		Times:     new(1),
	})
	twin.AssertNoDepartures("*.authentication") // it asks for a token when it is refused
}

func TestRegisterTwice(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	client := &Client{URL: twin.RippleURL(), TokenURL: twin.TokenURL()}
	twin.Seed(func(tx *store.Tx) error {
		tx.InsertAccount(store.Account{
			CustomerID: "111122223333", AccountID: "128347567789", CompanyID: "company1", Vendor: "aws", Name: "Shop",
		})
		return nil
	})

	if err := client.Register("111122223333", "128347567789", "company1", "Another shop"); err == nil {
		t.Error("a customer is registered twice")
	}
	twin.AssertCalled(sandbox.Expectation{Clause: new("ripple.account.customer-id.unique"), Times: new(1)})
}

func TestRegisterWhereUnavailable(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	client := &Client{URL: twin.RippleURL(), TokenURL: twin.TokenURL()}
	if err := client.login(); err != nil {
		t.Fatal(err)
	}
	twin.Fault(sandbox.NewFault{
		Kind: sandbox.Status, Status: new(503), Count: new(1), Operations: &[]string{"createAccount"},
	})

	if err := client.Register("111122223333", "128347567789", "company1", "Shop"); err != nil {
		t.Error(err)
	}
	twin.AssertCalled(sandbox.Expectation{Operation: new("createAccount"), Times: new(2)})
}

func TestRegisterADayLater(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t, mock.WithFrozenClock(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)))
	client := &Client{URL: twin.RippleURL(), TokenURL: twin.TokenURL()}
	if err := client.Register("111122223333", "128347567789", "company1", "Shop"); err != nil {
		t.Fatal(err)
	}

	twin.Sandbox.Clock.Advance(25 * time.Hour)

	if err := client.Register("444455556666", "128347567789", "company1", "Another shop"); err != nil {
		t.Error(err)
	}
	twin.AssertCalled(sandbox.Expectation{Operation: new("issueAccessToken"), Times: new(2)})
}

// TestGuide holds the code of the guide to this file, which runs.
func TestGuide(t *testing.T) {
	code, err := os.ReadFile("guide_test.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../docs/go-tests.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	if len(blocks) < 4 {
		t.Errorf("the guide has %d blocks of code", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(string(code), block[1]) {
			t.Errorf("the guide shows what does not run:\n%s", block[1])
		}
	}
}
