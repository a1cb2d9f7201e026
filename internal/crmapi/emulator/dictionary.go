package emulator

import "strconv"

// entry is a line of a dictionary. Nil texts are NULL.
type entry struct {
	ID     int64   `json:"id"`
	Title  string  `json:"title"`
	Color  *string `json:"color,omitempty"`
	Source *string `json:"source,omitempty"`
	Target *string `json:"target,omitempty"`
}

// dictionary is one of the account's lists, in the order of its table.
type dictionary struct {
	entries []entry
	key     map[string]int64 // id by foldKey of the title; the first one wins
	title   map[int64]string
}

func newDictionary(entries ...entry) *dictionary {
	d := &dictionary{key: map[string]int64{}, title: map[int64]string{}}
	for _, e := range entries {
		d.add(e)
	}
	return d
}

func (d *dictionary) add(e entry) {
	d.entries = append(d.entries, e)
	if _, ok := d.key[foldKey(e.Title)]; !ok {
		d.key[foldKey(e.Title)] = e.ID
	}
	d.title[e.ID] = e.Title
}

func (d *dictionary) find(title string) int64 { return d.key[foldKey(title)] }

// findOrCreate returns the id of a title and whether it was created.
func (d *dictionary) findOrCreate(title string, length int) (int64, bool) {
	if id := d.find(title); id > 0 {
		return id, false
	}
	id := int64(1)
	for _, e := range d.entries {
		id = max(id, e.ID+1)
	}
	d.add(entry{ID: id, Title: storable(title, length)})
	return id, true
}

// guides are the account's dictionaries.
type guides struct{ category, territory, relation, path *dictionary }

// defaultRelation is the id of the account's default kind of relation, which
// the server stores by mistake as the source of a client added without one.
const defaultRelation = 2

func newGuides(g Guides) guides {
	empty, friend := "", "fromfriend"
	colour := func(s string) *string { return &s }
	d := guides{
		category:  newDictionary(entry{ID: 1, Title: "Физические лица"}, entry{ID: 2, Title: "Розница"}),
		territory: newDictionary(entry{ID: 1, Title: "Пермь"}, entry{ID: 3, Title: "Тюмень"}, entry{ID: 4, Title: "Челябинск"}, entry{ID: 5, Title: "Москва"}),
		relation: newDictionary(
			entry{ID: 1, Title: "0 - Не работаем", Color: colour("#333333")},
			entry{ID: 2, Title: "1 - Холодный клиент", Color: colour("#99ccff")},
			entry{ID: 3, Title: "3 - Текущий клиент", Color: colour("#3366ff")},
			entry{ID: 5, Title: "4 - Постоянный клиент", Color: colour("#ff9900")},
			entry{ID: 4, Title: "2 - Потенциальный клиент", Color: colour("#99ff66")},
			entry{ID: 6, Title: "5 - Перспективный клиент", Color: colour("#ff0033")}),
		path: newDictionary(
			entry{ID: 1, Title: "Личные связи", Source: &empty, Target: &empty},
			entry{ID: 2, Title: "Маркетинг", Source: &empty, Target: &empty},
			entry{ID: 3, Title: "Справочник", Source: &empty, Target: &empty},
			entry{ID: 4, Title: "Заказ с сайта", Source: &empty, Target: &empty},
			entry{ID: 5, Title: "Рекомендации клиентов", Source: &friend, Target: &empty}),
	}
	for _, part := range []struct {
		titles []string
		into   **dictionary
	}{{g.Category, &d.category}, {g.Territory, &d.territory}, {g.Relations, &d.relation}, {g.ClientPath, &d.path}} {
		if part.titles == nil {
			continue
		}
		*part.into = newDictionary()
		for i, title := range part.titles {
			(*part.into).add(entry{ID: int64(i + 1), Title: title})
		}
	}
	return d
}

// of returns the dictionary whose id a numeric column holds; nil for others.
func (g guides) of(c numberColumn) *dictionary {
	switch c {
	case numCategory:
		return g.category
	case numTerritory:
		return g.territory
	case numPath:
		return g.path
	default:
		return nil
	}
}

// titleOf shows the title behind an id, "#id" when the dictionary lacks it and
// "" for 0.
func (g guides) titleOf(c numberColumn, id int64) string {
	if id == 0 {
		return ""
	}
	if title, ok := g.of(c).title[id]; ok {
		return title
	}
	return "#" + strconv.FormatInt(id, 10)
}
