package endpoint_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/source"
)

// Orders whose rows are their lines.
const orderSpec = `
version: 1
entity: deal
uid: {column: Заказ, encode: raw}
client: {column: Клиент, encode: raw, job: clients}
skip: [Черновик]
deleted_when: yes(Удалён)
fields:
  title: {column: Номер, required: true}
  kol: {column: Сумма}
lines: {title: {column: Товар}, kol: {column: Кол}, price: {column: Цена}}
`

const orderHead = "Заказ;Клиент;Номер;Сумма;Черновик;Удалён;Товар;Кол;Цена\r\n"

// Orders whose lines come from a source of their own.
const headSpec = `
version: 1
entity: deal
uid: {column: Заказ, encode: raw}
client: {column: Клиент, encode: raw, job: clients}
fields:
  title: {column: Номер, required: true}
lines: {source: goods, of: {column: Документ}, title: {column: Товар}, kol: {column: Кол}, price: {column: Цена}}
`

const (
	headHead  = "Заказ;Клиент;Номер\r\n"
	goodsHead = "Документ;Товар;Кол;Цена\r\n"
)

// links are the records of another job, by uid and by number.
type links map[string]endpoint.Target

func (l links) Linked(_ context.Context, job, uid string) (endpoint.Target, error) {
	return l.find(job + "/" + uid)
}

func (l links) Numbered(_ context.Context, job, number string) (endpoint.Target, error) {
	return l.find(job + "/№" + number)
}

func (l links) KeyOf(_ context.Context, job string, id int64) (endpoint.Target, error) {
	return l.find(fmt.Sprintf("%s/#%d", job, id))
}

func (l links) find(at string) (endpoint.Target, error) {
	if t, ok := l[at]; ok {
		return t, nil
	}
	return endpoint.Target{Why: "unknown"}, nil
}

// twoClients are linked, the third is held.
func twoClients() links {
	return links{
		"clients/c1": {CRMID: 71, UID: "c1", Key: "c1"}, "clients/c2": {CRMID: 72, UID: "c2", Key: "c2"},
		"clients/c3":  {UID: "c3", Key: "c3", Why: "held"},
		"clients/#71": {CRMID: 71, UID: "c1", Key: "c1"},
		"/c1":         {CRMID: 71, UID: "c1", Key: "c1"}, // of the job that contacts are a part of
	}
}

// dealCSV is a source of deals over a file.
func dealCSV(t *testing.T, m *mapping.Mapping, content string, lines *endpoint.Lines) *endpoint.CSV {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders.csv")
	put(t, path, content)
	return endpoint.NewCSV(endpoint.CSVConfig{
		Path: path, Shown: "orders.csv", Full: true,
		Gather: endpoint.Gather{Links: twoClients(), Lines: lines, TempDir: t.TempDir()},
	}, m, nil)
}

// goodsCSV are lines in a file.
func goodsCSV(t *testing.T, m *mapping.Mapping, content string, change func(*endpoint.CSVConfig)) *endpoint.Lines {
	t.Helper()
	path := filepath.Join(t.TempDir(), "goods.csv")
	put(t, path, content)
	c := endpoint.CSVConfig{Path: path, Shown: "goods.csv", Full: true}
	if change != nil {
		change(&c)
	}
	l, err := endpoint.NewCSVLines(c, m)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// sqlOf is a table with the cells of a CSV text, ";" between them.
func sqlOf(t *testing.T, content string) endpoint.SQLConfig {
	t.Helper()
	rows := strings.Split(strings.TrimSuffix(content, "\r\n"), "\r\n")
	var table [][]any
	for _, r := range rows[1:] {
		var cells []any
		for _, c := range strings.Split(r, ";") {
			cells = append(cells, c)
		}
		table = append(table, cells)
	}
	return endpoint.SQLConfig{
		Shown: "sources.table", Full: true, Now: time.Now, Options: source.SQLOptions{
			Driver: source.SQLite, DSN: tableOf(t, strings.Split(rows[0], ";"), table), Query: "SELECT * FROM clients",
		},
	}
}

// deals reads a source and tells each outcome in a line: "uid client lines @rows
// (code)".
func deals(t *testing.T, s engine.Source, m *mapping.Mapping) ([]string, engine.Snapshot, error) {
	t.Helper()
	var out []string
	snap, err := s.Read(t.Context(), engine.Known{}, func(batch []engine.Incoming) error {
		for i := range batch {
			in := &batch[i]
			if in.Kind == engine.InSkipped {
				continue
			}
			text := []string{"record", "known", "rejected", "left out"}[in.Kind]
			if in.Record != nil {
				text += " " + in.Record.UID
			}
			if in.Kind == engine.InRecord {
				text += " " + in.Record.Get(m.Schema(), "client").Text
				if in.Record.Deleted {
					text += " deleted"
				}
				text += " [" + strings.ReplaceAll(in.Record.Get(m.Schema(), "lines").Text, "\n", ", ") + "]"
			}
			if in.Waits != nil {
				for _, f := range in.Waits.Fields {
					text += fmt.Sprintf(" waits %s: %s=%s %s", in.Waits.Reason, f.Field, *f.Source, f.Why)
				}
			}
			text += fmt.Sprintf(" @%d-%d*%d", in.Origin.Line, in.Origin.LastLine, in.Rows)
			for _, p := range in.Problems {
				text += fmt.Sprintf(" (%s %s:%d %s)", p.Code, p.File, p.Line, p.Field)
			}
			if !in.Row.IsZero() || !in.Cells.IsZero() {
				text += " is known again by its row alone"
			}
			out = append(out, text)
		}
		return nil
	})
	return out, snap, err
}
