package mock_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"

	"github.com/anishathalye/porcupine"
)

// accountWork creates, renames, deletes and lists accounts of a few customer ids. A name
// tells which write set it.
type accountWork struct{}

// accountCall is an operation on the account of a customer id.
type accountCall struct{ customerID, kind, name string }

func (c accountCall) part() any { return c.customerID }

func (c accountCall) outcome(output any) string {
	if c.kind == "list" {
		return fmt.Sprint("list ", output != "")
	}
	return fmt.Sprint(c.kind, " ", output)
}

const payer = "128347567789"

func (accountWork) model() porcupine.Model {
	return porcupine.Model{
		Partition: byPart,
		Init:      func() any { return "" }, // the account's name; empty where there is none
		Step: func(state, input, output any) (bool, any) {
			call, there := input.(accountCall), state != ""
			if call.kind == "list" {
				return output == state, state
			}
			may := there != (call.kind == "create")
			switch {
			case output != may:
				return false, nil
			case !may:
				return true, state
			case call.kind == "delete":
				return true, ""
			}
			return true, call.name
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprint(input, " ", output) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%q", state) },
	}
}

// wantedTwice is the customer id of the certain piece.
const wantedTwice = "900000000000"

// certain has two clients create one account at once, and lists what came of it.
func (w accountWork) certain(h *history, clients []*caller) error {
	return atOnce(
		func() error { return w.write(h, 0, clients[0], accountCall{wantedTwice, "create", "one"}) },
		func() error { return w.write(h, 1, clients[1], accountCall{wantedTwice, "create", "two"}) },
	).then(func() error { return w.list(h, 0, clients[0]) })
}

func (w accountWork) random(h *history, client int, c *caller, rng *rand.Rand) error {
	id := fmt.Sprintf("%012d", rng.IntN(parts))
	name := fmt.Sprintf("%d %x", client, rng.Uint64())
	switch n := rng.IntN(16); {
	case n < 7:
		return w.write(h, client, c, accountCall{id, "create", name})
	case n < 11:
		return w.write(h, client, c, accountCall{id, "update", name})
	case n < 15:
		return w.write(h, client, c, accountCall{id, "delete", ""})
	}
	return w.list(h, client, c)
}

func (accountWork) write(h *history, client int, c *caller, call accountCall) error {
	return h.record(client, func() ([]observed, error) {
		fields := row{"vendor": "aws", "account_id": payer, "company_id": "company", "name": call.name, "note": nil}
		var status int
		var err error
		switch call.kind {
		case "create":
			fields["customer_id"] = call.customerID
			status, err = c.ripple(http.MethodPost, "/accts", fields, nil)
		case "update":
			status, err = c.ripple(http.MethodPut, "/accts/"+call.customerID+"/edit", fields, nil)
		case "delete":
			status, err = c.ripple(http.MethodDelete, "/accts/aws/"+call.customerID+"%7C"+payer, nil, nil)
		}
		if err == nil && status != http.StatusOK && status != http.StatusBadRequest {
			err = fmt.Errorf("%v: status %d", call, status)
		}
		return []observed{{call, status == http.StatusOK}}, err
	})
}

// list reads every account: one observation of each customer id.
func (accountWork) list(h *history, client int, c *caller) error {
	return h.record(client, func() ([]observed, error) {
		var listed []row
		status, err := c.ripple(http.MethodGet, "/accts?vendor=aws", nil, &listed)
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("list: status %d, %w", status, err)
		}
		names := map[string]string{wantedTwice: ""}
		for n := range parts {
			names[fmt.Sprintf("%012d", n)] = ""
		}
		for _, a := range listed {
			names[a["customer_id"].(string)] += a["customer_name"].(string) // of two there is no one name
		}
		seen := []observed{}
		for id, name := range names {
			seen = append(seen, observed{accountCall{customerID: id, kind: "list"}, name})
		}
		return seen, nil
	})
}

// outcome is what came of steps: the first error.
type outcome struct{ err error }

// atOnce takes steps at the same time.
func atOnce(steps ...func() error) outcome {
	errs := make(chan error, len(steps))
	var wg sync.WaitGroup
	for _, step := range steps {
		wg.Go(func() { errs <- step() })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return outcome{err}
		}
	}
	return outcome{}
}

func (o outcome) then(step func() error) error {
	if o.err != nil {
		return o.err
	}
	return step()
}
