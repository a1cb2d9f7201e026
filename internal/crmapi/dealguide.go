package crmapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoSuchTitle is the cause when a stage, a direction, a type or a status of
// closing is none of the CRM's. Nothing was sent: the server would take it for
// another one, for none, or make a new one.
var ErrNoSuchTitle = errors.New("is none of the CRM's list")

// Empty reports whether an update with in changes nothing, and sends nothing.
func (in *DealInput) Empty() bool {
	return in.UID == "" && in.CLID == 0 && in.Payer == 0 && in.UserID == 0 && len(in.Fields) == 0 && !in.SetLines
}

// dealLists are an interface's requests for the CRM's lists of deals.
type dealLists struct{ steps, directions, types, statuses dealList }

// dealList is one of them, with the key under which its entries have their ids; ""
// where they are titles alone.
type dealList struct{ action, id string }

// dealGuides reads the lists by requests like r.
func (c *Client) dealGuides(ctx context.Context, r request, l dealLists) (g DealGuides, err error) {
	entry := func(into *[]GuideEntry) func(GuideEntry, string) {
		return func(e GuideEntry, _ string) { *into = append(*into, e) }
	}
	for _, list := range [...]struct {
		dealList
		take func(e GuideEntry, content string)
	}{
		{l.steps, func(e GuideEntry, content string) { g.Steps = append(g.Steps, Stage{e.ID, e.Title, content}) }},
		{l.directions, entry(&g.Directions)},
		{l.types, entry(&g.Types)},
		{l.statuses, entry(&g.Statuses)},
	} {
		r.action = list.action
		err := c.rows(ctx, r, func(raw []byte) error {
			var e GuideEntry
			var content string
			err := eachMember(raw, func(key, val []byte) {
				switch string(key) {
				case list.id:
					e.ID = intOf(val)
				case "title":
					e.Title, _, _ = stringOf(val)
				case "content":
					content, _, _ = stringOf(val)
				}
			})
			list.take(e, content)
			return err
		})
		if err != nil {
			return DealGuides{}, err
		}
	}
	return g, nil
}

// guidesFor reads the CRM's lists if in, or a status of closing, refers to one,
// and writes the titles of in as the CRM writes them. The lists are read once,
// and again when a title is not in them.
func (d *Deals) guidesFor(ctx context.Context, action string, in *DealInput, status string) (*DealGuides, error) {
	refers := func(f FieldInput) bool { return f.Key == "step" || f.Key == "direction" || f.Key == "tip" }
	if action != actDealClose && !slices.ContainsFunc(in.Fields, refers) {
		return nil, nil
	}
	in.Fields = slices.Clone(in.Fields)
	d.mu.Lock()
	g := d.known
	d.mu.Unlock()
	if g != nil && g.name(action, in, status) == nil {
		return g, nil
	}
	fresh, err := d.Guides(ctx)
	if err != nil {
		return nil, unasked(action, err)
	}
	if err := fresh.name(action, in, status); err != nil {
		return nil, refusal(action, err)
	}
	return &fresh, nil
}

// name puts the CRM's own titles into in.
func (g *DealGuides) name(action string, in *DealInput, status string) error {
	if _, ok := titleIn(g.Statuses, status); !ok && action == actDealClose {
		return fmt.Errorf("status %w", ErrNoSuchTitle)
	}
	for i := range in.Fields {
		f := &in.Fields[i]
		ok := true
		switch f.Key {
		case "step":
			f.Text = strings.TrimSpace(f.Text)
			ok = slices.ContainsFunc(g.Steps, func(s Stage) bool { return s.Title == f.Text })
		case "direction":
			f.Text, ok = titled(g.Directions, f.Text)
		case "tip":
			f.Text, ok = titled(g.Types, f.Text)
		}
		if !ok {
			return fmt.Errorf("field %q %w", f.Key, ErrNoSuchTitle)
		}
	}
	return nil
}

func titled(list []GuideEntry, title string) (string, bool) {
	e, ok := titleIn(list, title)
	if !ok {
		return title, false
	}
	return e.Title, true
}

// titleIn finds an entry: by its very title, or else without regard to case.
func titleIn(list []GuideEntry, title string) (GuideEntry, bool) {
	title = strings.TrimSpace(title)
	if title == "" {
		return GuideEntry{}, false
	}
	i := slices.IndexFunc(list, func(e GuideEntry) bool { return e.Title == title })
	if i < 0 {
		i = slices.IndexFunc(list, func(e GuideEntry) bool { return strings.EqualFold(strings.TrimSpace(e.Title), title) })
	}
	if i < 0 {
		return GuideEntry{}, false
	}
	return list[i], true
}
