package stranger

import (
	"html"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// The functions here make the hooks of bugs.

// of changes the check of one field.
func of(name string, change func(*field)) func(*field) {
	return func(f *field) {
		if f.name == name {
			change(f)
		}
	}
}

func bounds(name string, least, most float64) func(*field) {
	return of(name, func(f *field) { f.bounded, f.min, f.max = true, least, most })
}

func optional(names ...string) func(*field) {
	return func(f *field) { f.required = f.required && !slices.Contains(names, f.name) }
}

func anyValue(name string) func(*field) { return of(name, func(f *field) { f.enum = nil }) }

func without(name, value string) func(*field) {
	return of(name, func(f *field) {
		f.enum = slices.DeleteFunc(slices.Clone(f.enum), func(v string) bool { return v == value })
	})
}

func falsy(name string) func(*field) { return of(name, func(f *field) { f.falsy = true }) }

// coarse refuses numbers with more than n digits behind the point.
func coarse(name string, n float64) func(*field) {
	return of(name, func(f *field) { f.coarse = math.Pow(10, n) })
}

// stored changes one text of the stored row.
func stored(name string, change func(string) string) func(old, row obj) obj {
	return func(_, row obj) obj {
		if t, is := row[name].(string); is {
			return with(row, name, change(t))
		}
		return row
	}
}

// storedNumber changes one number of the stored row.
func storedNumber(name string, change func(float64) float64) func(old, row obj) obj {
	return func(_, row obj) obj {
		if x, is := row[name].(float64); is {
			return with(row, name, change(x))
		}
		return row
	}
}

// storedSettings changes one number of all invoice settings of a group.
func storedSettings(name string, change func(float64) float64) func(old, row obj) obj {
	return func(_, row obj) obj {
		all, _ := row["invoices"].(obj)
		all = maps.Clone(all)
		for vendor, v := range all {
			if set, is := v.(obj); is {
				if x, is := set[name].(float64); is {
					all[vendor] = with(set, name, change(x))
				}
			}
		}
		return with(row, "invoices", all)
	}
}

func cut(n int) func(string) string {
	return func(t string) string {
		if r := []rune(t); len(r) > n {
			return string(r[:n])
		}
		return t
	}
}

// alone loses an update that changes one field and no other.
func alone(name string) func(old, row obj) obj {
	return func(old, row obj) obj {
		for k, v := range row {
			if old == nil || k != name && !reflect.DeepEqual(v, old[k]) {
				return row
			}
		}
		return old
	}
}

// single has the precision of a 32-bit number.
func single(x float64) float64 { return float64(float32(x)) }

func twoDigits(x float64) float64 { return math.Round(x*100) / 100 }

// noEmoji replaces what has more than three bytes.
func noEmoji(t string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return '?'
		}
		return r
	}, t)
}

// narrow makes full-width letters, digits and blanks plain.
func narrow(t string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xff01 && r <= 0xff5e {
			return r - 0xfee0
		}
		if r == 0x3000 {
			return ' '
		}
		return r
	}, t)
}

// composed joins some letters with their marks.
func composed(t string) string {
	return strings.NewReplacer("e\u0301", "é", "a\u0308", "ä", "o\u0308", "ö", "u\u0308", "ü", "n\u0303", "ñ", "か\u3099", "が", "き\u3099", "ぎ",
		"く\u3099", "ぐ", "け\u3099", "げ", "こ\u3099", "ご", "さ\u3099", "ざ", "カ\u3099", "ガ", "ク\u3099", "グ", "は\u309a", "ぱ", "ハ\u309a", "パ").Replace(t)
}

func latin(t string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xff {
			return '?'
		}
		return r
	}, t)
}

func escaped(t string) string { return html.EscapeString(t) }

// texted changes the texts of a value, at all depths.
func texted(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case obj:
		out := obj{}
		for k, e := range v {
			out[k] = texted(e, change)
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, texted(e, change))
		}
		return out
	}
	return v
}

// saying changes the texts of a good answer.
func saying(change func(string) string) func(*call, *answer) {
	return func(_ *call, a *answer) {
		if a.status == 200 {
			a.body = texted(a.body, change)
		}
	}
}

// each changes the objects of a list.
func each(change func(o obj) obj) func(*call, *answer) {
	return func(_ *call, a *answer) {
		list, is := a.body.([]any)
		if o, wrapped := a.body.(obj); wrapped {
			list, is = o["aws_account_assignments"].([]any)
		}
		if !is || a.status != 200 {
			return
		}
		out := []any{}
		for _, e := range list {
			out = append(out, change(e.(obj)))
		}
		if _, wrapped := a.body.(obj); wrapped {
			a.body = obj{"aws_account_assignments": out}
			return
		}
		a.body = out
	}
}

// status gives another status.
func status(from, to int) func(*call, *answer) {
	return func(_ *call, a *answer) {
		if a.status == from {
			a.status = to
			if to == 204 {
				a.body = nil
			}
		}
	}
}

// lacking takes header fields from a good answer.
func lacking(names ...string) func(*call, *answer) {
	return func(_ *call, a *answer) {
		for _, n := range names {
			if a.status == 200 {
				a.header.Del(n)
			}
		}
	}
}

// body changes an answer's object of one status.
func body(at int, change func(o obj) any) func(*call, *answer) {
	return func(_ *call, a *answer) {
		if o, is := a.body.(obj); is && a.status == at {
			a.body = change(o)
		}
	}
}

func monthThirteen(t string) bool {
	return digits(strings.ReplaceAll(t, "-", ""), 6) && strings.HasSuffix(t, "-13")
}

func monthZero(t string) bool {
	return digits(strings.ReplaceAll(t, "-", ""), 6) && strings.HasSuffix(t, "-00")
}

func monthShort(t string) bool {
	return len(t) == 6 && t[4] == '-' && digits(t[:4], 4) && t[5] >= '1' && t[5] <= '9'
}

func december(t string) bool { return strings.HasSuffix(t, "-12") }
