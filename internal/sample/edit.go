package sample

import "fmt"

// Edit is one cell that differs between [Example] and [ExampleEdited] and
// reaches the CRM.
type Edit struct {
	GUID   string
	Column string
	From   string // as the cell of Example says
	To     string
}

// Edits returns the single-field changes of [ExampleEdited], in the file's
// order. None of them touches a row of [Cases].
func Edits() ([]Edit, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	var edits []Edit
	for _, p := range b.editPlan() {
		l := b.lines[p.at]
		edits = append(edits, Edit{
			GUID: l.cells[colRef], Column: Columns()[p.column],
			From: l.cells[p.column], To: p.to,
		})
	}
	return edits, nil
}

// Added returns the GUIDs of the two rows that only [ExampleEdited] has.
func Added() ([]string, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	var guids []string
	for n := range uint64(addedRows) {
		c, err := b.counterparty(firstNew + n)
		if err != nil {
			return nil, err
		}
		guids = append(guids, c[colRef])
	}
	return guids, nil
}

const addedRows = 2

// planned is one edit by its place in the book.
type planned struct {
	at     int
	column column
	to     string
}

// editPlan spreads the edits over ordinary companies.
func (b *book) editPlan() []planned {
	kinds := []column{
		colPhone, colKPP, colActualAddress, colName, colAccount, colPhone,
		colActualAddress, colKPP, colPhone, colName, colActualAddress, colAccount,
	}
	var plan []planned
	for at := 20; at < len(b.lines) && len(plan) < len(kinds); at++ {
		l := b.lines[at]
		if l.remark != nil || l.cells[colKind] != "ЮрЛицо" {
			continue
		}
		k := len(plan)
		plan = append(plan, planned{at: at, column: kinds[k], to: editedText(l.cells, kinds[k], k)})
		at += 20
	}
	return plan
}

// editedText is the new text of a cell in the k-th edit.
func editedText(c cells, at column, k int) string {
	switch at {
	case colPhone:
		return fmt.Sprintf("+7 (812) 000-77-%02d", k)
	case colKPP:
		return fmt.Sprintf("9960%02d001", k)
	case colActualAddress:
		return fmt.Sprintf("997700, Луговая область, г. Лугоград, ул. Новая, д. %d", k+1)
	case colAccount:
		return string(appendAccount(nil, c[colAccount][:8], c[colBIK], fmt.Sprintf("0900%07d", k)))
	default:
		return c[at] + " Плюс"
	}
}

// edit turns the book into the next day's.
func (b *book) edit() error {
	for i := range b.lines {
		if i%5 == 0 && b.lines[i].remark == nil {
			b.lines[i].cells[colModified] = fmt.Sprintf("21.11.2026 %d:%02d:00", 8+i%10, i%60)
		}
	}
	for _, p := range b.editPlan() {
		b.lines[p.at].cells[p.column] = p.to
		b.lines[p.at].cells[colModified] = "21.11.2026 17:40:11"
	}
	for n := range uint64(addedRows) {
		c, err := b.counterparty(firstNew + n)
		if err != nil {
			return err
		}
		b.lines = append(b.lines, line{cells: c})
	}
	return nil
}
