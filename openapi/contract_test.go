package openapi

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func loadAll(t *testing.T) []*Contract {
	t.Helper()
	var all []*Contract
	for _, api := range APIs() {
		c, err := Load(api, Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func TestThirtyOperations(t *testing.T) {
	want := map[API]int{Ripple: 25, CloudHealth: 5}
	for _, c := range loadAll(t) {
		documented := slices.DeleteFunc(slices.Clone(c.Operations), (*Operation).Supporting)
		if len(documented) != want[c.API] {
			t.Errorf("the pages of %s have %d operations, want %d", c.API, len(documented), want[c.API])
		}
		if err := c.Doc.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", c.API, err)
		}
	}
}

// headings are those of the five pages, in kebab-case English, and under up the nouns
// that other public pages describe.
var headings = map[string][]string{
	"up":      {"aws-accounts", "customers", "projects", "user"},
	"account": {"create", "list", "update", "delete"},
	"reseller": {
		"create-reseller-account", "get-reseller-account-list", "delete-reseller-account",
		"update-password-for-reseller-account", "update-meta-for-reseller-account", "meta",
	},
	"billinggroup": {
		"create", "create-invoices", "list", "list-details", "update", "update-invoice-setting", "update-free-format",
		"delete-free-format", "update-invoice-template", "delete",
	},
	"exchangerate": {
		"update-monthly-rate", "get-monthly-invoice-id-rates", "set-monthly-invoice-id-rates",
		"get-monthly-payer-account-id-rates", "set-monthly-payer-account-id-rates", "update-monthly-invoice-setting-rate",
	},
	"assignment": {
		"required-fields", "cloudhealth-computed-read-only-fields", "validation-criteria", "media-types",
		"example-create-an-aws-account-assignment", "example-update-an-aws-account-assignment", "endpoints",
		"create-an-aws-account-assignment", "read-an-aws-account-assignment", "read-all-aws-account-assignments",
		"update-an-aws-account-assignment", "delete-an-aws-account-assignment",
	},
}

// TestSupportingOperations holds what the pages leave to other sources to the level
// should: no target fails over it.
func TestSupportingOperations(t *testing.T) {
	var have []string
	for _, c := range loadAll(t) {
		for _, op := range c.Operations {
			if op.Supporting() {
				have = append(have, op.ID)
			}
		}
		for _, clause := range c.Clauses {
			supporting := slices.ContainsFunc(clause.Operations, func(id string) bool { return c.Operation(id).Supporting() })
			if supporting && clause.Level == Must {
				t.Errorf("%s is a must, and %v are supporting", clause.ID, clause.Operations)
			}
			if page, _, _ := strings.Cut(clause.Source, "#"); supporting != (page == "up") {
				t.Errorf("%s has the source %s", clause.ID, clause.Source)
			}
		}
	}
	want := []string{
		"createProject", "deleteProject", "getAwsAccount", "getCustomer", "getUser", "createCustomer", "deleteCustomer",
		"listAwsAccounts", "listCustomers", "listProjects", "updateCustomer", "updateProject",
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("supporting operations: %v, want %v", have, want)
	}
}

func TestClauses(t *testing.T) {
	slug := regexp.MustCompile(`^(ripple|cloudhealth)(\.[a-z0-9]+(-[a-z0-9]+)*)+$`)
	seen := map[string]bool{}
	total := 0
	for _, c := range loadAll(t) {
		for _, clause := range c.Clauses {
			total++
			if seen[clause.ID] {
				t.Errorf("%s stands twice", clause.ID)
			}
			seen[clause.ID] = true
			if !slug.MatchString(clause.ID) || !strings.HasPrefix(clause.ID, string(c.API)+".") {
				t.Errorf("%s is no slug of %s", clause.ID, c.API)
			}
			if !slices.Contains([]Level{Must, Should, Silent}, clause.Level) {
				t.Errorf("%s has the level %q", clause.ID, clause.Level)
			}
			if clause.Says == "" {
				t.Errorf("%s says nothing", clause.ID)
			}
			page, heading, _ := strings.Cut(clause.Source, "#")
			if clause.Origin == Ruling {
				if page != "dialect" || heading != clause.ID {
					t.Errorf("%s names the source %s", clause.ID, clause.Source)
				}
				continue
			}
			if !slices.Contains(headings[page], heading) {
				t.Errorf("%s names the source %s, which is no heading of a page", clause.ID, clause.Source)
			}
		}
	}
	if total < 300 {
		t.Errorf("the ledger holds %d clauses", total)
	}
}

func TestWrittenClausesAreNoRulings(t *testing.T) {
	for _, c := range loadAll(t) {
		for _, clause := range c.Clauses {
			if _, isPoint := FindPoint(clause.ID); isPoint && clause.Origin != Ruling {
				t.Errorf("%s is written in the contract, and a point of the dialect", clause.ID)
			}
		}
	}
}

func TestOperations(t *testing.T) {
	for _, c := range loadAll(t) {
		for _, op := range c.Operations {
			if op.Success == 0 {
				t.Errorf("%s documents no success", op.ID)
			}
			if c.API == Ripple && op.Authenticated() && len(op.Roles) == 0 {
				t.Errorf("%s names no role", op.ID)
			}
			if op.Undo == nil {
				continue
			}
			ways := 0
			for _, way := range []bool{op.Undo.None != "", op.Undo.OperationID != "", op.Undo.Restore != nil} {
				if way {
					ways++
				}
			}
			if ways != 1 {
				t.Errorf("%s is undone in %d ways", op.ID, ways)
			}
			named := []string{op.Undo.OperationID}
			if op.Undo.Lookup != nil {
				named = append(named, op.Undo.Lookup.OperationID)
			}
			if op.Undo.Restore != nil {
				named = []string{op.Undo.Restore.OperationID}
			}
			for _, id := range named {
				if op.Undo.None == "" && c.Operation(id) == nil {
					t.Errorf("%s is undone by %q, which is no operation", op.ID, id)
				}
			}
		}
	}
}

// creating operations have to say how they are undone, or why they cannot be.
func TestUndo(t *testing.T) {
	for _, c := range loadAll(t) {
		for _, op := range c.Operations {
			creates := strings.HasPrefix(op.ID, "create") || strings.HasPrefix(op.ID, "set") || strings.HasPrefix(op.ID, "issue")
			if creates && op.Undo == nil {
				t.Errorf("%s does not say what undoes it", op.ID)
			}
		}
	}
}

func TestReturnsTheSameContract(t *testing.T) {
	a, err := Load(Ripple, Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(Ripple, Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Error("the contract was loaded twice")
	}
}
