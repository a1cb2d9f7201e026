//go:build !crashpoints

package main

// crashStep is nothing in a program that people run. The build for crash tests
// (tag crashpoints) ends the process at a point of the environment's choice.
func crashStep(func(string) string) func(string) { return nil }
