package emulator

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// dealRow is a line of the server's table of deals with its specification. A nil
// text is NULL. A stored row is not changed: a changed copy takes its place.
type dealRow struct {
	DID       int64       `json:"did"`
	UID       *string     `json:"uid,omitempty"`
	Step      int64       `json:"step,omitempty"`
	CLID      int64       `json:"clid,omitempty"`
	Payer     int64       `json:"payer,omitempty"`
	Person    int64       `json:"pid,omitempty"`
	Contacts  []int64     `json:"pid_list,omitempty"`
	Created   *string     `json:"datum,omitempty"`
	Author    int64       `json:"author,omitempty"`
	Plan      *string     `json:"datum_plan,omitempty"`
	Title     *string     `json:"title,omitempty"`
	Content   *string     `json:"content,omitempty"`
	Type      int64       `json:"tip,omitempty"`
	Sum       money       `json:"kol,omitempty"`
	Close     string      `json:"close"` // yes, no
	Address   *string     `json:"address,omitempty"`
	Owner     int64       `json:"iduser,omitempty"`
	Edited    *string     `json:"datum_izm,omitempty"`
	Closed    *string     `json:"datum_close,omitempty"`
	Status    int64       `json:"sid,omitempty"`
	Fact      money       `json:"kol_fact,omitempty"`
	FactText  *string     `json:"des_fact,omitempty"`
	Contract  *string     `json:"dog_num,omitempty"`
	Margin    money       `json:"marga,omitempty"`
	Calculate string      `json:"calculate,omitempty"`
	Start     *string     `json:"datum_start,omitempty"`
	End       *string     `json:"datum_end,omitempty"`
	Company   int64       `json:"mcid,omitempty"`
	Direction int64       `json:"direction,omitempty"`
	Input     [10]*string `json:"input"`
	Lines     []lineRow   `json:"speca,omitempty"`
	Log       []stepRow   `json:"steplog,omitempty"`
	History   int         `json:"history,omitempty"`
	ViaAPI    bool        `json:"via_api,omitempty"`
}

// lineRow is a line of a deal's specification.
type lineRow struct {
	ID       int64   `json:"spid"`
	Product  int64   `json:"prid,omitempty"`
	Article  *string `json:"artikul,omitempty"`
	Title    *string `json:"title,omitempty"`
	Kind     int64   `json:"tip,omitempty"`
	Price    money   `json:"price,omitempty"`
	PriceIn  money   `json:"price_in,omitempty"`
	Quantity money   `json:"kol,omitempty"`
	Unit     *string `json:"edizm,omitempty"`
	VAT      money   `json:"nds,omitempty"`
	Factor   int64   `json:"dop"`
	Comment  *string `json:"comments,omitempty"`
}

// Names of the API that are no English.
const (
	fieldAddress = "adres" //nolint:misspell // the API's name
	fieldAuthor  = "autor" //nolint:misspell // the API's name
)

// stepRow is a line of the log of stages.
type stepRow struct {
	At   string `json:"at"`
	Step int64  `json:"step"`
	User int64  `json:"user,omitempty"`
}

func (d *dealRow) closed() bool { return d.Close == "yes" }

// columns of deals that hold a text, with their lengths in characters (0: TEXT).
func (d *dealRow) textColumn(name string) (at **string, length int) {
	switch name {
	case "uid":
		return &d.UID, 30
	case "datum":
		return &d.Created, 10
	case "datum_plan":
		return &d.Plan, 10
	case "title":
		return &d.Title, 0
	case "content":
		return &d.Content, 0
	case fieldAddress:
		return &d.Address, 0
	case "datum_izm":
		return &d.Edited, 10
	case "datum_close":
		return &d.Closed, 10
	case "des_fact":
		return &d.FactText, 0
	case "dog_num":
		return &d.Contract, 0
	case "datum_start":
		return &d.Start, 10
	case "datum_end":
		return &d.End, 10
	}
	if n, ok := strings.CutPrefix(name, "input"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 1 && i <= len(d.Input) {
			return &d.Input[i-1], 512
		}
	}
	return nil, 0
}

func (d *dealRow) numberColumn(name string) *int64 {
	switch name {
	case "did":
		return &d.DID
	case "clid":
		return &d.CLID
	case "payer":
		return &d.Payer
	case "pid":
		return &d.Person
	case "iduser":
		return &d.Owner
	case fieldAuthor:
		return &d.Author
	case "idcategory":
		return &d.Step
	case "tip":
		return &d.Type
	case "direction":
		return &d.Direction
	case "sid":
		return &d.Status
	case "mcid":
		return &d.Company
	default:
		return nil
	}
}

func (d *dealRow) moneyColumn(name string) *money {
	switch name {
	case "kol":
		return &d.Sum
	case "marga":
		return &d.Margin
	case "kol_fact":
		return &d.Fact
	default:
		return nil
	}
}

// dateColumn tells the columns that hold a day.
func dateColumn(name string) bool { return strings.HasPrefix(name, "datum") }

// setText stores a text as its column keeps it; a day that is none becomes NULL.
func (d *dealRow) setText(name, value string) {
	at, length := d.textColumn(name)
	if at == nil {
		return
	}
	if dateColumn(name) {
		*at = databaseDay(value)
		return
	}
	value = storable(value, length)
	*at = &value
}

// databaseDay is what a DATE column keeps of a text: "" and nonsense become the
// zero day, which the server's readers show as it is.
func databaseDay(s string) *string {
	if s == "" {
		return nil
	}
	day, _, _ := strings.Cut(databaseDate(s), " ")
	return &day
}

// known tells a column of the table, for queries that paste its name.
func (d *dealRow) known(name string) bool {
	at, _ := d.textColumn(name)
	return at != nil || d.numberColumn(name) != nil || d.moneyColumn(name) != nil || name == "close" || name == "calculate"
}

// raw is a column as a query compares it; nil is NULL.
func (d *dealRow) raw(name string) *string {
	if at, _ := d.textColumn(name); at != nil {
		return *at
	}
	var s string
	switch {
	case d.numberColumn(name) != nil:
		s = strconv.FormatInt(*d.numberColumn(name), 10)
	case d.moneyColumn(name) != nil:
		s = d.moneyColumn(name).String()
	case name == "close":
		s = d.Close
	case name == "calculate":
		s = d.Calculate
	}
	return &s
}

// compareDeals orders deals by a column; NULL comes first.
func compareDeals(name string) func(a, b *dealRow) int {
	switch {
	case (&dealRow{}).numberColumn(name) != nil:
		return func(a, b *dealRow) int { return cmp.Compare(*a.numberColumn(name), *b.numberColumn(name)) }
	case (&dealRow{}).moneyColumn(name) != nil:
		return func(a, b *dealRow) int { return cmp.Compare(*a.moneyColumn(name), *b.moneyColumn(name)) }
	}
	return func(a, b *dealRow) int {
		return compareTexts(a.raw(name), b.raw(name), dateColumn(name))
	}
}

// totals are the sum and the margin of a specification.
func totals(lines []lineRow) (sum, margin money) {
	all, in := new(big.Int), new(big.Int)
	for _, l := range lines {
		all.Add(all, times(l.Price, l.Quantity, l.Factor))
		in.Add(in, times(l.PriceIn, l.Quantity, l.Factor))
	}
	sum = rounded(all)
	return sum, sum - rounded(in)
}

// withStep is a copy of the deal on another stage, with a line in the log.
func (d *dealRow) withStep(step, user int64, at string) *dealRow {
	next := *d
	next.Step = step
	next.Log = append(slices.Clone(d.Log), stepRow{At: at, Step: step, User: user})
	return &next
}

// dealForm is the form of deals, in the order of the settings table.
var dealForm = [...]formField{
	{"mcid", "ID своей компании", true},
	{"iduser", "Куратор", true},
	{"datum_plan", "Дата план.", true},
	{"step", "Этап", true},
	{"dog_num", "Договор", true},
	{"tip", "Тип сделки", true},
	{"direction", "Направление", true},
	{fieldAddress, "Адрес", false},
	{"content", "Описание", false},
	{"payer", "Плательщик", true},
	{"kol", "Сумма план.", true},
	{"marga", "Прибыль", true},
	{"input1", "доп.поле", false},
	{"input2", "доп.поле", false},
	{"input3", "доп.поле", false},
	{"input4", "доп.поле", false},
	{"input5", "доп.поле", false},
	{"input6", "доп.поле", false},
	{"input7", "доп.поле", false},
	{"input8", "доп.поле", false},
	{"input9", "доп.поле", false},
	{"input10", "доп.поле", false},
}

func newDealFields(o Options) map[string]bool {
	active := map[string]bool{}
	for _, f := range dealForm {
		active[f.name] = f.stock || o.AllFields
	}
	if o.ActiveDealFields != nil {
		clear(active)
		for _, name := range o.ActiveDealFields {
			active[name] = true
		}
	}
	return active
}

// dealFieldNames lists what the API reads and writes of a deal.
func (s *store) dealFieldNames() []string {
	names := []string{"did", "uid", "datum", "datum_izm", "clid", "title"}
	for _, f := range dealForm {
		if s.dealFields[f.name] {
			names = append(names, f.name)
		}
	}
	return append(names, "datum_start", "datum_end", "close", "datum_close", "status_close", "des_fact", "kol_fact")
}
