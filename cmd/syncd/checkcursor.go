package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"syncd/internal/config"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/source"
)

// rowsToCompare are the rows of a delta whose cursors are compared.
const rowsToCompare = 1000

// checkCuts warns of a delta that may bring some rows of an order without the
// others, where the rows of an order are its lines: what is missing would count as
// taken out of the order.
func (in *installation) checkCuts(ctx context.Context, name string, c *checkup) {
	j := in.cfg.Jobs[name]
	lines := c.m.Lines()
	if lines == nil || lines.Source != "" {
		return
	}
	var cause string
	switch s := in.cfg.Sources[j.Source]; {
	case s.SQL != nil && s.SQL.Snapshot == config.SnapshotDelta:
		cursors, err := in.compareCursors(ctx, j, c.m)
		if err != nil {
			return // the check of the source has told it
		}
		cause = in.cursorCause(s.SQL.Cursor, cursors)
	case s.CSV != nil && s.CSV.Snapshot == config.SnapshotDelta && !lines.Summed:
		cause = in.app.say(phrase{
			"no sum shows whether an order stands there with all its lines", "никакая сумма не покажет, все ли строки заказа в файле",
		})
	}
	if cause != "" {
		c.doubt(message.SourceCutsRecords, message.S("source", in.sourceName(j)), message.S("cause", cause))
	}
}

// cursorsFound is what the cursors of the first rows of a delta showed.
type cursorsFound struct {
	shared bool // several rows of one record have one cursor
	first  int  // two rows of one record that differ in it; 0 = none does
	other  int
}

func (in *installation) cursorCause(cursor string, f cursorsFound) string {
	switch {
	case f.first > 0:
		return fmt.Sprintf(in.app.say(phrase{
			"the rows %d and %d of one order differ in its cursor «%s»", "строки %d и %d одного заказа расходятся в курсоре «%s»",
		}), f.first, f.other, cursor)
	case !f.shared:
		return fmt.Sprintf(in.app.say(phrase{
			"no order of several rows was there to show that its cursor «%s» is the order's",
			"заказа из нескольких строк, по которому видно, что курсор «%s» — у заказа, в ней пока нет",
		}), cursor)
	}
	return ""
}

// compareCursors reads the first rows of a query once more, for their cursors.
func (in *installation) compareCursors(ctx context.Context, j *config.Job, m *mapping.Mapping) (f cursorsFound, err error) {
	cfg, err := in.sqlConfig(j, m, j.Source)
	if err != nil {
		return f, err
	}
	o := cfg.Options
	o.Name, o.Zone, o.Wanted, o.Now = cfg.Shown, cfg.Zones.Source, m.Columns(), cfg.Now()
	if cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.Timeout)
		defer cancel()
	}
	r, err := source.OpenQuery(ctx, o)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	at := func(column string) int {
		return slices.IndexFunc(r.Header().Names, func(n string) bool { return mapping.SameColumn(n, column) })
	}
	key, cursor := at(m.Identity().Column), at(o.Cursor)
	if key < 0 || cursor < 0 {
		return f, nil
	}
	type row struct {
		number int
		cursor string
	}
	seen := map[string]row{}
	var (
		batch source.SQLBatch
		cells []string
	)
	for read := 0; read < rowsToCompare; {
		if err := r.NextBatch(ctx, &batch); errors.Is(err, io.EOF) {
			return f, nil
		} else if err != nil {
			return f, err
		}
		for i := range batch.Rows {
			read++
			cells, _ = batch.Cells(i, cells)
			now := row{batch.Rows[i].Line, cells[cursor]}
			was, again := seen[cells[key]]
			switch {
			case !again:
				seen[cells[key]] = now
			case was.cursor != now.cursor:
				f.first, f.other = was.number, now.number
				return f, nil
			default:
				f.shared = true
			}
		}
	}
	return f, nil
}
