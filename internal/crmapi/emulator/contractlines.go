package emulator

import (
	"slices"
	"strconv"
)

// writeLinesV1 adds lines to a deal; broken is why a query failed, and lines
// before it stay.
func (c *call) writeLinesV1(d *dealRow, list *array) (broken string, err error) {
	d.Lines = slices.Clone(d.Lines)
	for i := range list.len() {
		item, _ := list.get(strconv.Itoa(i)).(*array)
		if err := c.beginPart(item); err != nil {
			return "", err
		}
		line, err := lineOf(item)
		if err != nil {
			return err.Error(), nil
		}
		c.s.db.putLine(d, line)
	}
	return "", nil
}

// putLine adds a line with an id of its own.
func (l *ledger) putLine(d *dealRow, line lineRow) {
	line.ID = l.nextLine
	l.nextLine++
	d.Lines = append(d.Lines, line)
}

// lineOf reads a line whose texts the server pastes into its query raw.
func lineOf(item *array) (lineRow, error) {
	l := lineRow{Product: integer(item.get("prid")), Kind: integer(item.get("tip")), Factor: max(integer(item.get("dop")), 1)}
	for _, part := range []struct {
		name   string
		length int
		into   **string
	}{{"artikul", 100, &l.Article}, {"title", 255, &l.Title}, {"edizm", 10, &l.Unit}, {"comments", 250, &l.Comment}} {
		s, err := pasted(cast(item.get(part.name)), "'")
		if err != nil {
			return l, err
		}
		s = storable(s, part.length)
		*part.into = &s
	}
	for _, part := range []struct {
		name string
		into *money
	}{{"kol", &l.Quantity}, {"price", &l.Price}, {"price_in", &l.PriceIn}, {"nds", &l.VAT}} {
		m, err := preFormatOf(item.get(part.name))
		if err != nil {
			return l, err
		}
		*part.into = m
	}
	return l, nil
}

// replaceLinesV1 puts the specification in place of the one that is there. The
// sums that come with the deal are written after those of the lines, and win.
func (c *call) replaceLinesV1(d, next *dealRow, lines *array) (suffix string, err error) {
	next.Lines = nil
	bad := ""
	good := 0
	for i := range lines.len() {
		item, _ := lines.get(strconv.Itoa(i)).(*array)
		if err := c.beginPart(item); err != nil {
			half := *d // its other columns are written later
			half.Lines = next.Lines
			c.s.db.putDeal(&half)
			return "", err
		}
		line, err := lineOf(item)
		if err != nil {
			bad = "Ошибки при добавлении спецификации - всего 1 позиций. Описание ошибок - Ошибка" + err.Error()
			continue
		}
		c.s.db.putLine(next, line)
		good++
	}
	sum, margin := totals(next.Lines)
	p := c.req.params
	if !p.has("kol") || c.s.d.v1Documented {
		next.Sum = sum
	}
	if !p.has("marga") || c.s.d.v1Documented {
		next.Margin = margin
	}
	next.Calculate = "yes"
	if good > 0 {
		suffix = "Обновлена спецификация - всего " + strconv.Itoa(good) + " позиций. "
	}
	return suffix + bad, nil
}
