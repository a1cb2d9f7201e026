package emulator

import "strconv"

func (c *call) effect(e Effect) {
	e.Late = c.late
	c.s.hist.effect(c.event, e)
}

func (c *call) created(r *row) {
	c.effect(Effect{Kind: EffectCreated, CLID: r.clid, UID: r.str(colUID)})
}

func (c *call) deleted(r *row) {
	c.effect(Effect{Kind: EffectDeleted, CLID: r.clid, UID: r.str(colUID)})
}

func (c *call) duplicateOf(r *row) {
	c.effect(Effect{Kind: EffectDuplicate, CLID: r.clid, UID: r.str(colUID)})
}

func (c *call) dictionaryGrew(field, title string) {
	c.effect(Effect{Kind: EffectDictionary, Field: field, New: &title})
}

// updatedEffects tells of each column that differs, the bookkeeping ones apart.
func (c *call) updatedEffects(old, next *row) {
	e := Effect{Kind: EffectUpdated, CLID: old.clid, UID: next.str(colUID)}
	for col := range textColumns {
		if col == colEdited || sameNullable(old.text[col], next.text[col]) {
			continue
		}
		e.Field, e.Old, e.New = textSchema[col].name, old.text[col], next.text[col]
		c.effect(e)
	}
	for n := range numberColumns {
		if n == numEditor || old.num[n] == next.num[n] {
			continue
		}
		before, after := strconv.FormatInt(old.num[n], 10), strconv.FormatInt(next.num[n], 10)
		e.Field, e.Old, e.New = numberSchema[n], &before, &after
		c.effect(e)
	}
}

func sameNullable(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
