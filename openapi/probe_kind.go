package openapi

import "slices"

// Kind names what a derived check changes about one request field.
type Kind string

// The kinds of a field's checks.
const (
	KindMissing     Kind = "missing"
	KindNull        Kind = "null"
	KindType        Kind = "type"
	KindBelowMin    Kind = "min-1"
	KindMin         Kind = "min"
	KindMax         Kind = "max"
	KindAboveMax    Kind = "max+1"
	KindEnum        Kind = "enum"
	KindOutsideEnum Kind = "enum-outside"
	KindPattern     Kind = "pattern"
)

// Kinds lists the kinds of check a field's keywords call for, less those that the
// contract keeps away because a recorded ruling decides them.
func (f Field) Kinds() []Kind {
	kinds := f.called()
	return slices.DeleteFunc(kinds, func(k Kind) bool { _, off := f.Unprobed[string(k)]; return off })
}

// called lists the kinds the keywords alone call for. A path segment cannot be
// missing, null or of another type; a query parameter can only be missing.
func (f Field) called() []Kind {
	var kinds []Kind
	if f.Place != InPath {
		kinds = append(kinds, KindMissing)
	}
	if f.Place == InBody && f.Operation.MediaType() == "application/json" {
		kinds = append(kinds, KindNull, KindType)
	}
	s := f.Schema
	if s.MinLength > 0 || s.Min != nil || s.ExclusiveMin.IsSet() {
		kinds = append(kinds, KindBelowMin, KindMin)
	}
	if s.MaxLength != nil || s.Max != nil {
		kinds = append(kinds, KindMax, KindAboveMax)
	}
	if len(s.Enum) > 0 {
		kinds = append(kinds, KindEnum, KindOutsideEnum)
	}
	if s.Pattern != "" {
		kinds = append(kinds, KindPattern)
	}
	return kinds
}

// Accepts reports whether a change of a kind leaves a valid request valid.
func (f Field) Accepts(k Kind) bool {
	switch k {
	case KindMissing:
		return !f.Required
	case KindNull:
		return f.Schema.Nullable
	case KindMin, KindMax, KindEnum:
		return true
	}
	return false
}

// Clause is the slug of the clause that a check of this kind proves.
func (f Field) Clause(k Kind) string { return f.Slug() + "." + f.aspect(k) }

// aspect is the last segment of the clause behind a kind.
func (f Field) aspect(k Kind) string {
	switch k {
	case KindMissing:
		if f.Required {
			return "required"
		}
		return "optional"
	case KindNull:
		if f.Schema.Nullable {
			return "nullable"
		}
		return "type"
	case KindType:
		return "type"
	case KindEnum, KindOutsideEnum:
		return "enum"
	case KindPattern:
		return "pattern"
	case KindBelowMin, KindMin, KindMax, KindAboveMax:
		if f.Schema.Type.Is("string") {
			return "length"
		}
		return "range"
	}
	panic("openapi: no aspect for kind " + string(k))
}
