package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"syncd/internal/message"
	"syncd/internal/state"
)

func newShow(a *app) *cobra.Command {
	offline := false
	cmd := &cobra.Command{
		Use:   "show JOB/UID",
		Short: a.say(phrase{"everything that is known of one record", "всё, что известно об одной записи"}),
		Long: a.say(phrase{
			"Says why a record was or was not updated: where it stands, its row in the export as it is now and the way of each\n" +
				"field through the mapping, what was sent and what the CRM made of it, both sides as last settled, what is on its\n" +
				"way to the source, what it waits for, the history with the rules.\n" +
				"The record may be named by uid, key, clid, ИНН or a part of its name, with or without the job.\n" +
				"--offline asks neither the CRM nor a source's database; files are read.",
			"Объясняет, почему запись обновилась или нет: её состояние, строка в нынешней выгрузке и путь каждого поля через\n" +
				"описание полей, что отправлено и что из этого сохранила CRM, согласованные значения обеих сторон, что передаётся\n" +
				"в учётную систему, чего запись ждёт, история с правилами.\n" +
				"Запись можно назвать по uid, ключу, clid, ИНН или части названия, с заданием или без него.\n" +
				"--offline не обращается ни к CRM, ни к базе источника; файлы читаются.",
		}),
		Example: "  syncd show clients/A-15\n  syncd show 7707083893\n  syncd show ромашка",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.show(cmd.Context(), args[0], offline) },
	}
	cmd.Flags().BoolVar(&offline, "offline", false, a.say(phrase{"ask neither the CRM nor a database", "не обращаться к CRM и базам"}))
	return cmd
}

func (a *app) show(ctx context.Context, query string, offline bool) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	p, err := in.known(ctx, query, offline)
	if err != nil {
		return err
	}
	if !offline {
		in.nowInCRM(ctx, p)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if a.flags.json {
		return json.NewEncoder(a.out).Encode(in.portraitJSON(p))
	}
	_, err = fmt.Fprint(a.out, in.portraitText(p))
	return err
}

// known is all that is known of the record that a query names, with its row in the
// export as it is now.
func (in *installation) known(ctx context.Context, query string, offline bool) (*portrait, error) {
	r, err := in.record(ctx, query)
	var none *faultError
	if errors.As(err, &none) && none.code == message.UsageNoRecord {
		return in.untaken(ctx, query, offline, err)
	}
	if err != nil {
		return nil, err
	}
	p, err := in.portrait(ctx, r)
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	in.findRow(ctx, p, offline)
	return p, nil
}

// untaken is what the export as it is now has under a key that no run took a record
// of: others may wait for it. What cannot be looked at leaves the fault as it was.
func (in *installation) untaken(ctx context.Context, query string, offline bool, fault error) (*portrait, error) {
	job, key := in.split(query)
	if job == "" {
		return nil, fault
	}
	uids := in.uidsOf(job, key)
	for _, uid := range slices.Backward(uids) { // as a key first
		p, err := in.portrait(ctx, state.Record{Job: job, UID: uid, Key: key, Status: statusUntaken})
		if err != nil {
			return nil, in.app.stateFault(err)
		}
		in.findRow(ctx, p, offline)
		switch {
		case !p.looked:
			return nil, fault
		case p.row != nil:
			return p, nil
		}
	}
	return nil, usageError(message.UsageNotInExport, message.S("job", job), message.S("query", key),
		message.S("file", in.cfg.Jobs[job].Source))
}
