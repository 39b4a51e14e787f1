package store

import "github.com/hashicorp/go-memdb"

// Tx reads the tables as they were when it began, and its own writes. Get one
// from [Store.Read] or [Store.Write]. A read that finds nothing returns nil.
type Tx struct {
	txn     *memdb.Txn
	err     error
	changes int // rows written
	rows    int // that there are more than before
	wrote   int64
	left    int64 // about how many bytes of rows it wrote, and replaced or removed
	over    bool  // what it writes makes no Bulk
}

// Err returns the first misuse of a table in this transaction: a write through
// a reading transaction, an update or deletion of a row that is not there, a
// second insert under one primary key. Only a mistake in the program causes it.
func (tx *Tx) Err() error {
	return tx.err
}

func (tx *Tx) note(err error) {
	if tx.err == nil {
		tx.err = err
	}
}
