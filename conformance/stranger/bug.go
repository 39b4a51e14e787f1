package stranger

// Bug is a planted mistake. Question is what a tester has to ask to see it:
// data, rows, operation, caller, race, later, back or seam. Source is the page
// and heading of the promise, and Breaks says which promise is broken.
type Bug struct {
	Name, Question, Operation, Source, Breaks string

	vendor    string                   // it strikes requests about this vendor alone
	of        string                   // the bug that it is, for a vendor
	also      []string                 // roles wrongly let in
	not       []string                 // roles wrongly kept out
	open      bool                     // let in without credentials
	foreign   bool                     // other tenants' rows are found
	gap       bool                     // the lock is free between check and write
	loses     bool                     // the table is written back as it was first read
	stale     bool                     // the answer is remembered for long
	second    bool                     // a write soon after a write of the row is lost
	reverts   bool                     // the change is undone after a second
	vanishes  bool                     // the new row is gone after a second
	returns   bool                     // the deleted row is back after a second
	firstOnly bool                     // only the first of many settings counts
	lastLost  bool                     // the last of many settings is lost
	skips     string                   // a criterion that is not checked
	months    func(string) bool        // months wrongly taken
	noMonth   func(string) bool        // months wrongly refused
	fields    func(f *field)           // a wrong check of a request's field
	row       func(old, row obj) obj   // a wrong row
	answer    func(c *call, a *answer) // a wrong answer
}
