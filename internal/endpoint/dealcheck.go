package endpoint

import (
	"context"
	"fmt"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/record"
)

// unknown refuses a stage, type, direction or status of closing that the CRM's
// lists lack: the server would take another one, or none, and say nothing.
func (d *Deals) unknown(ctx context.Context, values []record.Value) (*engine.WriteError, error) {
	for _, list := range dealLists() {
		f := d.m.Schema().Index(list.field)
		if f < 0 || values[f].Blank() {
			continue
		}
		if err := d.askGuides(ctx); err != nil {
			return nil, err
		}
		titles := list.titles(d.guides)
		known := false
		for _, title := range titles {
			known = known || d.m.CanonCRM(f, title) == values[f].Canon
		}
		if !known {
			return refuse(list.code, among(values[f].Text, titles)), nil
		}
	}
	return nil, nil
}

// dealList is one of the CRM's lists that deals refer to.
type dealList struct {
	field, code string
	titles      func(*crmapi.DealGuides) []string
}

func dealLists() []dealList {
	titles := func(entries []crmapi.GuideEntry) []string {
		out := make([]string, len(entries))
		for i, e := range entries {
			out[i] = e.Title
		}
		return out
	}
	return []dealList{
		{fieldStep, engine.RefusedStep, func(g *crmapi.DealGuides) []string {
			out := make([]string, len(g.Steps))
			for i, s := range g.Steps {
				out[i] = stepText(s)
			}
			return out
		}},
		{"tip", engine.RefusedType, func(g *crmapi.DealGuides) []string { return titles(g.Types) }},
		{"direction", engine.RefusedDirection, func(g *crmapi.DealGuides) []string { return titles(g.Directions) }},
		{fieldCloseStatus, engine.RefusedStatus, func(g *crmapi.DealGuides) []string { return titles(g.Statuses) }},
	}
}

// askGuides asks once for the CRM's lists.
func (d *Deals) askGuides(ctx context.Context) error {
	if d.guides != nil {
		return nil
	}
	g, err := d.api.Guides(ctx)
	if err != nil {
		return fmt.Errorf("ask for the CRM's lists of deals: %w", err)
	}
	d.guides = &g
	return nil
}
