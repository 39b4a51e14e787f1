package stranger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// field says what a request's field must be like. Min and max bound the
// length of a string or the value of a number; bounded says that they do.
type field struct {
	name, kind string
	required   bool
	bounded    bool
	min, max   float64
	enum       []string
	form       func(string) bool
	bytes      bool    // lengths counted in bytes
	falsy      bool    // false, 0 and "" count as missing, a mistake
	coarse     float64 // finer numbers are refused, a mistake
	notNull    bool    // null is refused, a mistake
}

func text(name string, required bool) field {
	return field{name: name, kind: "string", required: required, bounded: required, min: 1, max: 1 << 20}
}

func sized(name string, required bool, least, most float64) field {
	return field{name: name, kind: "string", required: required, bounded: true, min: least, max: most}
}

func oneOf(name string, required bool, enum ...string) field {
	return field{name: name, kind: "string", required: required, enum: enum}
}

func flag(name string, required bool) field {
	return field{name: name, kind: "boolean", required: required}
}

func number(name string) field { return field{name: name, kind: "number", required: true} }

// upTo is a number from 0.
func upTo(name string, most float64) field {
	return field{name: name, kind: "number", required: true, bounded: true, max: most}
}

// rate is an exchange rate, which has to be above zero.
func rate(name string) field {
	return field{name: name, kind: "number", required: true, bounded: true, min: math.SmallestNonzeroFloat64, max: math.MaxFloat64}
}

// parse reads one JSON value and nothing behind it.
func parse(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

// check reads the known fields of a request. What is absent stays absent; the
// complaints are empty when all is well.
func (c *call) check(in obj, fields ...field) (obj, []string) {
	out, wrong := obj{}, []string{}
	for _, f := range fields {
		for _, v := range c.s.variants {
			if v.fields != nil {
				v.fields(c.op.id, &f)
			}
		}
		for _, b := range c.bugs {
			if b.fields != nil {
				b.fields(&f)
			}
		}
		v, there := in[f.name]
		if there && f.falsy && (v == false || v == "" || v == json.Number("0")) {
			there = false
		}
		if !there || v == nil {
			if f.required || there && f.notNull {
				wrong = append(wrong, f.name+" is required")
			} else if there {
				out[f.name] = nil
			}
			continue
		}
		got, complaint := f.read(v)
		if complaint != "" {
			wrong = append(wrong, f.name+" "+complaint)
			continue
		}
		out[f.name] = got
	}
	if c.on("unknown-fields-refused") {
		for name := range in {
			if !slices.Contains(printedExtras, name) && !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
				wrong = append(wrong, name+" is unknown")
			}
		}
	}
	return out, wrong
}

// printedExtras are fields that only the pages' samples print.
var printedExtras = []string{"display_cost", "exchange_rate_type", "meta", "id"}

// read turns a JSON value into a stored one, or complains.
func (f field) read(v any) (any, string) {
	switch f.kind {
	case "string":
		t, is := v.(string)
		if !is {
			return nil, "must be a string"
		}
		n := float64(utf8.RuneCountInString(t))
		if f.bytes {
			n = float64(len(t))
		}
		if f.bounded && (n < f.min || n > f.max) {
			return nil, fmt.Sprintf("must have a length from %v to %v", f.min, f.max)
		}
		if f.enum != nil && !slices.Contains(f.enum, t) {
			return nil, fmt.Sprintf("must be one of %v", f.enum)
		}
		if f.form != nil && !f.form(t) {
			return nil, "has a wrong form"
		}
		return t, ""
	case "boolean":
		b, is := v.(bool)
		if !is {
			return nil, "must be a boolean"
		}
		return b, ""
	case "number", "integer":
		n, is := v.(json.Number)
		if !is {
			return nil, "must be a number"
		}
		if f.kind == "integer" {
			if i, err := n.Int64(); err == nil {
				return i, ""
			}
			return nil, "must be an integer"
		}
		x, err := n.Float64()
		if err != nil {
			return nil, "must be a number"
		}
		if f.coarse > 0 && math.Abs(x*f.coarse-math.Round(x*f.coarse)) > 1e-6 {
			return nil, "has too many digits"
		}
		if f.bounded && (x < f.min || x > f.max) {
			return nil, fmt.Sprintf("must be from %v to %v", f.min, f.max)
		}
		return x, ""
	case "object":
		if o, is := v.(map[string]any); is {
			return o, ""
		}
		return nil, "must be an object"
	case "array":
		if a, is := v.([]any); is {
			return a, ""
		}
		return nil, "must be an array"
	}
	return nil, "cannot be read"
}

// digits says whether a text has n digits and nothing else.
func digits(t string, n int) bool {
	for _, r := range t {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(t) == n
}

// month says whether a text is a month, yyyy-mm.
func month(t string) bool {
	return len(t) == 7 && t[4] == '-' && digits(t[:4], 4) && digits(t[5:], 2) && t[5:] >= "01" && t[5:] <= "12"
}
