package front

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/cors"

	"github.com/twinbill/twinbill/mock/wire"
)

// preflightAge is how long a browser may remember an answer to a preflight request.
const preflightAge = 10 * time.Minute

// exposed are the headers of answers that a page may read. A browser takes * for them only
// where no credentials go along.
var exposed = []string{
	"Accept-Encoding", "Allow", "Link", "Location", "Retry-After", "Twinbill-Clause", "WWW-Authenticate", wire.RequestIDHeader, "X-Per-Page", "X-Total",
}

// CORS lets pages of some origins use the APIs from a browser, and answers preflight
// requests in front of them. The control API is never among what they may use. Requests of
// origins that are named may come with the browser's credentials, those of * may not. An
// origin is `https://app.example.com`, may hold one `*`, or is `*` for all; it errs on any other.
func CORS(next http.Handler, origins ...string) (http.Handler, error) {
	for _, origin := range origins {
		if !isOrigin(origin) {
			return nil, fmt.Errorf("%q is no origin; write it as https://app.example.com, or * for all", origin)
		}
	}
	shared := cors.New(cors.Options{
		AllowedOrigins:      origins,
		AllowedMethods:      []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders:      []string{"*"},
		ExposedHeaders:      exposed,
		AllowCredentials:    !slices.Contains(origins, "*"),
		MaxAge:              int(preflightAge.Seconds()),
		AllowPrivateNetwork: true,
	}).Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path+"/", "/__admin/") { // below any base path
			next.ServeHTTP(w, r)
			return
		}
		shared.ServeHTTP(w, r)
	}), nil
}

func isOrigin(text string) bool {
	if text == "*" {
		return true
	}
	text = strings.Replace(strings.ToLower(text), "*", "any", 1)
	u, err := url.Parse(text)
	return err == nil && slices.Contains([]string{"http", "https"}, u.Scheme) && u.Hostname() != "" &&
		!strings.Contains(text, "*") && text == u.Scheme+"://"+u.Host
}
