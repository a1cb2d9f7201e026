//go:build !crashpoints

package main

import "time"

// clock is the wall clock. The build for crash tests can set it forward.
func clock(func(string) string) func() time.Time { return time.Now }

// crashStep is nothing in a program that people run. The build for crash tests
// (tag crashpoints) ends the process at a point of the environment's choice.
func crashStep(func(string) string) func(string) { return nil }
