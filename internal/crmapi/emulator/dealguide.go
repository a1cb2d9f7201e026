package emulator

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Step is a stage of the account's funnel. Its title is a percentage.
type Step struct {
	ID      int64  `json:"id,omitempty" yaml:"id"` // 0 in options: given in order, from 1
	Title   int64  `json:"title" yaml:"title"`
	Content string `json:"content,omitempty" yaml:"content"`
}

// CloseStatus is a way to close a deal.
type CloseStatus struct {
	ID      int64  `json:"id,omitempty" yaml:"id"` // 0 in options: given in order, from 1
	Title   string `json:"title" yaml:"title"`
	Content string `json:"content,omitempty" yaml:"content"`
	Result  string `json:"result,omitempty" yaml:"result"` // win or lose
}

// choice is a line of a list with a default.
type choice struct {
	ID      int64  `json:"id"`
	Title   string `json:"title"`
	Default bool   `json:"default,omitempty"`
}

// dealGuides are the lists that deals choose from. Slices are not changed in
// place.
type dealGuides struct {
	Steps      []Step        `json:"steps"`
	Directions []choice      `json:"directions"`
	Types      []choice      `json:"types"`
	Statuses   []CloseStatus `json:"statuses"`
}

func newDealGuides(g Guides) *dealGuides {
	d := &dealGuides{
		Steps: []Step{
			{10, 0, "Проявлен/Выявлен интерес"},
			{2, 20, "Подтвержден интерес"},
			{11, 40, "Отправлено КП"},
			{5, 60, "Обсуждение деталей - продукты, услуги, оплата"},
			{6, 80, "Согласован договор, Выставлен счет"},
			{7, 90, "Получена предоплата, Выполнение договора"},
			{8, 100, "Закрытие сделки, Подписание документов"},
		},
		Directions: []choice{{1, "Основное", true}},
		Types: []choice{
			{1, "Продажа простая", false},
			{2, "Продажа с разработкой", false},
			{3, "Услуги", false},
			{4, "Продажа услуг", false},
			{5, "Тендер", false},
			{6, "Продажа быстрая", true},
		},
		Statuses: []CloseStatus{
			{1, "Победа полная", "Обозначает выигрыш, Договор выполнен и получена прибыль", "win"},
			{2, "Победа, договорились с конкурентами", "Сделка выиграна, заключен и исполнен договор, получена прибыль", "win"},
			{3, "Проигрыш по цене", "Договор не заключен, проиграли по цене", "lose"},
			{4, "Проигрыш, договорились с конкурентами", "Сделка проиграна, но удалось договориться с конкурентами.", "lose"},
			{5, "Отменена Заказчиком", "Сделка отменена Заказчиком", "lose"},
			{6, "Отказ от участия", "Мы отказались от участия в сделке", "lose"},
			{7, "Закрыл менеджер. Отказ", "Проигрыш", "lose"},
		},
	}
	if g.Steps != nil {
		d.Steps = slices.Clone(g.Steps)
		for i := range d.Steps {
			d.Steps[i].ID = cmp.Or(d.Steps[i].ID, int64(i+1))
		}
	}
	if g.CloseStatuses != nil {
		d.Statuses = slices.Clone(g.CloseStatuses)
		for i := range d.Statuses {
			d.Statuses[i].ID = cmp.Or(d.Statuses[i].ID, int64(i+1))
		}
	}
	d.Directions = choicesOf(g.Directions, d.Directions)
	d.Types = choicesOf(g.DealTypes, d.Types)
	return d
}

// choicesOf numbers titles from 1; the first one is the default.
func choicesOf(titles []string, stock []choice) []choice {
	if titles == nil {
		return stock
	}
	list := make([]choice, len(titles))
	for i, title := range titles {
		list[i] = choice{ID: int64(i + 1), Title: title, Default: i == 0}
	}
	return list
}

func (g *dealGuides) step(id int64) *Step {
	for i := range g.Steps {
		if g.Steps[i].ID == id {
			return &g.Steps[i]
		}
	}
	return nil
}

// stepName is the percentage of a stage as text, nil for none.
func (g *dealGuides) stepName(id int64) *string {
	s := g.step(id)
	if s == nil {
		return nil
	}
	title := strconv.FormatInt(s.Title, 10)
	return &title
}

// stepByTitle finds a stage. The database compares the title as a number, so a
// text that is none is the stage "0".
func (g *dealGuides) stepByTitle(title string) int64 {
	if title == "" {
		return 0
	}
	want := leadingMoney(title)
	for _, s := range g.Steps {
		if money(s.Title*100) == want {
			return s.ID
		}
	}
	return 0
}

// lastStep is the stage with the highest percentage.
func (g *dealGuides) lastStep() int64 {
	if len(g.Steps) == 0 {
		return 0
	}
	return slices.MaxFunc(g.Steps, func(a, b Step) int { return cmp.Compare(a.Title, b.Title) }).ID
}

func (g *dealGuides) sortedSteps() []Step {
	return slices.SortedStableFunc(slices.Values(g.Steps), func(a, b Step) int { return cmp.Compare(a.Title, b.Title) })
}

func (g *dealGuides) sortedStatuses() []CloseStatus {
	return slices.SortedStableFunc(slices.Values(g.Statuses), func(a, b CloseStatus) int {
		return strings.Compare(foldKey(a.Title), foldKey(b.Title))
	})
}

func sortedChoices(list []choice) []choice {
	return slices.SortedStableFunc(slices.Values(list), func(a, b choice) int {
		return strings.Compare(foldKey(a.Title), foldKey(b.Title))
	})
}

func choiceID(list []choice, title string) int64 {
	for _, c := range list {
		if foldKey(c.Title) == foldKey(title) {
			return c.ID
		}
	}
	return 0
}

// choiceTitle is nil for an id that the list lacks.
func choiceTitle(list []choice, id int64) *string {
	for i := range list {
		if list[i].ID == id {
			return &list[i].Title
		}
	}
	return nil
}

func defaultChoice(list []choice) int64 {
	for _, c := range list {
		if c.Default {
			return c.ID
		}
	}
	return 0
}

// typeOrNew finds a kind of deals or creates it, as the server does.
func (g *dealGuides) typeOrNew(title string) (id int64, created bool) {
	if id := choiceID(g.Types, title); id > 0 {
		return id, false
	}
	for _, c := range g.Types {
		id = max(id, c.ID)
	}
	g.Types = append(slices.Clone(g.Types), choice{ID: id + 1, Title: storable(title, 0)})
	return id + 1, true
}

func (g *dealGuides) statusID(title string) int64 {
	if title == "" {
		return 0
	}
	for _, s := range g.Statuses {
		if foldKey(s.Title) == foldKey(title) {
			return s.ID
		}
	}
	return 0
}

func (g *dealGuides) status(id int64) *CloseStatus {
	for i := range g.Statuses {
		if g.Statuses[i].ID == id {
			return &g.Statuses[i]
		}
	}
	return nil
}

// The account's own company and its bank accounts.
const (
	companyID    = 1
	companyTitle = "ООО ”Брикет Солюшн”"
	currency     = "р."
	mainAccount  = 1
)

// accountTitle is "" for an account that is not there.
func accountTitle(id int64) string {
	switch id {
	case mainAccount:
		return "Основной расчетный счет"
	case 2:
		return "Касса"
	default:
		return ""
	}
}
