package mock_test

import (
	"fmt"
	"net/http"
	"net/url"

	sandbox "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
)

// printing stands for a *testing.T here, and prints what that would log.
type printing struct{ cleanup func() }

func (*printing) Helper()                          {}
func (*printing) Name() string                     { return "TestClient" }
func (*printing) Failed() bool                     { return false }
func (p *printing) Cleanup(f func())               { p.cleanup = f }
func (*printing) Logf(format string, args ...any)  { fmt.Printf(format+"\n", args...) }
func (p *printing) Errorf(f string, args ...any)   { p.Logf(f, args...) }
func (*printing) Fatalf(format string, arg ...any) { panic(fmt.Sprintf(format, arg...)) }

func ExampleStart() {
	t := &printing{} // in a test: its *testing.T
	twin := mock.Start(t)

	// What the client under test does:
	answer, err := http.PostForm(twin.TokenURL(), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"me"}, "client_secret": {"secret"},
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	answer.Body.Close()

	twin.AssertCalled(sandbox.Expectation{Operation: new("issueAccessToken"), Status: new(200), Times: new(1)})
	twin.AssertNoDepartures()
	fmt.Println(answer.Status, "in the sandbox", twin.Sandbox.Name)

	t.cleanup() // a *testing.T does it by itself

	// Output: 200 OK in the sandbox TestClient
}
