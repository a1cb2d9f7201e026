package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/record"
	"syncd/internal/state"
)

func newResume(a *app) *cobra.Command {
	var allow []string
	cmd := &cobra.Command{
		Use:   "resume JOB",
		Short: a.say(phrase{"let a halted job go on", "разрешить остановленному заданию продолжать"}),
		Long: a.say(phrase{
			"Ends the halts of a job. --allow lets a guard pass once, up to a number; the permission is on record and ends with the next run that gets past the guards.\n" +
				"A job halted because its mapping was changed goes on with the mapping as it is now.",
			"Снимает остановки задания. --allow разово пропускает защиту до указанного числа; разрешение записывается и кончается со следующим запуском, прошедшим защиты.\n" +
				"Задание, остановленное из-за изменённого описания полей, продолжит с нынешним описанием.",
		}),
		Example: "  syncd resume clients\n  syncd resume clients --allow max_update=120\n  syncd resume clients --allow mapping-changed",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.resume(cmd.Context(), args, allow) },
	}
	cmd.Flags().StringSliceVar(&allow, "allow", nil, a.say(phrase{"let a guard pass once: `GUARD=NUMBER`", "разово пропустить защиту: `ЗАЩИТА=ЧИСЛО`"}))
	return cmd
}

// wantsNumber reports whether an allowance of the guard is up to a number.
func wantsNumber(guard string) bool {
	return strings.HasPrefix(guard, "max_") || strings.HasPrefix(guard, "min_")
}

// allowances reads the flags --allow.
func allowances(flags []string) (map[string]int64, error) {
	allow := make(map[string]int64, len(flags))
	for _, f := range flags {
		guard, number, numbered := strings.Cut(f, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		good := slices.Contains(message.GuardNames(), guard) &&
			(numbered && err == nil && n >= 0 || !numbered && !wantsNumber(guard))
		if !good {
			return nil, usageError(message.UsageBadAllowance, message.S("allow", f),
				message.S("known", strings.Join(message.GuardNames(), ", ")))
		}
		allow[guard] = n
	}
	return allow, nil
}

func (a *app) resume(ctx context.Context, args, flags []string) error {
	allow, err := allowances(flags)
	if err != nil {
		return err
	}
	in, closeAll, err := a.install(ctx, writing)
	if err != nil {
		return err
	}
	defer closeAll()
	job, err := in.oneJob(args)
	if err != nil {
		return err
	}
	s, err := in.stateOf(ctx, job)
	if err != nil {
		return err
	}
	halts, err := in.db.Halts(ctx, job)
	if err != nil {
		return a.stateFault(err)
	}
	halts = slices.DeleteFunc(halts, func(h state.HaltRow) bool { return !h.Resumed.IsZero() })
	if len(halts) == 0 && len(allow) == 0 {
		return in.notHalted(ctx, job)
	}
	for _, h := range halts {
		// who lets such a job go on accepts what was found; a number would have to be named
		if !wantsNumber(h.Guard) {
			allow[h.Guard] = 0
		}
	}
	_, accepted := allow[engine.GuardMappingChanged]
	var print record.Fingerprint
	if accepted {
		m, err := in.mapping(job)
		if err != nil {
			return err
		}
		print = m.Fingerprint()
	}
	ended, err := s.Resume(ctx, allow, print)
	if err != nil {
		return a.stateFault(err)
	}
	if err := a.resumed(job, ended, allow, len(halts) > 0); err != nil {
		return err
	}
	return in.wakeService(ctx, job)
}

// notHalted says that there is nothing to resume: at most an export was turned away.
func (in *installation) notHalted(ctx context.Context, job string) error {
	stands, err := in.standing(ctx, job)
	if err != nil {
		return in.app.stateFault(err)
	}
	if len(stands.turned) == 0 {
		return usageError(message.UsageNotHalted, message.S("job", job))
	}
	return usageError(message.UsageTurnedAway, message.S("job", job), message.S("guards", in.foundBy(stands.turned)),
		message.S("resume", resumeCommand(job, stands.turned...)))
}

// resumed tells what was ended and allowed; of a job that was not halted, that
// the permission is for its next run.
func (a *app) resumed(job string, ended []engine.Halt, allow map[string]int64, halted bool) error {
	if a.flags.json {
		return json.NewEncoder(a.out).Encode(struct {
			Type    string           `json:"type"`
			Job     string           `json:"job"`
			Ended   []haltJSON       `json:"ended"`
			Allowed map[string]int64 `json:"allowed"`
		}{"resumed", job, haltsJSON(job, ended), allow})
	}
	var allowed []string
	for _, guard := range slices.Sorted(maps.Keys(allow)) {
		if wantsNumber(guard) {
			guard += "=" + strconv.FormatInt(allow[guard], 10)
		}
		allowed = append(allowed, guard)
	}
	code := message.GuardResumed
	if !halted {
		code = message.UsageAllowedAhead
	}
	_, err := fmt.Fprintln(a.out, message.In(a.lang, code,
		message.S("job", job), message.S("allowed", orDash(strings.Join(allowed, ", ")))))
	return err
}
