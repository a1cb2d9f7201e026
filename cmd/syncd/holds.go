package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func newHolds(a *app) *cobra.Command {
	f := &holdsFlags{}
	cmd := &cobra.Command{
		Use:   "holds [JOB]",
		Short: a.say(phrase{"records that wait for a decision", "записи, которые ждут решения"}),
		Long: a.say(phrase{
			"Lists the records that wait for a person: what was settled last, what each side has now, the rule, since when, and the\n" +
				"command that decides.\n" +
				"--out writes them to a file for a spreadsheet, to be marked in its columns «decision» and «value»; syncd resolve --from reads it back.",
			"Показывает записи, где нужен человек: что было согласовано, что есть с каждой стороны, правило, с какого времени и какой\n" +
				"командой решить.\n" +
				"--out пишет их в файл для Excel, где отмечают столбцы «решение» и «значение»; syncd resolve --from читает его обратно.",
		}),
		Example: "  syncd holds\n  syncd holds clients --reason match-differs\n  syncd holds clients --out holds.csv",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.holds(cmd.Context(), args, f) },
	}
	cmd.Flags().StringVar(&f.reason, "reason", "", a.say(phrase{"only of this `REASON`", "`ПРИЧИНА`: только записи, которые ждут из-за неё"}))
	cmd.Flags().StringVar(&f.out, "out", "", a.say(phrase{"write them to a `FILE` (CSV)", "записать в `ФАЙЛ` (CSV)"}))
	cmd.Flags().BoolVar(&f.offline, "offline", false, a.say(phrase{"do not ask the CRM for its side", "не спрашивать у CRM её сторону"}))
	return cmd
}

// holdsFlags are the flags of holds.
type holdsFlags struct {
	reason, out string
	offline     bool
}

func (a *app) holds(ctx context.Context, args []string, f *holdsFlags) error {
	if err := knownReason("syncd holds", f.reason); err != nil {
		return err
	}
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	job, err := in.jobFilter(args)
	if err != nil {
		return err
	}
	list, err := in.db.Holds(ctx, state.HoldFilter{Job: job, Reason: reconcile.Reason(f.reason)})
	if err != nil {
		return a.stateFault(err)
	}
	command := "syncd holds " + job
	if f.reason != "" {
		command += " --reason " + f.reason
	}
	command += " --out"
	if f.out != "" {
		if err := in.outFile(f.out, command); err != nil {
			return err
		}
	}
	codes := heldRows(list) // before the CRM's side joins: the file is held against the state alone
	if !f.offline {
		in.askSides(ctx, list, f.out != "")
	}
	files, err := in.deliveries(ctx, job, list)
	if err != nil {
		return err
	}
	switch {
	case f.out != "":
		return in.writeHolds(f.out, command, list, codes)
	case a.flags.json:
		enc := json.NewEncoder(a.out)
		for i := range list {
			if err := enc.Encode(in.standingJSON(&list[i], files)); err != nil {
				return err
			}
		}
		return nil
	case len(list) == 0:
		return a.printLine(phrase{"nothing waits for a decision", "решения ничего не ждёт"})
	}
	var b strings.Builder
	for i := range list {
		b.WriteString(in.standingText(&list[i], files))
	}
	_, err = fmt.Fprint(a.out, b.String())
	return err
}

// askSides reads the CRM's side of the holds: of all for a file, of the first for
// a screen, which must not wait for long.
func (in *installation) askSides(ctx context.Context, list []state.StandingHold, all bool) {
	n := len(list)
	if !all {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, sidesWithin)
		defer cancel()
		n = min(n, recordsShown)
	}
	asked := make([]*state.StandingHold, n)
	for i := range asked {
		asked[i] = &list[i]
	}
	in.crmSides(ctx, asked)
}

// wrote tells that a file was written, and the command to go on with.
func (a *app) wrote(path string, rows int, next string) error {
	_, err := fmt.Fprintln(a.err, message.In(a.lang, message.UsageFileWritten,
		message.S("file", path), message.N("rows", int64(rows)), message.S("next", next)))
	return err
}
