package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"syncd/internal/config"
)

const probeVariable = "SYNCD_TEST_PROBE"

// probe is main with commands that end in every way a command can end.
func probe() {
	ctx, stop := interruptible(context.Background(), endAtOnce)
	code := runWith(ctx, os.Args[1:], os.Getenv, stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}, probeCommands)
	stop()
	os.Exit(code)
}

// The classes of errors, as packages would declare them.
type (
	misconfigured struct{ error }
	halted        struct{ error }
	locked        struct{ error }
	notReady      struct{ error }
	unreachable   struct{ error }
	partly        struct{ error }
	pending       struct{ error }
	misused       struct{ error }
)

func (misconfigured) Misconfigured() bool { return true }
func (halted) Halted() bool               { return true }
func (locked) LockedBy() int              { return 4711 }
func (notReady) NotReady() bool           { return true }
func (unreachable) Unreachable() bool     { return true }
func (partly) Partial() bool              { return true }
func (pending) Pending() bool             { return true }
func (misused) Usage() bool               { return true }

var errTrouble = errors.New("trouble")

// failures names an error of each class; nil is success.
func failures() map[string]error {
	return map[string]error{
		"done": nil, "plain": errTrouble, "usage": misused{errTrouble}, "partial": partly{errTrouble},
		"pending": pending{errTrouble}, "halted": halted{errTrouble}, "locked": locked{errTrouble},
		"source": notReady{errTrouble}, "crm": unreachable{errTrouble}, "config": misconfigured{errTrouble},
	}
}

func probeCommands(a *app) []*cobra.Command {
	return append(allCommands(a),
		&cobra.Command{Use: "fail CLASS", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, args []string) error {
			err, known := failures()[args[0]]
			if !known {
				return fmt.Errorf("no class %s", args[0])
			}
			if err != nil {
				err = fmt.Errorf("job clients: %w", err)
			}
			return err
		}},
		&cobra.Command{Use: "load", RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, "loaded", c.File(), c.JobNames())
			return err
		}},
		&cobra.Command{Use: "secret", RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			_, err = c.Secret(c.CRM["main"].APIKey)
			return err
		}},
		&cobra.Command{Use: "wait", RunE: func(cmd *cobra.Command, _ []string) error {
			_, _ = fmt.Fprintln(a.out, "waiting")
			<-cmd.Context().Done()
			return cmd.Context().Err()
		}},
		&cobra.Command{Use: "hang", RunE: func(cmd *cobra.Command, _ []string) error {
			_, _ = fmt.Fprintln(a.out, "waiting")
			<-cmd.Context().Done()
			_, _ = fmt.Fprintln(a.out, "stopping")
			select {} // a run that does not come to rest
		}},
	)
}

// The configuration's errors must keep the method that classes them.
var (
	_ configFault = (*config.Error)(nil)
	_ configFault = (*config.Errors)(nil)
)
