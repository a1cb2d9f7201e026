package engine_test

import "time"

// noCancel is a context that never ends: rapid's tests have none of their own.
type noCancel struct{}

func (noCancel) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }
func (noCancel) Done() <-chan struct{}                   { return nil }
func (noCancel) Err() error                              { return nil }
func (noCancel) Value(any) any                           { return nil }
