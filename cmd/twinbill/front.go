package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/twinbill/twinbill/mock/front"
)

// served is the twin as clients meet it: open to the pages of --cors, and compressed.
func (f serveFlags) served(twin http.Handler) (http.Handler, error) {
	var err error
	if len(f.cors) > 0 {
		if twin, err = front.CORS(twin, f.cors...); err != nil {
			return nil, fmt.Errorf("serve: --cors: %w", err)
		}
	}
	if f.compress {
		return front.Compress(twin)
	}
	return twin, nil
}

// logged is a handler whose requests are numbered, and logged under --access-log.
func (f serveFlags) logged(handler http.Handler) http.Handler {
	handler = front.RequestID(handler)
	if f.accessLog {
		handler = front.AccessLog(handler, slog.Default())
	}
	return handler
}

// checkToken errs on a token, if one is given, that no header could carry.
func (f serveFlags) checkToken(given bool) error {
	if given && (f.adminToken == "" || strings.ContainsFunc(f.adminToken, func(r rune) bool { return r <= ' ' || r > '~' })) {
		return errors.New("serve: --admin-token is a text of visible ASCII characters, to be sent in a header")
	}
	return nil
}
