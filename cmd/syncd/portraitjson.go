package main

import (
	"fmt"
	"time"

	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// sidesJSON is a field as both sides last settled it, and as the CRM reads now.
type sidesJSON struct {
	Field  string  `json:"field"`
	Source *string `json:"source"`
	CRM    *string `json:"crm"`
	Now    *string `json:"crm_now,omitempty"`
}

type historyJSON struct {
	Run     int64        `json:"run"`
	At      time.Time    `json:"at"`
	Kind    string       `json:"kind"`
	Changes []changeJSON `json:"changes"`
}

// writeJSON is a write to the CRM, open or ended.
type writeJSON struct {
	Run     int64        `json:"run"`
	Kind    string       `json:"kind"`
	Status  string       `json:"status"`
	CLID    int64        `json:"clid,omitempty"`
	Sent    time.Time    `json:"sent"`
	Ended   time.Time    `json:"ended,omitzero"`
	Code    string       `json:"code,omitempty"`
	Text    string       `json:"text,omitempty"`
	Changes []changeJSON `json:"changes"`
}

// pendingJSON is a value on its way to the source.
type pendingJSON struct {
	Field    string    `json:"field"`
	Base     *string   `json:"base"`
	Offered  *string   `json:"offered"`
	Lost     *string   `json:"lost,omitempty"`
	Rule     string    `json:"rule"`
	State    string    `json:"state"`
	Delivery string    `json:"delivery,omitempty"`
	Run      int64     `json:"run"`
	Since    time.Time `json:"since"`
	Arrived  time.Time `json:"arrived,omitzero"`
}

// rowJSON is the row in the export as it is now.
type rowJSON struct {
	Found   bool      `json:"found"`
	Why     string    `json:"why,omitempty"` // why nothing was searched, or why the row is no record
	File    string    `json:"file,omitempty"`
	Line    int       `json:"line,omitempty"`
	Changed []string  `json:"changed"` // fields that differ from what was settled
	Fields  []wayJSON `json:"fields"`
}

// wayJSON is the way of a field through the mapping.
type wayJSON struct {
	Field    string     `json:"field"`
	Cells    []cellJSON `json:"cells"`
	Steps    []stepJSON `json:"steps"`
	Result   *string    `json:"result"`
	Problems []string   `json:"problems"`
}

type cellJSON struct {
	Column string  `json:"column"`
	Text   *string `json:"text"` // null = NULL
}

type stepJSON struct {
	What  string `json:"what"`
	Rule  string `json:"rule,omitempty"`
	Value string `json:"value"`
}

// portraitJSON is everything about a record, for machines.
func (in *installation) portraitJSON(p *portrait) any {
	out := struct {
		Type       string         `json:"type"`
		Job        string         `json:"job"`
		UID        string         `json:"uid"`
		Key        string         `json:"key"`
		Title      string         `json:"title"`
		Status     string         `json:"status"`
		Reason     string         `json:"reason,omitempty"`
		Verdict    []string       `json:"verdict"`
		CLID       int64          `json:"clid,omitempty"`
		File       string         `json:"file,omitempty"`
		Line       int            `json:"line,omitempty"`
		LastSynced time.Time      `json:"last_synced,omitzero"`
		Fields     []sidesJSON    `json:"fields"`
		Row        *rowJSON       `json:"export,omitempty"`
		Writes     []writeJSON    `json:"writes"`
		Pending    []pendingJSON  `json:"pending"`
		History    []historyJSON  `json:"history"`
		Open       []string       `json:"open_ops"`
		Hold       *holdRecord    `json:"hold,omitempty"`
		Decided    []string       `json:"decided"`
		Rejects    []rejectRecord `json:"rejects"`
		Halts      []string       `json:"halts"`
	}{
		Type: "record", Job: p.Job, UID: p.UID, Key: p.Key, Title: p.Title, Status: p.Status, Reason: p.Reason, CLID: p.CLID,
		File: p.File, Line: p.Line, LastSynced: p.LastSynced, Verdict: in.verdict(p), Row: p.rowJSON(in.plain(p.Job)),
		Fields: p.sidesJSON(in.plain(p.Job)), Writes: in.writesJSON(p), Pending: in.pendingJSON(p),
		History: []historyJSON{}, Open: []string{}, Decided: []string{}, Rejects: []rejectRecord{}, Halts: []string{},
	}
	for _, c := range p.changes {
		out.History = append(out.History, historyJSON{c.Run, c.At, c.Kind, changesJSON(c.Fields)})
	}
	for i := range p.writes {
		if o := &p.writes[i]; o.Ended.IsZero() {
			out.Open = append(out.Open, fmt.Sprintf("%s %s", o.Kind, o.Status))
		}
	}
	if p.Hold != nil {
		h := in.standingJSON(p.Hold, p.files)
		out.Hold = &h
	}
	for _, c := range p.Choices {
		out.Decided = append(out.Decided, choiceText(c))
	}
	for i := range p.rejects {
		out.Rejects = append(out.Rejects, rejectJSON(p.Job, &p.rejects[i].Reject))
	}
	for _, h := range p.halts {
		out.Halts = append(out.Halts, h.Guard)
	}
	return out
}

func (p *portrait) sidesJSON(texts plain) []sidesJSON {
	out := []sidesJSON{}
	if p.Link == nil {
		return out
	}
	for _, name := range fieldsOf(p.Link) {
		out = append(out, sidesJSON{name, texts.text(name, p.Link.Base[name]), texts.text(name, crmBase(p.Link, name)), p.now[name]})
	}
	return out
}

func (in *installation) writesJSON(p *portrait) []writeJSON {
	out := make([]writeJSON, 0, len(p.writes))
	for i := range p.writes {
		o, fields := &p.writes[i], p.writes[i].Fields
		if i == 0 {
			fields = in.sent(p)
		}
		out = append(out, writeJSON{
			o.Run, string(o.Kind), string(o.Status), o.CLID, o.SentAt, o.Ended, o.Code, o.Text, changesJSON(fields),
		})
	}
	return out
}

func (in *installation) pendingJSON(p *portrait) []pendingJSON {
	out := make([]pendingJSON, 0, len(p.Pending))
	for i := range p.Pending {
		o := &p.Pending[i]
		out = append(out, pendingJSON{
			o.Field, o.Base, o.Offered, o.Lost, string(o.Rule), o.State, in.deliveryName(p.Job, o.Delivery), o.Run, o.Since, o.Arrived,
		})
	}
	return out
}

// rowJSON is nil where nobody searched.
func (p *portrait) rowJSON(texts plain) *rowJSON {
	if !p.looked && p.noRow == "" {
		return nil
	}
	out := &rowJSON{Found: p.row != nil, Why: p.noRow, Changed: []string{}, Fields: []wayJSON{}}
	if p.row == nil {
		return out
	}
	out.File, out.Line = p.row.Origin.File, p.row.Origin.Line
	if p.row.Kind != mapping.InScope {
		out.Why = whyRow(p.row)
	}
	out.Changed = append(out.Changed, p.exportMoved()...)
	for i := range p.row.Fields {
		out.Fields = append(out.Fields, wayOf(&p.row.Fields[i], texts))
	}
	return out
}

func wayOf(f *mapping.FieldWay, texts plain) wayJSON {
	way := wayJSON{Field: f.Field, Cells: []cellJSON{}, Steps: []stepJSON{}, Problems: []string{}}
	for i, column := range f.Columns {
		cell := cellJSON{column, &f.Cells[i]}
		if f.Cells[i] == source.Null {
			cell.Text = nil
		}
		way.Cells = append(way.Cells, cell)
	}
	for _, s := range f.Steps {
		way.Steps = append(way.Steps, stepJSON{s.What, s.Rule, s.Value})
	}
	if f.Result.State == record.Filled || f.Result.State == record.Empty {
		way.Result = texts.text(f.Field, &f.Result.Text)
	}
	for _, p := range f.Problems {
		way.Problems = append(way.Problems, string(p.Code))
	}
	return way
}
