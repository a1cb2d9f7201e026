package sample

import "fmt"

// contact is one person at a client.
type contact struct {
	ref                 string
	clientRef, client   string
	last, first, middle string
	post                string
	deleted             bool
	items               []contactItem
	remark              *remark
}

// contactItem is one phone, mail or fax of a person.
type contactItem struct{ kind, text, digits string }

// ContactColumns returns the header of examples/1c/contacts.csv: people at the clients
// of [Example], one row per phone, mail or fax.
func ContactColumns() []string {
	return []string{
		"Ссылка", "Контрагент", "КонтактноеЛицо", "Фамилия", "Имя", "Отчество", "Должность", "Вид", "Представление", "НомерТелефона", "ПометкаУдаления",
	}
}

const ordinaryContacts = 24

func (t *trade) makeContacts() {
	for n := range uint64(ordinaryContacts) {
		t.contacts = append(t.contacts, t.contact(t.buyers[n*3], n))
	}
	changed := func(client cells, r *remark, change func(*contact)) {
		c := t.contact(client, uint64(len(t.contacts)))
		c.remark = r
		if change != nil {
			change(&c)
		}
		t.contacts = append(t.contacts, c)
	}
	buyer := func(n int) cells { return t.buyers[len(t.buyers)-1-n] }
	nobody := buyer(0)
	nobody[colRef], nobody[colName] = "5f0e7c52-1b1d-11f1-9d5e-0050569e0001", "Бурьян-Опт ООО"
	changed(t.cased["existing-merged"], said("client-merged", Created, "", "a person at a client that was in the CRM before"), nil)
	changed(nobody, said("client-unknown", Held, "no-client", "no client of the export has this reference"), nil)
	changed(t.cased["maybe-same"], said("client-held", Held, "no-client", "the client is held itself"), nil)
	changed(buyer(1), said("name-blank", Rejected, "required", "a person without a name"), func(c *contact) { c.last, c.first, c.middle = "", "", "" })
	changed(buyer(2), said("deletion-marked", OutOfScope, "", "marked for deletion in 1C"), func(c *contact) { c.deleted = true })
	changed(buyer(3), said("two-phones", Created, "", "two phones of one person: one set of numbers"), func(c *contact) {
		c.items = append(c.items, phoneItem("Телефон", 495, 8_00))
	})
}

// contact makes the next person of a client.
func (t *trade) contact(client cells, n uint64) contact {
	s := draws(2, n)
	c := contact{ref: t.ref(), clientRef: client[colRef], client: client[colName]}
	c.last = t.surnames[n*5%uint64(len(t.surnames))]
	c.first = []string{"Лад", "Мирон", "Добрыня", "Ратмир", "Яромир", "Вячко"}[n%6]
	c.middle = []string{"Родникович", "Полянович", "Рощевич", "Лугович"}[n%4]
	c.post = []string{"Директор", "Главный бухгалтер", "Менеджер по закупкам", "Кладовщик", ""}[s.below(5)]
	c.items = append(c.items, phoneItem("Телефон", 900+n, n))
	if s.chance(60) {
		c.items = append(c.items, contactItem{kind: "АдресЭлектроннойПочты", text: fmt.Sprintf("lico.%d@example.ru", n+1)})
	}
	if s.chance(20) {
		c.items = append(c.items, phoneItem("Факс", 812, n))
	}
	return c
}

// phoneItem is a number of exchange 000, which belongs to nobody.
func phoneItem(kind string, code, n uint64) contactItem {
	last := fmt.Sprintf("%02d-%02d", 50+n/100, n%100)
	return contactItem{kind: kind, text: fmt.Sprintf("+7 (%d) 000-%s", code, last), digits: fmt.Sprintf("%d000%s%s", code, last[:2], last[3:])}
}

func (t *trade) contactSheet() sheet {
	s := sheet{file: "contacts.csv", title: "Контактная информация", columns: ContactColumns()}
	for _, c := range t.contacts {
		e := entry{key: c.ref, remark: c.remark}
		for _, i := range c.items {
			e.rows = append(e.rows, []string{
				c.clientRef, c.client, c.ref, c.last, c.first, c.middle, c.post, i.kind, i.text, i.digits, yesNo(c.deleted),
			})
		}
		s.entries = append(s.entries, e)
	}
	return s
}
