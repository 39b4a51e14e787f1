package keypair

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDirectoryThatOthersWriteTo: whoever can put another certificate there is trusted by
// every client that trusts this one.
func TestDirectoryThatOthersWriteTo(t *testing.T) {
	for mode, refused := range map[os.FileMode]bool{0o777: true, 0o722: true, 0o702: true, 0o770: true, 0o775: true, 0o720: true, 0o755: false, 0o700: false} {
		dir := filepath.Join(t.TempDir(), "pairs")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		if _, err := Open(dir, "made", template, time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"made", "other"} {
			_, err := Open(dir, name, template, time.Now())
			if refused && (err == nil || !strings.HasPrefix(err.Error(), dir+": ") || !strings.Contains(err.Error(), "set its mode to 0700") || strings.Contains(err.Error(), "\n")) || !refused && err != nil {
				t.Errorf("%#o, %s: %v", mode, name, err)
			}
		}
	}
}
