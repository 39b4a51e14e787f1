package ripple

import "github.com/oapi-codegen/nullable"

// pointer is nil where a value is null or absent.
func pointer[T any](v nullable.Nullable[T]) *T {
	value, err := v.Get()
	if err != nil {
		return nil
	}
	return &value
}

// nullableOf is null where the pointer is nil.
func nullableOf[T any](p *T) nullable.Nullable[T] {
	if p == nil {
		return nullable.NewNullNullable[T]()
	}
	return nullable.NewNullableWithValue(*p)
}

// updated is what an optional field holds after an update that sent it, or did not
// (dialect points ripple.update.absent and ripple.update.null).
func updated[T any](t *Twin, stored *T, sent nullable.Nullable[T]) *T {
	if !sent.IsSpecified() && t.dialect.Is("ripple.update.absent", "kept") {
		return stored
	}
	return pointer(sent)
}
