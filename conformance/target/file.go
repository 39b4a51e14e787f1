package target

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/openapi"
)

// File describes a deployment: where each API is, who is admitted, and what it supplies.
// docs/target.md explains every field.
type File struct {
	// What the deployment supplies, by the names of scenarios/inputs.yaml, and what the
	// user's own scenarios take, by theirs.
	Inputs map[string]any

	content content
	spots   spots
	secrets []string
	sites   map[openapi.API]*site
	contact time.Duration
	settle  time.Duration
}

// content is a target file as it is written.
type content struct {
	Ripple      *rippleSite      `yaml:"ripple"`
	CloudHealth *cloudHealthSite `yaml:"cloudhealth"`
	Timeouts    timeouts         `yaml:"timeouts"`
	Inputs      map[string]any   `yaml:"inputs"`
	OwnInputs   map[string]any   `yaml:"own_inputs"`
}

type rippleSite struct {
	URL      string         `yaml:"url"`
	TokenURL string         `yaml:"token_url"`
	Client   client         `yaml:"client"`
	User     user           `yaml:"user"`
	Other    client         `yaml:"other_client"`
	Fewer    fewer          `yaml:"fewer_roles"`
	Roles    roles          `yaml:"roles"`
	Headers  map[string]any `yaml:"headers"`
	TLS      tlsFiles       `yaml:"tls"`
	Pace     string         `yaml:"pace"`
}

type client struct {
	ID     string `yaml:"id"`
	Secret string `yaml:"secret"`
}

type user struct {
	Name     string `yaml:"name"`
	Password string `yaml:"password"`
}

// fewer are clients that hold only some roles. The key X serves the input
// ripple_X_token.
type fewer struct {
	ReadOnly     client `yaml:"readonly"`
	NoRoles      client `yaml:"noroles"`
	Admin        client `yaml:"admin"`
	BillingGroup client `yaml:"billinggroup"`
	Settings     client `yaml:"settings"`
}

// roles are clients that hold one role each, by its name.
type roles struct {
	ModifyAccount      client `yaml:"ModifyAccount"`
	ReadAccount        client `yaml:"ReadAccount"`
	ModifyReseller     client `yaml:"ModifyReseller"`
	ReadReseller       client `yaml:"ReadReseller"`
	ModifyBillingGroup client `yaml:"ModifyBillingGroup"`
	ReadBillingGroup   client `yaml:"ReadBillingGroup"`
	ModifySettings     client `yaml:"ModifySettings"`
	ReadSettings       client `yaml:"ReadSettings"`
	ModifyInvoice      client `yaml:"ModifyInvoice"`
}

type cloudHealthSite struct {
	URL      string         `yaml:"url"`
	Key      string         `yaml:"key"`
	OtherKey string         `yaml:"other_key"`
	Headers  map[string]any `yaml:"headers"`
	TLS      tlsFiles       `yaml:"tls"`
	Pace     string         `yaml:"pace"`
}

type timeouts struct {
	Contact string `yaml:"contact"`
	Answer  string `yaml:"answer"`
	Settle  string `yaml:"settle"`
}

// DefaultTimeout is how long one attempt may take where nothing else is set.
const DefaultTimeout = 15 * time.Second

// DefaultSettle is how long a write may take to show in every list where nothing else is
// set. It is waited for only where something is amiss.
const DefaultSettle = 5 * time.Second

// mostBytes is the largest target file.
const mostBytes = 64 << 10

// ReadFile reads a target file and the environment variables that it names. An error is
// one line, "FILE:LINE:COLUMN: what is wrong and how to mend it".
func ReadFile(name string) (*File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > mostBytes {
		return nil, fmt.Errorf("%s is no file of at most %d bytes; name a target file", name, mostBytes)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, data, os.LookupEnv)
}

// Parse is ReadFile on a text and an environment. The files of tls are relative to the
// name.
func Parse(name string, data []byte, environment func(string) (string, bool)) (*File, error) {
	f := &File{sites: map[openapi.API]*site{}}
	var err error
	if f.spots, err = decode(name, data, &f.content); err != nil {
		return nil, err
	}
	b := builder{File: f, environment: environment}
	b.build()
	if b.err != nil {
		return nil, b.err
	}
	return f, nil
}

// APIs lists the APIs that the file describes.
func (f *File) APIs() []openapi.API {
	return slices.DeleteFunc(openapi.APIs(), func(api openapi.API) bool { return f.sites[api] == nil })
}

// Secrets lists every value that came from the environment: no artefact may show them.
func (f *File) Secrets() []string { return slices.Clone(f.secrets) }

// Contact is how long the first answer may take; 0 where the file does not say.
func (f *File) Contact() time.Duration { return f.contact }

// Credentials are what admits the suite, with the variables filled in.
func (f *File) Credentials() Credentials {
	var c Credentials
	if r := f.content.Ripple; r != nil {
		c.Ripple = Ripple{Client: Client(r.Client), Username: r.User.Name, Password: r.User.Password, Fewer: map[string]Client{}, Roles: map[string]Client{}}
		for key, one := range clients(&r.Fewer) {
			if *one != (client{}) {
				c.Ripple.Fewer["ripple_"+key+"_token"] = Client(*one)
			}
		}
		if r.Other != (client{}) {
			c.Ripple.Fewer["ripple_other_token"] = Client(r.Other)
		}
		for role, one := range clients(&r.Roles) {
			if *one != (client{}) {
				c.Ripple.Roles[role] = Client(*one)
			}
		}
		c.Ripple.alike()
	}
	if h := f.content.CloudHealth; h != nil {
		c.CloudHealth = CloudHealth{h.Key, h.OtherKey}
	}
	return c
}

// clients are those of a struct that holds nothing else, by their keys.
func clients(of any) iter.Seq2[string, *client] {
	return func(yield func(string, *client) bool) {
		fields := reflect.ValueOf(of).Elem()
		for i := range fields.NumField() {
			if !yield(fields.Type().Field(i).Tag.Get("yaml"), fields.Field(i).Addr().Interface().(*client)) {
				return
			}
		}
	}
}

// Options win over what a file says. Zero values leave it at that.
type Options struct {
	APIs        []openapi.API // the ones to reach
	Timeout     time.Duration // of one attempt
	Pace        rate.Limit    // of each API, in requests a second
	MaxRequests int           // see Target
}

// Target is the deployment that the file describes. It errs where the file lacks every
// API asked for.
func (f *File) Target(o Options) (*Target, error) {
	t := newTarget("")
	t.MaxRequests, t.Settle = o.MaxRequests, f.settle
	var addresses []string
	for _, api := range f.APIs() {
		if len(o.APIs) > 0 && !slices.Contains(o.APIs, api) {
			continue
		}
		described := f.sites[api]
		s := &site{
			root: described.root, server: described.server, token: described.token, header: described.header,
			transport: described.transport, timeout: described.timeout,
		}
		t.sites[api] = s
		if described.limiter != nil {
			t.Pace(api, described.limiter.Limit())
		}
		if o.Pace > 0 {
			t.Pace(api, o.Pace)
		}
		if o.Timeout > 0 {
			s.timeout = o.Timeout
		}
		if shown := s.shown(); !slices.Contains(addresses, shown) {
			addresses = append(addresses, shown)
		}
	}
	if len(addresses) == 0 {
		return nil, fmt.Errorf("%s does not describe %v; add it, or verify %v", f.spots.name, o.APIs, f.APIs())
	}
	t.Base = strings.Join(addresses, " and ")
	return t, nil
}

// shown is the address of a site for people.
func (s *site) shown() string {
	if s.server != "" {
		return s.server
	}
	return s.root
}

// builder makes sense of what a file holds; err is the first mistake.
type builder struct {
	*File
	environment func(string) (string, bool)
	err         error
}

// fail records a mistake at a place of the file, unless there is one already.
func (b *builder) fail(place, format string, args ...any) {
	if b.err == nil {
		b.err = b.spots.mistake(place, format, args...)
	}
}

func (b *builder) build() {
	r, h := b.content.Ripple, b.content.CloudHealth
	if r == nil && h == nil {
		b.fail("", "neither ripple nor cloudhealth is described; name one with its url")
	}
	answer := b.duration("timeouts.answer", b.content.Timeouts.Answer, DefaultTimeout)
	b.contact = b.duration("timeouts.contact", b.content.Timeouts.Contact, 0)
	if settle := b.content.Timeouts.Settle; settle != "0s" && settle != "0" {
		b.settle = b.duration("timeouts.settle", settle, DefaultSettle)
	}
	if r != nil {
		s := b.site(openapi.Ripple, r.URL, r.Headers, r.TLS, r.Pace, answer)
		s.server = s.root
		s.root = strings.TrimSuffix(s.root, ripplePath)
		s.token = b.url("ripple.token_url", r.TokenURL, "where tokens are issued, such as https://login.example.com/ripple/access_token")
		b.client("ripple.client", &r.Client)
		b.text("ripple.user.name", &r.User.Name)
		b.secret("ripple.user.password", &r.User.Password)
		b.client("ripple.other_client", &r.Other)
		if r.Other.ID != "" && r.Other.ID == r.Client.ID {
			b.fail("ripple.other_client", "other_client is client itself; name a client of another partner, or leave it out")
		}
		for key, one := range clients(&r.Fewer) {
			b.client("ripple.fewer_roles."+key, one)
		}
		for role, one := range clients(&r.Roles) {
			b.client("ripple.roles."+role, one)
		}
	}
	if h != nil {
		b.site(openapi.CloudHealth, h.URL, h.Headers, h.TLS, h.Pace, answer)
		b.secret("cloudhealth.key", &h.Key)
		b.secret("cloudhealth.other_key", &h.OtherKey)
		if h.OtherKey != "" && h.OtherKey == h.Key {
			b.fail("cloudhealth.other_key", "other_key is key itself; name the key of another partner, or leave it out")
		}
	}
	b.Inputs = b.inputs()
	b.ownInputs()
}

// ripplePath is where Ripple's operations lie below the root of a deployment.
const ripplePath = "/m/ripple"

// site is the site of an API, from what both APIs have.
func (b *builder) site(api openapi.API, url string, headers map[string]any, files tlsFiles, pace string, timeout time.Duration) *site {
	at := string(api)
	s := &site{root: b.url(at+".url", url, "where its paths begin"), timeout: timeout, header: b.headers(at+".headers", headers)}
	transport, err := files.transport(b.spots.dir())
	var bad tlsError
	if errors.As(err, &bad) {
		b.fail(at+".tls."+bad.key, "%s: %v", bad.key, bad.err)
	}
	s.transport = transport
	if pace != "" {
		limit, err := ParsePace(pace)
		if err != nil {
			b.fail(at+".pace", "pace: %v", err)
		}
		s.limiter = rate.NewLimiter(limit, 1)
	}
	b.sites[api] = s
	return s
}

// url reads a required URL.
func (b *builder) url(place, text, what string) string {
	key := place[strings.LastIndex(place, ".")+1:]
	switch {
	case text == "":
		b.fail(place, "%s is missing: %s", key, what)
	case strings.Contains(text, "${"):
		b.fail(place, "%s takes no ${...}, only credentials and headers do; write the URL", key)
	}
	base, err := address(text)
	if err != nil {
		b.fail(place, "%s: %v", key, err)
	}
	return base
}

// duration reads a time above zero.
func (b *builder) duration(place, text string, otherwise time.Duration) time.Duration {
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		b.fail(place, "%q is not a time above zero; write it like 10s or 1m30s", text)
	}
	return d
}
