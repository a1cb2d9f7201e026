package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status [JOB…]",
		Short: a.say(phrase{"where the jobs stand", "в каком состоянии задания"}),
		Long: a.say(phrase{
			"One screen: when each job last succeeded, what waits for a person, what stopped it, and the next command.",
			"Один экран: когда каждое задание последний раз удалось, что ждёт человека, что его остановило и какая команда дальше.",
		}),
		Example: "  syncd status\n  syncd status clients --json",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), args) },
	}
}

// jobStanding is a job with where it stands; one that never ran has the zero
// JobStatus.
type jobStanding struct {
	name string
	state.JobStatus
	trouble string // what ended the last run, "" when it ended well
	waiting int64  // records that the last run did not reach, though it ended well
	runner  int    // the process that runs jobs now; 0 = none
}

func (a *app) status(ctx context.Context, args []string) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	names, err := in.jobs(args, len(args) == 0)
	if err != nil {
		return err
	}
	jobs := make([]jobStanding, 0, len(names))
	for _, name := range names {
		one, err := in.standing(ctx, name)
		if err != nil {
			return a.stateFault(err)
		}
		jobs = append(jobs, one)
	}
	if a.flags.json {
		out := json.NewEncoder(a.out)
		for i := range jobs {
			if err := out.Encode(in.statusJSON(&jobs[i])); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range jobs {
		if _, err := fmt.Fprint(a.out, in.statusText(&jobs[i], time.Now())); err != nil {
			return err
		}
	}
	return nil
}

// standing gathers where a job stands.
func (in *installation) standing(ctx context.Context, name string) (jobStanding, error) {
	one := jobStanding{name: name}
	list, err := in.db.Status(ctx, name)
	if err != nil {
		return one, err
	}
	for i := range list {
		if j := in.cfg.Jobs[name]; list[i].CRM == j.CRM && list[i].Entity == string(j.Entity) {
			one.JobStatus = list[i]
		}
	}
	switch one.LastStatus {
	case "":
		return one, nil
	case engine.RunDone, engine.RunPartial:
		runs, err := in.db.Runs(ctx, name, 1)
		if err == nil && len(runs) > 0 && runs[0].Run == one.LastRun {
			one.waiting = runs[0].Of(engine.Waiting)
		}
		return one, err
	case engine.RunRunning:
		one.runner, err = state.Holder(string(in.cfg.State))
		return one, err
	case engine.RunHalted:
		return one, nil // its halts say why
	case engine.RunNotReady, engine.RunUnreachable, engine.RunInterrupted, engine.RunFailed:
	}
	runs, err := in.db.Runs(ctx, name, 1)
	if err == nil && len(runs) > 0 {
		one.trouble = runs[0].Err
	}
	return one, err
}

func (in *installation) statusText(j *jobStanding, now time.Time) string {
	a := in.app
	var b strings.Builder
	line := func(p phrase, args ...any) { fmt.Fprintf(&b, "  "+a.say(p)+"\n", args...) }
	b.WriteString(j.name + "\n")
	if j.LastRun == 0 {
		line(phrase{"never ran: syncd plan %s", "ещё не запускалось: syncd plan %s"}, j.name)
		return b.String()
	}
	line(phrase{"last run      %d: %s, %s", "последний запуск  %d: %s, %s"},
		j.LastRun, a.say(statusPhrase(j.LastStatus)), in.when(j.LastStarted))
	switch {
	case j.runner > 0:
		line(phrase{"              process %d is at work", "                  работает процесс %d"}, j.runner)
	case j.LastStatus == engine.RunRunning:
		line(phrase{"              it was cut off; the next run settles the rest: syncd run %s", "                  оборвался; остальное доведёт следующий запуск: syncd run %s"}, j.name)
	case j.trouble != "":
		line(phrase{"              %s", "                  %s"}, oneLine(j.trouble))
	}
	if j.LastSuccess.IsZero() {
		line(phrase{"last success  never", "последний успех   не было"})
	} else {
		line(phrase{"last success  %s, %s ago", "последний успех   %s, %s назад"}, in.when(j.LastSuccess), a.age(now.Sub(j.LastSuccess)))
	}
	line(phrase{"linked        %d", "связано           %d"}, j.Links)
	if j.Held > 0 {
		line(phrase{"held          %d: syncd holds %s", "ждёт решения      %d: syncd holds %s"}, j.Held, j.name)
	}
	if j.Rejected > 0 {
		line(phrase{"rejected      %d: syncd rejects %s", "отклонено         %d: syncd rejects %s"}, j.Rejected, j.name)
	}
	if j.Warnings > 0 {
		line(phrase{"warnings      %d: syncd rejects %s --warnings", "предупреждений    %d: syncd rejects %s --warnings"}, j.Warnings, j.name)
	}
	if j.Pending > 0 {
		line(phrase{"on their way  %d values to the accounting system, not seen in an export yet", "в пути            значений в учётную систему: %d, в выгрузке их ещё нет"}, j.Pending)
	}
	if j.OpenOps > 0 {
		line(phrase{
			"in doubt      %d, the oldest for %s: the next run looks again, syncd run %s",
			"исход неизвестен  %d, старейшая %s: проверит следующий запуск, syncd run %s",
		}, j.OpenOps, a.age(now.Sub(j.OldestOp)), j.name)
	}
	if j.Backlog > 0 {
		line(phrase{"waiting       %d from files that were read: syncd run %s", "не отправлено     %d из прочитанных файлов: syncd run %s"}, j.Backlog, j.name)
	}
	if j.waiting > 0 {
		line(phrase{"not reached   %d in the last run: syncd run %s", "не дошло          %d в последнем запуске: syncd run %s"}, j.waiting, j.name)
	}
	for _, h := range j.Halts {
		fmt.Fprintf(&b, "  %s\n", in.haltText(a.lang, j.name, h))
	}
	return b.String()
}

// age is a duration in the coarsest units that tell something.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// age is how long ago something was, with the units of the user's language.
func (a *app) age(d time.Duration) string {
	if a.lang != message.Russian {
		return age(d)
	}
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d с", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d мин", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d ч %02d мин", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d дн.", int(d.Hours()/24))
}

// statusJSON is where a job stands, for machines.
func (in *installation) statusJSON(j *jobStanding) any {
	return struct {
		Type        string           `json:"type"`
		Job         string           `json:"job"`
		CRM         string           `json:"crm"`
		Entity      string           `json:"entity"`
		LastRun     int64            `json:"last_run,omitempty"`
		LastStatus  engine.RunStatus `json:"last_status,omitempty"`
		LastStarted time.Time        `json:"last_started,omitzero"`
		LastSuccess time.Time        `json:"last_success,omitzero"`
		Links       int64            `json:"links"`
		Held        int64            `json:"held"`
		Rejected    int64            `json:"rejected"`
		Warnings    int64            `json:"warnings"`
		OpenOps     int64            `json:"open_ops"`
		OldestOp    time.Time        `json:"oldest_op,omitzero"`
		Backlog     int64            `json:"backlog"`
		Pending     int64            `json:"pending"`
		Waiting     int64            `json:"waiting"`
		Halts       []haltJSON       `json:"halts"`
		Error       string           `json:"error,omitempty"`
		Process     int              `json:"process,omitempty"`
	}{
		"job", j.name, in.cfg.Jobs[j.name].CRM, string(in.cfg.Jobs[j.name].Entity), j.LastRun, j.LastStatus, j.LastStarted,
		j.LastSuccess, j.Links, j.Held, j.Rejected, j.Warnings, j.OpenOps, j.OldestOp, j.Backlog, j.Pending, j.waiting, haltsJSON(j.name, j.Halts),
		j.trouble, j.runner,
	}
}

// haltJSON is a guard that stopped a job, with the command that goes on.
type haltJSON struct {
	Type   string `json:"type"`
	Job    string `json:"job"`
	Guard  string `json:"guard"`
	Found  int64  `json:"found"`
	Limit  int64  `json:"limit"`
	Resume string `json:"resume"`
}

func haltsJSON(job string, halts []engine.Halt) []haltJSON {
	out := make([]haltJSON, 0, len(halts))
	for _, h := range halts {
		out = append(out, haltJSON{"halt", job, h.Guard, h.Found, h.Limit, resumeCommand(job, h)})
	}
	return out
}

// resumeCommand is the command that lets a job go on that the guards halted.
func resumeCommand(job string, halts ...engine.Halt) string {
	allow := make([]string, 0, len(halts))
	for _, h := range halts {
		if wantsNumber(h.Guard) {
			allow = append(allow, fmt.Sprintf("%s=%d", h.Guard, h.Found))
			continue
		}
		allow = append(allow, h.Guard)
	}
	return fmt.Sprintf("syncd resume %s --allow %s", job, strings.Join(allow, ","))
}
