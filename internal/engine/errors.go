package engine

import (
	"errors"
	"fmt"
)

// ErrNotVisible says that the CRM does not show the record to this login, or it is gone.
var ErrNotVisible = errors.New("the CRM does not show this client")

// ErrUnreadable says that the record is there and the CRM's answer about it cannot
// be read. It is an ErrNotVisible that proves no absence.
var ErrUnreadable = fmt.Errorf("the CRM cannot show this client in a form that can be read: %w", ErrNotVisible)

// UnreadError ends a scan that was read to its end, but for these records: they are
// there in no form that can be read, so that what the scan lacks may be one of them.
type UnreadError struct{ What []string } // "deal 12"

func (e *UnreadError) Error() string {
	return fmt.Sprintf("the CRM shows %d records in no form that can be read", len(e.What))
}

// UnreadRecordError is an ErrUnreadable about a record whose message names it.
type UnreadRecordError struct{ What string } // "deal 12"

func (e *UnreadRecordError) Error() string { return e.What + ": " + ErrUnreadable.Error() }

// Unwrap makes it an ErrUnreadable.
func (e *UnreadRecordError) Unwrap() error { return ErrUnreadable }

// unread is the refusal of a write to a record that cannot be read; nil for any other
// error.
func unread(err error) *WriteError {
	var u *UnreadRecordError
	if !errors.As(err, &u) {
		return nil
	}
	return &WriteError{Fate: FateRefused, Code: RefusedUnread, Text: u.What, Err: err}
}

// ErrNotFound is the CRM's well-formed "not found" to a look-up by uid.
var ErrNotFound = errors.New("the CRM finds no client with this uid")

// Fate is what is known of a write after its answer, or the lack of one.
type Fate uint8

// The fates. The zero value is the careful one.
const (
	FateUnknown  Fate = iota // it may have happened, or may yet
	FateNotSent              // proven not to have left
	FateRefused              // the CRM refused it before doing anything
	FateGone                 // update or delete: no such client, or not visible
	FateHasDeals             // delete: refused because of deals
	FateAuth                 // the key or login is refused; nothing happened
)

// WriteError is a write that did not plainly succeed.
type WriteError struct {
	Fate Fate
	Code string // the CRM's code or a class name, stable
	Text string // the CRM's words, redacted
	Err  error
}

func (e *WriteError) Error() string { return fmt.Sprintf("crm write (%s): %v", e.Code, e.Err) }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// ErrClaimed says that the ledger refuses a link because its clid, or its uid, is in
// another link of the same CRM and entity.
var ErrClaimed = errors.New("the CRM client is linked to another record already")

// FrozenError says that the mapping makes other uids of the same keys than the
// job's links were made with: every record would look new.
type FrozenError struct {
	Was, Now string // key column, encoding, prefix
	Links    int64
}

func (e *FrozenError) Error() string {
	return fmt.Sprintf("uids are made otherwise (%s) than those of %d links (%s)", e.Now, e.Links, e.Was)
}

// BalanceError says that a run broke one of its two laws: something was lost
// or counted twice, and what the run reports cannot be trusted.
type BalanceError struct {
	Law       string // rows | records
	Want, Got int64
}

func (e *BalanceError) Error() string {
	return fmt.Sprintf("the law of %s is broken: %d of %d accounted for", e.Law, e.Got, e.Want)
}

// Undelivered is an offer that could not be handed to the source side.
type Undelivered struct {
	UID    string // "" = born in the CRM
	CLID   int64
	Field  string // "" = the whole record
	Column string
	Code   string // stable: no-inverse, encoding, refused
	Why    string // for the operator; holds no value
	// Later: nobody tried; the offer is in no delivery again.
	Later bool
}

// UndeliveredError says that some rows of a delivery did not go. The others did.
type UndeliveredError struct{ Rows []Undelivered }

func (e *UndeliveredError) Error() string {
	return fmt.Sprintf("%d records could not be written back", len(e.Rows))
}

// ErrUnsure says that what the CRM shows may be the doing of an add whose answer
// was lost, or somebody else's: a person decides.
var ErrUnsure = errors.New("what the CRM shows may be somebody else's doing")
