package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/state"
)

func newRuns(a *app) *cobra.Command {
	limit := 20
	cmd := &cobra.Command{
		Use:     "runs [JOB]",
		Short:   a.say(phrase{"what the last runs did", "что сделали последние запуски"}),
		Example: "  syncd runs\n  syncd runs clients --limit 5",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runs(cmd.Context(), args, limit) },
	}
	cmd.Flags().IntVar(&limit, "limit", limit, a.say(phrase{"at most `N` runs (0: all)", "не больше `N` запусков (0 — все)"}))
	return cmd
}

func (a *app) runs(ctx context.Context, args []string, limit int) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	job, err := in.jobFilter(args)
	if err != nil {
		return err
	}
	list, err := in.db.Runs(ctx, job, limit)
	if err != nil {
		return a.stateFault(err)
	}
	if err := in.tellCutOff(list); err != nil {
		return err
	}
	if a.flags.json {
		out := json.NewEncoder(a.out)
		for i := range list {
			if err := out.Encode(reportJSON(&list[i])); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		return a.printLine(phrase{"no runs yet: syncd run", "запусков ещё не было: syncd run"})
	}
	text := in.runsTable(list).String()
	for i := range list {
		if r := &list[i]; r.Err != "" {
			text += fmt.Sprintf("%d: %s\n", r.Run, oneLine(r.Err))
		}
	}
	_, err = fmt.Fprint(a.out, text)
	return err
}

func (in *installation) runsTable(list []engine.Report) *table {
	say := in.app.say
	t := in.app.table(say(phrase{"run", "№"}), say(phrase{"job", "задание"}), say(phrase{"started", "начат"}), say(phrase{"took", "длился"}),
		say(phrase{"status", "итог"}), say(phrase{"new", "новых"}), say(phrase{"merged", "связ."}), say(phrase{"changed", "изм."}),
		say(phrase{"back", "обратно"}), say(phrase{"deleted", "удал."}), say(phrase{"held", "ждёт"}), say(phrase{"rejected", "откл."}))
	t.whole = []int{1}
	for i := range list {
		r := &list[i]
		took, job, started := "—", r.Job, in.when(r.Started)
		if in.app.onTerminal() { // the numbers have to find room
			job, started = cutTo(job, longestJob), in.withoutYear(r.Started)
		}
		if !r.Finished.IsZero() {
			took = r.Finished.Sub(r.Started).Round(10 * time.Millisecond).String()
		}
		status := strings.TrimPrefix(say(statusPhrase(r.Status)), "выполнено ") // the column is narrow
		if r.Halt != nil {
			status += " (" + r.Halt.Guard + ")"
		}
		t.row(strconv.FormatInt(r.Run, 10), job, started, took, status, count(r, engine.Created),
			count(r, engine.Merged), count(r, engine.Updated), count(r, engine.WrittenBack), count(r, engine.Deleted), count(r, engine.Held), count(r, engine.Rejected))
	}
	return t
}

// tellCutOff gives runs that nobody works on any more the status of what they are: a
// run that was killed could not note it down.
func (in *installation) tellCutOff(list []engine.Report) error {
	if !slices.ContainsFunc(list, func(r engine.Report) bool { return r.Status == engine.RunRunning }) {
		return nil
	}
	pid, err := state.Holder(string(in.cfg.State))
	if err != nil || pid > 0 {
		return err
	}
	for i := range list {
		if list[i].Status == engine.RunRunning {
			list[i].Status = engine.RunInterrupted
		}
	}
	return nil
}

// longestJob is how much of a job's name a table of runs shows on a terminal.
const longestJob = 32

// withoutYear is a time of this year without saying so.
func (in *installation) withoutYear(t time.Time) string {
	text := in.when(t)
	if year, rest, ok := strings.Cut(text, "-"); ok && strings.HasPrefix(in.when(in.app.clock()()), year+"-") {
		return rest
	}
	return text
}

func count(r *engine.Report, o engine.Outcome) string { return strconv.FormatInt(r.Of(o), 10) }

// printLine prints a phrase as data.
func (a *app) printLine(p phrase) error {
	_, err := fmt.Fprintln(a.out, a.say(p))
	return err
}
