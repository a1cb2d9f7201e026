package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/message"
	"syncd/internal/notify"
	"syncd/internal/state"
)

// notifyFlags are the flags of notify.
type notifyFlags struct{ test, digest, dry bool }

func newNotify(a *app) *cobra.Command {
	f := &notifyFlags{}
	cmd := &cobra.Command{
		Use:   "notify",
		Short: a.say(phrase{"tell people what changed since they were told last", "сообщить, что изменилось с прошлого уведомления"}),
		Long: a.say(phrase{
			"Sends what is due over the channels of `notify`: a job stopped, runs that fail, records that wait, an export that did not come, and the end of each.\n" +
				"The service does that by itself, every minute. Without it, call this command after the runs, by cron for instance. Nothing is told twice.",
			"Отправляет по каналам из `notify` то, о чём пора сообщить: задание остановлено, запуски не удаются, записи ждут решения, выгрузка не пришла — и когда это кончилось.\n" +
				"Служба делает это сама каждую минуту. Без неё вызывайте команду после запусков, например из cron. Дважды об одном не сообщается.",
		}),
		Example: "  syncd notify --test\n  syncd notify --dry-run\n  syncd notify --digest",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.notify(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.test, "test", false, a.say(phrase{"send a test message over every channel", "отправить проверочное сообщение по каждому каналу"}))
	fl.BoolVar(&f.digest, "digest", false, a.say(phrase{"send the digest now", "отправить сводку сейчас"}))
	fl.BoolVar(&f.dry, "dry-run", false, a.say(phrase{"print what would be sent, send nothing", "показать, что было бы отправлено, и не отправлять"}))
	cmd.MarkFlagsMutuallyExclusive("test", "digest")
	return cmd
}

func (a *app) notify(ctx context.Context, f *notifyFlags) error {
	how := writing
	if f.dry || f.test {
		how = reading // the test needs no state
	}
	in, closeAll, err := a.install(ctx, how)
	if err != nil {
		return err
	}
	defer closeAll()
	if in.cfg.Notify == nil {
		return fault(exitConfig, nil, message.NotifyNobody)
	}
	now := a.clock()()
	var list []delivery
	if f.test {
		if list = in.tellTest(ctx, now, f.dry); !f.dry {
			a.noteTest(ctx, in.cfg, now, list)
		}
	} else {
		list, err = in.tellNow(ctx, now, tellOptions{dry: f.dry, digest: f.digest})
	}
	if perr := in.printDeliveries(list, f.dry); perr != nil {
		return errors.Join(err, perr)
	}
	return err
}

// tellNow is tellDue, after another process that is at it.
func (in *installation) tellNow(ctx context.Context, now time.Time, o tellOptions) ([]delivery, error) {
	const looks, between = 60, time.Second
	for range looks {
		list, err := in.tellDue(ctx, now, o)
		var held *state.HeldError
		if !errors.As(err, &held) {
			return list, in.app.stateFault(err)
		}
		if err := wait(ctx, between); err != nil {
			return nil, err
		}
	}
	return nil, fault(exitLocked, nil, message.NotifyBusy)
}

// tellTest sends a test message over every channel, whatever became of the others.
func (in *installation) tellTest(ctx context.Context, now time.Time, dry bool) []delivery {
	var list []delivery
	m := in.testMessage(now)
	for _, name := range in.channelNames() {
		d := delivery{channel: name, message: m}
		if !dry {
			var c notify.Channel
			if c, d.err = in.channel(name); d.err == nil {
				d.err = c.Send(ctx, m)
			}
		}
		list = append(list, d)
	}
	return list
}

// printDeliveries tells what came of each message; an outcome when one failed.
func (in *installation) printDeliveries(list []delivery, dry bool) error {
	a := in.app
	if a.flags.json {
		if err := in.printDeliveriesJSON(list, dry); err != nil {
			return err
		}
	} else if len(list) == 0 {
		return a.printLine(phrase{"nothing is due", "сообщать не о чем"})
	}
	failed := false
	for _, d := range list {
		if d.err != nil {
			failed = true
			a.report(worded(d.channel, d.err))
			continue
		}
		if a.flags.json {
			continue
		}
		text := fmt.Sprintf(a.say(phrase{"%s: sent: %s", "%s: отправлено: %s"}), d.channel, d.message.Subject)
		if dry {
			text = fmt.Sprintf("%s: %s\n\n%s", d.channel, d.message.Subject, d.message.Text)
		}
		if _, err := fmt.Fprintln(a.out, text); err != nil {
			return err
		}
	}
	if failed {
		return &outcomeError{exitFailure}
	}
	return nil
}

// worded is what a channel said, for people. A secret that is missing has its own
// message, with its place in the configuration.
func worded(channel string, err error) error {
	var known interface {
		In(lang message.Lang) string
	}
	if errors.As(err, &known) {
		return err
	}
	return unsentFault(channel, err)
}

func (in *installation) printDeliveriesJSON(list []delivery, dry bool) error {
	out := json.NewEncoder(in.app.out)
	for _, d := range list {
		text := ""
		if d.err != nil {
			text = in.app.wording(worded(d.channel, d.err))
		}
		if err := out.Encode(struct {
			Type    string       `json:"type"`
			Channel string       `json:"channel"`
			Sent    bool         `json:"sent"`
			Error   string       `json:"error,omitempty"`
			Event   notify.Event `json:"event"`
		}{"delivery", d.channel, d.err == nil && !dry, text, d.message.Event}); err != nil {
			return err
		}
	}
	return nil
}
