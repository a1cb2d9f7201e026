package main

import (
	"context"
	"errors"
)

// each does something for several jobs, one after the other. A job that fails
// is told at once and does not keep the others from their turn; the worst exit
// code counts.
func (in *installation) each(ctx context.Context, names []string, do func(name string) error) error {
	if len(names) == 1 {
		return do(names[0])
	}
	var codes []int
	for _, name := range names {
		err := do(name)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		var told *outcomeError
		if !errors.As(err, &told) {
			in.app.report(err)
		}
		codes = append(codes, exitFor(err))
	}
	if len(codes) == 0 {
		return nil
	}
	return &outcomeError{worstExit(codes...)}
}
