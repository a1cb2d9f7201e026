package endpoint

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// errPanicked ends the other goroutines of a pipeline one of which panicked.
var errPanicked = errors.New("a goroutine of the reading panicked")

// containment brings a panic of several goroutines back to the one that waits for
// them, so that whoever started the run can contain it. The zero value is ready.
type containment struct {
	once sync.Once
	what any // nil: nothing panicked
}

// of is f, whose panic becomes an error.
func (c *containment) of(f func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				c.once.Do(func() { c.what = &PanicError{Value: p, Stack: debug.Stack()} })
				err = errPanicked
			}
		}()
		return f()
	}
}

// release panics with what one of the goroutines panicked with. All must have ended.
func (c *containment) release() {
	if c.what != nil {
		panic(c.what)
	}
}

// PanicError is what a goroutine panicked with, and where. It is panicked with again
// by the goroutine that waited.
type PanicError struct {
	Value any
	Stack []byte
}

// Error has no value of a record in it, unless the panic's own text has.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }
