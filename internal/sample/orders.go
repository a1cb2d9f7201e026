package sample

import "fmt"

// order is one customer's order.
type order struct {
	ref, number, date     string
	clientRef, client     string
	state, ship           string
	posted, deleted       bool
	manager, comment      string
	lines                 []orderLine
	sum                   kopecks // as the order says; that of its lines unless a case differs
	paid                  kopecks
	remark                *remark
	apart                 bool // its rows do not stand together: see orderSheet
	otherClient, otherRef string
}

// orderLine is one line of an order. A price below 0 is a blank cell.
type orderLine struct {
	article, name, unit string
	quantity            hundredths
	price               kopecks
	vat                 int
}

// goods are what orders are made of; the last one is a service without article.
type goods struct {
	article, name, unit string
	price               kopecks
	vat                 int
}

func catalog() []goods {
	return []goods{
		{"ДС-0101", "Доска строганая 20х95, сосна", "м", 145_00, 22},
		{"ДС-0102", "Доска террасная 28х140, лиственница", "м", 612_50, 22},
		{"БР-0040", "Брус 40х40", "м", 118_00, 22},
		{"00012", "Саморез по дереву 3,5х35, 200 шт.", "уп", 264_00, 22},
		{"00013", "Саморез по дереву 4,2х75, 100 шт.", "уп", 318_90, 22},
		{"УГ-50", "Уголок крепёжный 50х50", "шт", 27_40, 22},
		{"ФН-18", "Фанера 18 мм, 1525х1525", "лист", 1_890_00, 22},
		{"ОБ-17", `Обои "Осинка", рулон`, "рул", 1_190_50, 22},
		{"КР-09", "Краска фасадная белая; 9 л", "шт", 4_780_00, 22},
		{"ЛК-02", "Лак паркетный 2,5 л", "шт", 3_215_00, 22},
		{"СТ-4М", "Стекло 4 мм", "м2", 890_00, 22},
		{"КН-001", "Учебник «Столярное дело»", "шт", 740_00, 10},
		{"", "Доставка до объекта", "", 3_500_00, 22},
	}
}

const ordinaryOrders = 30

func (t *trade) makeOrders() {
	states := []string{"НеСогласован", "Согласован", "КОбеспечению", "КОтгрузке", "КОтгрузке", "Закрыт"}
	special := t.orderCases()
	for n := range ordinaryOrders {
		if n%2 == 1 && len(special) > 0 {
			t.orders = append(t.orders, special[0])
			special = special[1:]
		}
		o := t.order(t.buyers[n*7%len(t.buyers)])
		o.state = states[n%len(states)]
		if o.state == "Закрыт" {
			o.paid = o.sum
		}
		t.orders = append(t.orders, o)
	}
	t.orders = append(t.orders, special...)
}

// order makes the next order of a client.
func (t *trade) order(client cells) order {
	o := order{ref: t.ref(), clientRef: client[colRef], client: client[colName], manager: client[colManager], posted: true}
	n := t.serial
	s := draws(1, n)
	day := 2 + n/3
	o.number = fmt.Sprintf("УТ00-%06d", 100+n)
	o.date = fmt.Sprintf("%02d.11.2026 %d:%02d:%02d", day, 8+s.below(10), s.below(60), s.below(60))
	o.ship = fmt.Sprintf("%02d.12.2026 0:00:00", 1+(n*5)%28)
	o.state = "Согласован"
	all := catalog()
	first := s.below(uint64(len(all)))
	for i := range 1 + s.below(4) {
		g := all[(first+i*5)%uint64(len(all))]
		l := orderLine{article: g.article, name: g.name, unit: g.unit, price: g.price, vat: g.vat}
		l.quantity = hundredths(100 * (1 + s.below(24)))
		if g.unit == "м" || g.unit == "м2" {
			l.quantity += 50
		}
		if g.article == "" {
			l.quantity = 100
		}
		o.lines = append(o.lines, l)
	}
	if s.chance(25) {
		o.comment = []string{"Отгрузка частями", "Позвонить за час", "Нужен пропуск; въезд с улицы", "Оплата по факту"}[s.below(4)]
	}
	o.sum = o.total()
	return o
}

// total is the sum of the lines, to the kopeck; a line without price counts
// nothing.
func (o order) total() kopecks {
	var sum kopecks
	for _, l := range o.lines {
		sum += l.quantity.of(max(l.price, 0))
	}
	return sum
}

// end says how a closed order ended.
func (o order) end() string {
	switch {
	case o.state != "Закрыт":
		return ""
	case o.paid > 0:
		return "Выполнен"
	}
	return "Отменен"
}

// OrderColumns returns the header of [Orders].
func OrderColumns() []string {
	return []string{
		"Ссылка", "Номер", "Дата", "КонтрагентСсылка", "Контрагент", "Состояние", "Итог", "Проведен", "ПометкаУдаления",
		"СуммаДокумента", "СуммаОплаты", "ДатаОтгрузки", "Менеджер", "Комментарий",
		"НомерСтроки", "Артикул", "Номенклатура", "Количество", "ЕдиницаИзмерения", "Цена", "СтавкаНДС", "Сумма",
	}
}

// orderSheet writes one row per line. The second half of an order whose rows
// stand apart comes after the order that follows it.
func (t *trade) orderSheet() sheet {
	s := sheet{file: "orders.csv", title: "Заказы клиентов", columns: OrderColumns()}
	var left []entry
	for _, o := range t.orders {
		e := entry{key: o.ref, remark: o.remark}
		for i, l := range o.lines {
			e.rows = append(e.rows, o.row(i, l))
		}
		if o.apart {
			rest := entry{key: o.ref, rows: e.rows[1:], remark: o.remark}
			e.rows = e.rows[:1]
			s.entries = append(s.entries, e)
			left = append(left, rest)
			continue
		}
		s.entries = append(append(s.entries, e), left...)
		left = nil
	}
	s.entries = append(s.entries, left...)
	return s
}

func (o order) row(i int, l orderLine) []string {
	clientRef, client := o.clientRef, o.client
	if i > 0 && o.otherRef != "" {
		clientRef, client = o.otherRef, o.otherClient
	}
	price, sum := l.price.String(), l.quantity.of(max(l.price, 0)).String()
	if l.price < 0 {
		price, sum = "", ""
	}
	return []string{
		o.ref, o.number, o.date, clientRef, client, o.state, o.end(), yesNo(o.posted), yesNo(o.deleted),
		o.sum.String(), o.paid.String(), o.ship, o.manager, o.comment,
		fmt.Sprint(i + 1), l.article, l.name, l.quantity.String(), l.unit, price, fmt.Sprint(l.vat), sum,
	}
}
