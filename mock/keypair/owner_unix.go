//go:build unix

package keypair

import (
	"io/fs"
	"os"
	"syscall"
)

// user is the one that this process acts for.
var user = os.Geteuid

// trusted reports whether a file belongs to the user of this process, or to root, who can
// put another in its place anyway.
func trusted(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int64(stat.Uid) == int64(user()))
}
