package stranger

// Variant is a lawful deviation: something that the pages leave open and that
// another backend does differently. Every promise of the pages holds.
type Variant struct {
	Name, Area, Says string

	fields func(op string, f *field) // another check of a request's field
	answer func(c *call, a *answer)  // another answer
}
