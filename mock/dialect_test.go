package mock_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/openapi"
)

// TestEveryPointIsRead: a switchable point changes the contract by an overlay, or is
// read by a twin's code.
func TestEveryPointIsRead(t *testing.T) {
	var code strings.Builder
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := os.ReadFile(name)
		code.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range openapi.Points() {
		if !p.Switchable || p.Unobservable != "" {
			continue
		}
		if !openapi.ChangesContract(p) && !regexp.MustCompile(`(Is|Reading)\("`+regexp.QuoteMeta(p.Slug)+`"`).MatchString(code.String()) {
			t.Errorf("no twin reads %s", p.Slug)
		}
	}
}
