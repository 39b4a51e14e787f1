package stranger

// wireVariants change how answers look on the wire.
var wireVariants = []Variant{
	{Name: "json-keys-reversed", Area: "all", Says: "Object keys come in another order."},
	{Name: "json-keys-shuffled", Area: "all", Says: "Object keys come in a new order each time."},
	{Name: "json-pretty", Area: "all", Says: "JSON is indented."},
	{Name: "json-newline", Area: "all", Says: "A newline ends each JSON text."},
	{Name: "json-crlf-blanks", Area: "all", Says: "Blanks and line ends stand around the JSON text."},
	{Name: "json-ascii", Area: "all", Says: "Characters beyond ASCII are written as escapes, pairs of them for emoji."},
	{Name: "json-html-escaped", Area: "all", Says: "The signs < > & are written as \\u escapes."},
	{Name: "json-slash-escaped", Area: "all", Says: "Slashes are written with a backslash."},
	{Name: "json-numbers-padded", Area: "all", Says: "Numbers have trailing zeros, as in 0.10."},
	{Name: "json-numbers-exponent", Area: "all", Says: "Numbers are written with an exponent, as in 1e-01."},
	{Name: "content-type-charset", Area: "all", Says: "Content-Type names a charset."},
	{Name: "content-type-odd-case", Area: "all", Says: "Content-Type is in odd letters, with a quoted charset."},
	{Name: "content-type-twice", Area: "all", Says: "Content-Type is declared twice with the same value."},
	{Name: "header-names-lower", Area: "all", Says: "Header names are in small letters."},
	{Name: "slow-answers", Area: "all", Says: "Each answer takes 20 to 50 ms longer."},
	{Name: "chunked-answers", Area: "all", Says: "Answers come in chunks, without a Content-Length."},
	{Name: "gzip-answers", Area: "all", Says: "Answers are compressed for clients that allow it."},
	{Name: "connection-closed-each", Area: "all", Says: "Each answer closes its connection."},
	{Name: "connection-closed-sometimes", Area: "all", Says: "A third of the answers close their connection."},
	{Name: "idle-cut", Area: "all", Says: "Idle connections are cut after 120 ms; needs Tune on the http.Server."},
	{Name: "early-hints", Area: "all", Says: "An informational 103 precedes each answer."},
	{Name: "redirect-308", Area: "all", Says: "Everything is redirected once, by 308, to another path prefix."},
	{Name: "redirect-307", Area: "all", Says: "Everything is redirected once, by 307, to another path prefix."},
	{Name: "redirect-get-301", Area: "all", Says: "Reads are redirected once, by 301, to another path prefix."},
	{Name: "rate-limit-headers", Area: "all", Says: "Answers tell of rate limits."},
	{Name: "throttled-sometimes", Area: "all", Says: "Each 43rd request gets 429 with Retry-After 1 and has no effect."},
	{Name: "unavailable-sometimes", Area: "all", Says: "Each 43rd request gets 503 with Retry-After 1 and has no effect."},
	{Name: "etag-sent", Area: "all", Says: "Answers have an ETag and a Cache-Control."},
	{Name: "cookies-set", Area: "all", Says: "Answers set cookies."},
	{Name: "security-headers", Area: "all", Says: "Answers have the usual headers of a proxy in front."},
	{Name: "head-like-get", Area: "all", Says: "HEAD is answered as GET is, without the body."},
	{Name: "options-answered", Area: "all", Says: "OPTIONS is answered with 204 and Allow."},
	{Name: "success-extra-fields", Area: "ripple", Says: "Success answers have a request id as well.", answer: func(_ *call, a *answer) {
		if o, is := a.body.(obj); is && o["status"] == "success" {
			a.body = with(o, "request_id", "6f1d2c", "warnings", []any{})
		}
	}},
	{Name: "extra-fields-change", Area: "all", Says: "Rows, at any depth, have a field more that is another at each reading.", answer: func(c *call, a *answer) {
		if a.status == 200 && c.op.id != "issueAccessToken" {
			a.body = numbered(a.body, c.s.served, a.page)
		}
	}},
}

// numbered is a value with the number of the answer in every object, save the one that holds
// CloudHealth's page.
func numbered(v any, number int, page bool) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = numbered(element, number, false)
		}
		return out
	case obj:
		out := obj{}
		for name, inner := range v {
			out[name] = numbered(inner, number, false)
		}
		if !page {
			out["read_as"] = number
		}
		return out
	}
	return v
}

// errorVariants change errors of which the pages print nothing.
var errorVariants = []Variant{
	{Name: "errors-html", Area: "errors", Says: "Unprinted errors are HTML pages."},
	{Name: "errors-text", Area: "errors", Says: "Unprinted errors are plain text."},
	{Name: "errors-empty", Area: "errors", Says: "Unprinted errors have no body."},
	{Name: "errors-problem-json", Area: "errors", Says: "Unprinted errors are problem details."},
	{Name: "errors-extra-keys", Area: "errors", Says: "Ripple's errors have more keys, the printed ones too.", answer: func(c *call, a *answer) {
		if o, is := a.body.(obj); is && o["code"] != nil {
			a.body = with(o, "timestamp", "2026-01-01T00:00:00Z", "path", c.r.URL.Path, "trace", nil)
		}
	}},
	{Name: "unauthorized-403", Area: "ripple", Says: "A missing or bad token gets 403.", answer: restate(false, 401, 403)},
	{Name: "unauthorized-400", Area: "ripple", Says: "A missing or bad token gets 400.", answer: restate(false, 401, 400)},
	{Name: "forbidden-401", Area: "ripple", Says: "A missing role gets 401.", answer: restate(false, 403, 401)},
	{Name: "forbidden-404", Area: "ripple", Says: "A missing role gets 404.", answer: restate(false, 403, 404)},
	{Name: "invalid-422", Area: "ripple", Says: "A wrong request gets 422 where the pages print no status.", answer: restate(false, 400, 422)},
	{Name: "cloudhealth-unauthorized-403", Area: "assignments", Says: "A bad key gets 403.", answer: restate(true, 401, 403)},
	{Name: "no-such-path-403", Area: "all", Says: "A path that no operation has gets 403."},
	{Name: "no-such-path-500", Area: "all", Says: "A path that no operation has gets 500."},
	{Name: "no-such-path-501", Area: "all", Says: "A path that no operation has gets 501."},
	{Name: "absent-400", Area: "ripple", Says: "An unknown reseller or billing group gets 400."},
	{Name: "absent-422", Area: "ripple", Says: "An unknown reseller or billing group gets 422."},
	{Name: "absent-403", Area: "ripple", Says: "An unknown reseller or billing group gets 403."},
	{Name: "delete-gone-200", Area: "ripple", Says: "Deleting a reseller or group that is gone succeeds."},
	{Name: "ripple-media-type-checked", Area: "ripple", Says: "Ripple answers 415 to a body that is not declared as JSON."},
	{Name: "unknown-fields-refused", Area: "all", Says: "Fields that no page prints are refused."},
	{Name: "update-clears-absent", Area: "accounts, billing groups", Says: "An update clears the optional fields that it does not name."},
}

// restate gives another status to unprinted errors.
func restate(cloud bool, from, to int) func(*call, *answer) {
	return func(c *call, a *answer) {
		if a.free && a.status == from && c.op.cloudHealth() == cloud {
			a.status = to
		}
	}
}

var tokenVariants = []Variant{
	{Name: "token-type-lower", Area: "token", Says: "token_type is bearer, in small letters.", answer: func(_ *call, a *answer) {
		if o, is := a.body.(obj); is && o["token_type"] != nil {
			a.body = with(o, "token_type", "bearer")
		}
	}},
	{Name: "token-extra-fields", Area: "token", Says: "A token answer has more fields.", answer: func(_ *call, a *answer) {
		if o, is := a.body.(obj); is && o["token_type"] != nil {
			a.body = with(o, "scope", "openid", "created_at", int64(1767225600), "refresh_expires_in", nil)
		}
	}},
	{Name: "token-error-extra", Area: "token", Says: "A token error has an address and a hint.", answer: func(c *call, a *answer) {
		if o, is := a.body.(obj); is && c.op.id == "issueAccessToken" && o["error"] != nil {
			a.body = with(o, "error_uri", "https://example.test/errors", "hint", "see the pages")
		}
	}},
	{Name: "token-error-short", Area: "token", Says: "A token error has its code alone.", answer: func(c *call, a *answer) {
		if o, is := a.body.(obj); is && c.op.id == "issueAccessToken" && o["error"] != nil {
			a.body = pick(o, "error")
		}
	}},
	{Name: "token-opaque", Area: "token", Says: "Access tokens are opaque texts."},
	{Name: "token-long", Area: "token", Says: "Access tokens have 2,600 characters."},
	{Name: "token-odd-characters", Area: "token", Says: "Access tokens use all characters that bearer tokens may have."},
	{Name: "token-same-again", Area: "token", Says: "A client gets the token that it has."},
	{Name: "token-invalid-client-400", Area: "token", Says: "invalid_client comes with 400."},
	{Name: "token-refreshed", Area: "token", Says: "A refresh token yields another token, once."},
	{Name: "token-any-scope", Area: "token", Says: "Unknown scopes are ignored."},
}
