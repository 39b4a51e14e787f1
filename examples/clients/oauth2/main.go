// A client of Ripple whose tokens come from golang.org/x/oauth2, in both styles of client
// authentication. Ends with 1 where an answer is not the expected one.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for name, style := range map[string]oauth2.AuthStyle{"form": oauth2.AuthStyleInParams, "Basic": oauth2.AuthStyleInHeader} {
		if err := list(ctx, style); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		fmt.Printf("golang.org/x/oauth2, credentials by %s: the billing groups are listed\n", name)
	}
}

// list lists the billing groups by a token of its own.
func list(ctx context.Context, style oauth2.AuthStyle) error {
	config := clientcredentials.Config{
		ClientID:     os.Getenv("RIPPLE_CLIENT_ID"),
		ClientSecret: os.Getenv("RIPPLE_CLIENT_SECRET"),
		TokenURL:     os.Getenv("RIPPLE_TOKEN_URL"),
		Scopes:       []string{"openid"},
		AuthStyle:    style,
	}
	token, err := config.Token(ctx)
	if err != nil {
		return err
	}
	if !token.Valid() || token.Type() != "Bearer" || time.Until(token.Expiry) < time.Minute {
		return fmt.Errorf("the token is a %s one until %v", token.Type(), token.Expiry)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("RIPPLE_BASE_URL")+"/billinggroup", nil)
	if err != nil {
		return err
	}
	answer, err := oauth2.NewClient(ctx, oauth2.StaticTokenSource(token)).Do(request)
	if err != nil {
		return err
	}
	var groups []map[string]any
	err = json.NewDecoder(answer.Body).Decode(&groups)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || len(groups) == 0 {
		return fmt.Errorf("status %d, %d billing groups", answer.StatusCode, len(groups))
	}
	return nil
}
