package main

import (
	"slices"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// plain turns stored texts of a job's fields into what people read. The stored
// text of a list that is gathered from several columns keeps the columns apart;
// people compare it with the CRM's, which has none. Everything that prints values
// of the source goes through here. The zero value leaves texts as they are.
type plain struct{ m *mapping.Mapping }

// plain is that of a job, loaded once. A mapping that cannot be read any more
// leaves the texts as they are: what is known is shown all the same.
func (in *installation) plain(job string) plain {
	if p, ok := in.plains[job]; ok {
		return p
	}
	p := plain{}
	if in.cfg.Jobs[job] != nil {
		if m, err := in.mapping(job); err == nil {
			p.m = m
		}
	}
	if in.plains == nil {
		in.plains = map[string]plain{}
	}
	in.plains[job] = p
	return p
}

// text is the plain form of one field's text; nil stays nil.
func (p plain) text(field string, v *string) *string {
	if p.m == nil || v == nil {
		return v
	}
	i := p.m.Schema().Index(field)
	if i < 0 {
		return v
	}
	text := p.m.Sent(i, *v)
	if field == mapping.FieldLines {
		text = strings.ReplaceAll(text, "\n", "; ")
	}
	return &text
}

// stored is that of a whole record; nil stays nil.
func (p plain) stored(s record.Stored) record.Stored {
	if s == nil {
		return nil
	}
	out := make(record.Stored, len(s))
	for field, v := range s {
		out[field] = p.text(field, v)
	}
	return out
}

func (p plain) changes(list []engine.FieldChange) []engine.FieldChange {
	out := slices.Clone(list)
	for i := range out {
		c := &out[i]
		c.From, c.To, c.Lost = p.text(c.Field, c.From), p.text(c.Field, c.To), p.text(c.Field, c.Lost)
	}
	return out
}

func (p plain) held(list []engine.HeldField) []engine.HeldField {
	out := slices.Clone(list)
	for i := range out {
		f := &out[i]
		f.Base, f.Source, f.CRM = p.text(f.Field, f.Base), p.text(f.Field, f.Source), p.text(f.Field, f.CRM)
	}
	return out
}
