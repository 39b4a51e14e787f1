// Command go is a client of both APIs. It takes its URLs and credentials from the
// environment, as `eval "$(twinbill env)"` sets them, and ends with an error where an
// answer is not the expected one.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	err := errors.Join(ripple(ctx), cloudHealth(ctx))
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// call is one request. Its body is a form or is sent as JSON, and its answer goes into
// the value that into points to.
type call struct {
	method, url   string
	authorization string
	body          any
	status        int // the expected one
	into          any
}

func (c call) send(ctx context.Context) (http.Header, error) {
	var body io.Reader
	kind := ""
	switch sent := c.body.(type) {
	case nil:
	case url.Values:
		body, kind = strings.NewReader(sent.Encode()), "application/x-www-form-urlencoded"
	default:
		data, err := json.Marshal(sent)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(data), "application/json"
	}
	request, err := http.NewRequestWithContext(ctx, c.method, c.url, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if c.authorization != "" {
		request.Header.Set("Authorization", c.authorization)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != c.status {
		return nil, fmt.Errorf("%s %s: status %d, want %d (%s): %s", c.method, c.url, response.StatusCode, c.status,
			response.Header.Get("Twinbill-Clause"), answer)
	}
	if c.into == nil {
		return response.Header, nil
	}
	return response.Header, json.Unmarshal(answer, c.into)
}

type account struct {
	Vendor     string  `json:"vendor"`
	CustomerID string  `json:"customer_id"`
	AccountID  string  `json:"account_id"`
	CompanyID  string  `json:"company_id"`
	Name       string  `json:"name"`
	Note       *string `json:"note"`
}

func ripple(ctx context.Context) error {
	base := os.Getenv("RIPPLE_BASE_URL")
	var token struct {
		Type   string `json:"token_type"`
		Access string `json:"access_token"`
	}
	if _, err := (call{method: http.MethodPost, url: os.Getenv("RIPPLE_TOKEN_URL"), status: http.StatusOK, into: &token, body: url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {os.Getenv("RIPPLE_CLIENT_ID")},
		"client_secret": {os.Getenv("RIPPLE_CLIENT_SECRET")},
		"scope":         {"openid"},
	}}).send(ctx); err != nil {
		return err
	}
	authorization := token.Type + " " + token.Access

	name := fmt.Sprintf("example-go-%d", rand.IntN(1e9))
	var group struct {
		CompanyID string `json:"company_id"`
	}
	if _, err := (call{method: http.MethodPost, url: base + "/billinggroup", authorization: authorization, status: http.StatusOK, into: &group, body: map[string]any{
		"billinggroup_id": name, "billinggroup_name": name, "company_name": "Example company", "inv_aggregate": false,
	}}).send(ctx); err != nil {
		return err
	}
	a := account{
		Vendor: "aws", CustomerID: fmt.Sprintf("%012d", rand.Int64N(1e12)), AccountID: "919999618919",
		CompanyID: group.CompanyID, Name: "Example customer",
	}
	if _, err := (call{method: http.MethodPost, url: base + "/accts", authorization: authorization, status: http.StatusOK, body: a}).send(ctx); err != nil {
		return err
	}

	var accounts []struct {
		CustomerID   string `json:"customer_id"`
		CustomerName string `json:"customer_name"`
	}
	if _, err := (call{method: http.MethodGet, url: base + "/accts?vendor=aws", authorization: authorization, status: http.StatusOK, into: &accounts}).send(ctx); err != nil {
		return err
	}
	found := 0
	for _, listed := range accounts {
		if listed.CustomerID == a.CustomerID && listed.CustomerName == a.Name {
			found++
		}
	}
	if found != 1 {
		return fmt.Errorf("%s is listed %d times", a.CustomerID, found)
	}
	fmt.Printf("account %s reads back in the billing group %s\n", a.CustomerID, name)

	// The same account again is refused, and the answer says which promise that keeps.
	var refusal struct {
		Code        string `json:"code"`
		Description string `json:"description"`
	}
	header, err := call{method: http.MethodPost, url: base + "/accts", authorization: authorization, status: http.StatusBadRequest, body: a, into: &refusal}.send(ctx)
	if err != nil {
		return err
	}
	if refusal.Code != "5005" || header.Get("Twinbill-Clause") == "" {
		return fmt.Errorf("unexpected refusal: %+v, %v", refusal, header)
	}
	fmt.Printf("refused: %s | %s\n", refusal.Description, header.Get("Twinbill-Clause"))

	for _, place := range []string{
		"/accts/aws/" + url.PathEscape(a.CustomerID+"|"+a.AccountID),
		"/billinggroup/" + group.CompanyID,
	} {
		if _, err := (call{method: http.MethodDelete, url: base + place, authorization: authorization, status: http.StatusOK}).send(ctx); err != nil {
			return err
		}
	}
	return nil
}

type assignment struct {
	ID         int    `json:"id,omitempty"`
	OwnerID    string `json:"owner_id"`
	CustomerID int    `json:"customer_id"`
	PayerID    string `json:"payer_account_owner_id"`
}

var next = regexp.MustCompile(`<([^>]*)>; *rel="next"`)

func cloudHealth(ctx context.Context) error {
	assignments := os.Getenv("CLOUDHEALTH_BASE_URL") + "/v1/aws_account_assignments"
	authorization := "Bearer " + os.Getenv("CLOUDHEALTH_API_KEY")

	var created []int
	for _, owner := range []string{"000000000001", "000000000002", "000000000003"} {
		var a assignment
		if _, err := (call{method: http.MethodPost, url: assignments, authorization: authorization, status: http.StatusOK, into: &a,
			body: assignment{OwnerID: owner, CustomerID: 1, PayerID: owner}}).send(ctx); err != nil {
			return err
		}
		created = append(created, a.ID)
	}

	// Two a page: the second page is where Link says the next one is.
	var listed []int
	pages := 0
	for place := assignments + "?per_page=2"; place != ""; pages++ {
		var page struct {
			Assignments []assignment `json:"aws_account_assignments"`
		}
		header, err := call{method: http.MethodGet, url: place, authorization: authorization, status: http.StatusOK, into: &page}.send(ctx)
		if err != nil {
			return err
		}
		for _, a := range page.Assignments {
			listed = append(listed, a.ID)
		}
		place = ""
		if link := next.FindStringSubmatch(header.Get("Link")); link != nil {
			place = link[1]
		}
	}
	slices.Sort(listed)
	slices.Sort(created)
	if !slices.Equal(listed, created) || pages != 2 {
		return fmt.Errorf("created %v, listed %v on %d pages", created, listed, pages)
	}
	fmt.Printf("%d assignments on %d pages\n", len(listed), pages)

	var refusal struct {
		Errors []string `json:"errors"`
	}
	header, err := call{method: http.MethodPost, url: assignments, authorization: authorization, status: http.StatusUnprocessableEntity, into: &refusal,
		body: assignment{OwnerID: "000000000001", CustomerID: 1, PayerID: "000000000001"}}.send(ctx)
	if err != nil {
		return err
	}
	if len(refusal.Errors) == 0 || header.Get("Twinbill-Clause") == "" {
		return fmt.Errorf("unexpected refusal: %+v, %v", refusal, header)
	}
	fmt.Printf("refused: %s | %s\n", refusal.Errors[0], header.Get("Twinbill-Clause"))

	for _, id := range created {
		if _, err := (call{method: http.MethodDelete, url: fmt.Sprintf("%s/%d", assignments, id), authorization: authorization, status: http.StatusNoContent}).send(ctx); err != nil {
			return err
		}
	}
	return nil
}
