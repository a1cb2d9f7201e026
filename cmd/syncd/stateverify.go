package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func newStateVerify(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [" + a.say(phrase{"FILE", "ФАЙЛ"}) + "]",
		Short: a.say(phrase{"check the state or a copy, and count what is in it", "проверить базу состояния или копию и посчитать, что в ней"}),
		Long: a.say(phrase{
			"Checks every page and index, and that what is in it agrees: each link has its hashes, nothing of the CRM is linked twice, every base can be read.\n" +
				"Nothing is changed. Without a name it is the state that works now.",
			"Проверяет каждую страницу и каждый индекс, и что содержимое согласовано: у каждой связи есть хеши, ничто в CRM не связано дважды, базы читаются.\n" +
				"Ничего не меняет. Без имени — рабочую базу состояния.",
		}),
		Example: "  syncd state verify\n  syncd state verify /var/backups/syncd/state-20261122T043000.db",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			return a.stateVerify(cmd.Context(), file)
		},
	}
}

// stateCensus is what state verify --json prints. ok is false only with an error,
// which is told apart.
type stateCensus struct {
	File      string    `json:"file"`
	OK        bool      `json:"ok"`
	Schema    int       `json:"schema"`
	Bytes     int64     `json:"bytes"`
	FreeBytes int64     `json:"free_bytes"`
	LastRun   int64     `json:"last_run"`
	LastEnd   time.Time `json:"last_run_finished,omitzero"`
	Jobs      int64     `json:"jobs"`
	Links     int64     `json:"links"`
	Gone      int64     `json:"gone"`
	Open      int64     `json:"open_ops"`
	Holds     int64     `json:"held"`
	Rejects   int64     `json:"rejected"`
	Backlog   int64     `json:"backlog"`
	Pending   int64     `json:"pending"`
	Changes   int64     `json:"changes"`
	Runs      int64     `json:"runs"`
}

func (a *app) stateVerify(ctx context.Context, file string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if err := becomeOwner(string(cfg.State)); err != nil {
		return a.unusableState(string(cfg.State), err)
	}
	if file == "" {
		file = string(cfg.State)
	} else if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) { // not a state to begin with: a copy
		return fault(exitUsage, err, message.UsageFileMissing, message.S("file", file), message.S("flag", a.say(phrase{"FILE", "ФАЙЛ"})))
	}
	in := &installation{app: a, cfg: cfg, log: a.logger(cfg.Log, cfg.Timezone.Location)}
	// Verify checks more than the opening does
	in.db, err = state.OpenReadOnly(ctx, file, state.Options{Clock: a.clock(), Fold: reconcile.FoldUID, SkipCheck: true, Older: true})
	if err != nil {
		return a.unusableState(file, err)
	}
	defer func() { _ = in.db.Close() }()
	err = in.db.Verify(ctx)
	var c state.Census
	if err == nil {
		c, err = in.db.Census(ctx)
	}
	if err != nil {
		if a.flags.json && ctx.Err() == nil {
			if werr := json.NewEncoder(a.out).Encode(stateCensus{File: file}); werr != nil {
				return werr
			}
		}
		return a.unusableState(file, err)
	}
	if a.flags.json {
		return json.NewEncoder(a.out).Encode(stateCensus{
			File: file, OK: true, Schema: c.Schema, Bytes: c.Bytes, FreeBytes: c.Free, LastRun: c.LastRun, LastEnd: c.LastEnd.UTC(),
			Jobs: c.Jobs, Links: c.Links, Gone: c.Gone, Open: c.Open, Holds: c.Holds, Rejects: c.Rejects, Backlog: c.Backlog,
			Pending: c.Pending, Changes: c.Changes, Runs: c.Runs,
		})
	}
	_, err = fmt.Fprint(a.out, in.censusText(file, c))
	return err
}

func (in *installation) censusText(file string, c state.Census) string {
	a := in.app
	t := newTable()
	row := func(p phrase, v string) { t.row(a.say(p), v) }
	count := func(p phrase, n int64) { row(p, strconv.FormatInt(n, 10)) }
	row(phrase{"size", "размер"}, fmt.Sprintf(a.say(phrase{"%s, of it free %s", "%s, из них свободно %s"}), a.bytes(c.Bytes), a.bytes(c.Free)))
	count(phrase{"schema", "схема"}, int64(c.Schema))
	row(phrase{"last run", "последний запуск"}, in.stateAge(c.LastEnd, c.LastRun))
	count(phrase{"jobs", "задания"}, c.Jobs)
	count(phrase{"linked", "связано"}, c.Links)
	count(phrase{"gone from the CRM", "удалено в CRM"}, c.Gone)
	count(phrase{"in doubt", "исход неизвестен"}, c.Open)
	count(phrase{"held", "ждёт решения"}, c.Holds)
	count(phrase{"rejected", "отклонено"}, c.Rejects)
	count(phrase{"waiting", "ещё не дошла очередь"}, c.Backlog)
	count(phrase{"on their way", "в пути в учётную систему"}, c.Pending)
	count(phrase{"changes kept", "изменений в истории"}, c.Changes)
	count(phrase{"runs kept", "запусков в истории"}, c.Runs)
	return fmt.Sprintf(a.say(phrase{"sound: %s\n", "исправна: %s\n"}), file) + t.String()
}

// bytes is a size for people.
func (a *app) bytes(n int64) string {
	const kib = 1 << 10
	switch {
	case n < kib:
		return fmt.Sprintf(a.say(phrase{"%d B", "%d Б"}), n)
	case n < kib*kib:
		return fmt.Sprintf(a.say(phrase{"%d KiB", "%d КиБ"}), n/kib)
	}
	return fmt.Sprintf(a.say(phrase{"%.1f MiB", "%.1f МиБ"}), float64(n)/(kib*kib))
}
