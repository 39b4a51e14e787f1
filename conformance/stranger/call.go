package stranger

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// call is one request to one operation.
type call struct {
	s    *Server
	r    *http.Request
	op   *operation
	ten  *tenant
	who  *client
	vars []string
	raw  []byte
	bugs []Bug
	snap map[string]*table
}

func (c *call) on(name string) bool { return c.s.on(name) && c.struck() }

// struck reports whether this request is about the vendor that the bug strikes.
func (c *call) struck() bool {
	v := c.s.vendor
	return v == "" || strings.Contains(c.r.URL.Path, "/"+v) || c.r.URL.Query().Get("vendor") == v ||
		strings.Contains(strings.ReplaceAll(string(c.raw), " ", ""), `"vendor":"`+v+`"`)
}

// any says whether a bug of this operation has some property.
func (c *call) any(has func(Bug) bool) bool { return slices.ContainsFunc(c.bugs, has) }

// run does the operation and lets the deviations change its answer.
func (c *call) run() answer {
	a, entered := c.enter()
	if entered {
		a = c.work()
	}
	a.page = c.op.cloudHealth()
	for _, v := range c.s.variants {
		if v.answer != nil {
			v.answer(c, &a)
		}
	}
	for _, b := range c.bugs {
		if b.answer != nil {
			b.answer(c, &a)
		}
	}
	return a
}

// work does the operation for a caller who may.
func (c *call) work() answer {
	key := c.op.id + " " + c.r.URL.RequestURI()
	if c.ten != nil {
		key = c.ten.name + " " + key
	}
	stale := c.any(func(b Bug) bool { return b.stale })
	if k, there := c.s.cache[key]; stale && there && time.Now().Before(k.until) {
		return k.a
	}
	if c.any(func(b Bug) bool { return b.loses }) {
		c.snap = map[string]*table{}
		for kind, t := range c.ten.tables {
			c.snap[kind] = t.copy()
		}
		c.s.pause()
	}
	a := c.op.do(c)
	if stale && a.status == 200 {
		c.s.cache[key] = kept{time.Now().Add(25 * time.Second), a}
	}
	return a
}

// enter finds the caller's tenant and says whether the caller may go on; the
// answer counts when not.
func (c *call) enter() (answer, bool) {
	if c.op.id == "issueAccessToken" {
		return answer{}, true
	}
	if c.any(func(b Bug) bool { return b.open }) && c.r.Header.Get("Authorization") == "" && c.r.URL.Query().Get("api_key") == "" {
		c.ten = c.s.tenants["acme"]
		return answer{}, true
	}
	scheme, secret, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") {
		secret = ""
	}
	if c.op.cloudHealth() {
		if k := c.r.URL.Query().Get("api_key"); k != "" {
			secret = k
		}
		name, there := c.s.keys[secret]
		for key, holder := range c.s.keys {
			if strings.EqualFold(key, secret) && c.on("assignment-list-key-case-ignored") || len(secret) > 4 && strings.HasPrefix(key, secret) && c.on("assignment-get-key-cut-accepted") {
				name, there = holder, true
			}
		}
		if !there {
			return refuse(401, "unauthorized"), false
		}
		c.ten = c.s.tenants[name]
		return answer{}, true
	}
	t, there := c.s.tokens[secret]
	for other, of := range c.s.tokens {
		cut := strings.LastIndex(other, ".")
		if !there && strings.HasPrefix(secret, other[:cut+1]) && cut > 0 && c.on("account-list-token-signature-unchecked") {
			t, there = of, true
		}
	}
	if !there || time.Now().After(t.until) {
		a := fail(401, "unauthorized")
		a.header.Set("WWW-Authenticate", "Bearer")
		return a, false
	}
	c.who, c.ten = t.who, c.s.tenants[t.who.tenant]
	roles := slices.Clone(c.op.roles)
	for _, b := range c.bugs {
		roles = append(roles, b.also...)
		roles = slices.DeleteFunc(roles, func(r string) bool { return slices.Contains(b.not, r) })
	}
	if !slices.ContainsFunc(roles, func(r string) bool { return c.who.roles[r] || r == "*" }) {
		return fail(403, "forbidden"), false
	}
	return answer{}, true
}

// input reads the JSON object of a Ripple request.
func (c *call) input() (obj, *answer) {
	if c.on("ripple-media-type-checked") {
		if m, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || m != "application/json" {
			a := fail(415, "unsupported media type")
			return nil, &a
		}
	}
	v, err := parse(c.raw)
	in, is := v.(map[string]any)
	if err != nil || !is {
		a := fail(400, "the body must be a JSON object")
		return nil, &a
	}
	return in, nil
}

// find looks a row up, with the tenant that holds it.
func (c *call) find(kind, key string) (*tenant, obj) {
	if row, there := c.ten.tab(kind).rows[key]; there {
		return c.ten, row
	}
	if c.any(func(b Bug) bool { return b.foreign }) {
		for _, t := range c.s.tenants {
			if row, there := t.tab(kind).rows[key]; there {
				return t, row
			}
		}
	}
	return c.ten, nil
}

// list are the rows that a list shows.
func (c *call) list(kind string) []obj {
	rows := c.s.seen(c.ten, kind).all()
	return c.s.ordered(rows)
}

// gap is the moment between the checks of an operation and its write. The
// correct server keeps the lock.
func (c *call) gap() {
	if c.any(func(b Bug) bool { return b.gap }) {
		c.s.pause()
	}
}

// put stores a row.
func (c *call) put(t *tenant, kind, key string, row obj) {
	mark := c.op.id + " " + t.name + " " + kind + " " + key
	at, before := c.s.touched[mark]
	c.s.touched[mark] = time.Now()
	old := t.tab(kind).rows[key]
	if c.any(func(b Bug) bool { return b.second }) && before && time.Since(at) < 4*time.Second {
		return
	}
	c.restore(t, kind)
	for _, b := range c.bugs {
		if b.row != nil {
			row = b.row(old, row)
		}
	}
	t.tab(kind).put(key, row)
	if old != nil && c.any(func(b Bug) bool { return b.reverts }) {
		c.s.later(func() { t.tab(kind).put(key, old) })
	}
	if old == nil && c.any(func(b Bug) bool { return b.vanishes }) {
		c.s.later(func() { t.tab(kind).drop(key) })
	}
}

// restore brings a table back as the request first saw it, a lost update.
func (c *call) restore(t *tenant, kind string) {
	if old := c.snap[kind]; old != nil && t == c.ten {
		t.tables[kind] = old
		delete(c.snap, kind)
	}
}

// drop deletes a row.
func (c *call) drop(t *tenant, kind, key string) {
	old := t.tab(kind).rows[key]
	c.restore(t, kind)
	t.tab(kind).drop(key)
	if old != nil && c.any(func(b Bug) bool { return b.returns }) {
		c.s.later(func() { t.tab(kind).put(key, old) })
	}
}
