package sample

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// words is a list encoded in windows-1251.
type words [][]byte

// lexicon holds every text that rows are made of, encoded once per use.
type lexicon struct {
	stems, surnames, trades, letters words // names
	latin                            words // the stems in Latin letters
	fullForms, shortForms            words // legal forms, index by legal form
	regions, cities, streets         words
	banks                            []bank
	phones                           []phoneForm
	managers, comments               words
	text                             func(plainText) []byte
}

// bank is an invented bank; its name is encoded.
type bank struct {
	name []byte
	bik  string
	corr []byte
}

// phoneForm is one way to spell a number: before CODE after 000 sep 12 sep 34 tail.
type phoneForm struct{ before, after, sep, tail []byte }

// plainText names the fixed pieces of text.
type plainText int

const (
	txtLegal plainText = iota
	txtPerson
	txtTrader
	txtYes
	txtNo
	txtTraderShort
	txtTraderFull
	txtNumberSign
	txtCity
	txtStreet
	txtHouse
	txtOffice
	txtBlock
	txtCodePrefix
	txtCodePrefixTP
	textCount
)

func plainTexts() [textCount]string {
	return [textCount]string{
		txtLegal: "ЮрЛицо", txtPerson: "ФизЛицо", txtTrader: "ИП", txtYes: "Да", txtNo: "Нет",
		txtTraderShort: "ИП ", txtTraderFull: "Индивидуальный предприниматель ", txtNumberSign: " № ",
		txtCity: "г. ", txtStreet: "ул. ", txtHouse: ", д. ", txtOffice: ", оф. ", txtBlock: ", корп. 9",
		txtCodePrefix: "ЦБ", txtCodePrefixTP: "ТП",
	}
}

// newLexicon encodes the lists. It fails only when a word of this file has no
// place in windows-1251.
func newLexicon() (*lexicon, error) {
	encoder := charmap.Windows1251.NewEncoder()
	var failed error
	enc := func(s string) []byte {
		b, err := encoder.Bytes([]byte(s))
		if err != nil && failed == nil {
			failed = fmt.Errorf("encode %q in windows-1251: %w", s, err)
		}
		return b
	}
	list := func(s, sep string) words {
		var out words
		for w := range strings.SplitSeq(s, sep) {
			out = append(out, enc(w))
		}
		return out
	}
	var texts [textCount][]byte
	for i, s := range plainTexts() {
		texts[i] = enc(s)
	}
	lex := &lexicon{
		stems:      list(stemList, " "),
		surnames:   list(surnameList, " "),
		trades:     list(tradeList, " "),
		letters:    list("А Б В Г Д Е Ж З И К Л М Н О П Р С Т У Ф Х Ц Ч Ш Э Ю Я", " "),
		latin:      list(latinList, " "),
		fullForms:  list("Общество с ограниченной ответственностью |ООО |АО |ПАО |Акционерное общество ", "|"),
		shortForms: list("ООО|ООО|АО|ПАО|АО", "|"),
		regions:    list("Заречный край|Приозёрная область|Луговая область|Междуреченский край|Северолесская область|Республика Травия|Холмогорье край|Степная область", "|"),
		cities:     list("Травинск|Заречье-Новое|Лугоград|Озёрки-17|Верхнелесск|Нижнехолмск|Степногорье|Ручейск", "|"),
		streets:    list("Луговая|Ромашковая|Кленовый проезд|Тихая|1-я Озёрная|Заводская слободка|Полевая|Берёзовая аллея|Мостовая|Родниковая", "|"),
		phones:     phoneForms(enc),
		managers:   list("Лугов Л.Л.|Полев П.П.|Рощин Р.Р.|Ручьёв Р.Р.", "|"),
		comments:   list("Звонить до 12:00|Отсрочка 14 дней|Оригиналы по почте|Самовывоз со склада|По предоплате|Не беспокоить в обед", "|"),
		text:       func(t plainText) []byte { return texts[t] },
	}
	for i, name := range strings.Split("Осинка Кедрач Ручеёк Пенёк Лужок Залив Чижик Совёнок", " ") {
		bik := fmt.Sprintf("0499%02d%03d", i+1, 700+i*31)
		lex.banks = append(lex.banks, bank{name: enc(`Банк "` + name + `" (АО)`), bik: bik, corr: appendCorrAccount(nil, bik)})
	}
	return lex, failed
}

// phoneForms lists the spellings met in real bases.
func phoneForms(enc func(string) []byte) []phoneForm {
	var forms []phoneForm
	for _, f := range [][4]string{
		{"+7 (", ") ", "-", ""},
		{"8 (", ") ", "-", ""},
		{"8", "", "", ""},
		{"+7", "", "", ""},
		{"8-", "-", "-", ""},
		{"7 ", " ", " ", ""},
		{"(", ") ", "-", ""},
		{"", "", "", ""},
		{"тел. +7(", ")", "-", ""},
		{"+7 (", ") ", "-", " доб. 12"},
	} {
		forms = append(forms, phoneForm{enc(f[0]), enc(f[1]), enc(f[2]), enc(f[3])})
	}
	return forms
}

// The three lists run in parallel: a stem, the surname made of it, the same in
// Latin letters.
const (
	stemList = "Ромашка Лютик Василёк Осинка Берёза Клён Рябина Калина Ландыш Подснежник Клевер Ковыль Вереск Крапива Лопух Мята " +
		"Шалфей Чабрец Полынь Папоротник Камыш Тростник Кувшинка Ива Верба Тополь Липа Ясень Вяз Дубрава Сосенка Ёлочка " +
		"Синица Снегирь Щегол Чиж Дрозд Ласточка Стриж Зяблик Журавль Аист Филин Сойка Сорока Галка Удод Кулик " +
		"Ручеёк Родник Омут Плёс Заводь Затон Перекат Излучина Опушка Полянка Овраг Пригорок Косогор Ложбина Роща Бор"
	surnameList = "Ромашкин Лютиков Васильков-Синь Осинкин Берёзкин-Пень Кленовкин Рябинкин Калинкин-Куст Ландышев Подснежников Клеверов Ковыльный Верескин Крапивкин Лопухов-Лист Мяткин " +
		"Шалфеев Чабрецов Полынин Папоротников Камышин-Пух Тростинкин Кувшинкин Ивушкин Вербин Тополев Липкин-Мёд Ясенев Вязов Дубравин Сосенкин Ёлочкин " +
		"Синичкин Снегирькин Щеглов-Перо Чижов-Перо Дроздик Ласточкин-Гнездо Стрижов Зябликов Журавлик Аистов Филинов Сойкин Сорокин-Хвост Галкин-Перо Удодов Куликов-Кочка " +
		"Ручейкин Родничков Омутов Плёсов Заводев Затонов Перекатов Излучин Опушкин Полянкин Овражкин Пригорков Косогоров Ложбин Рощицын Боров-Мох"
	latinList = "romashka lyutik vasilek osinka bereza klen ryabina kalina landysh podsnezhnik klever kovyl veresk krapiva lopuh myata " +
		"shalfey chabrec polyn paporotnik kamysh trostnik kuvshinka iva verba topol lipa yasen vyaz dubrava sosenka elochka " +
		"sinica snegir schegol chizh drozd lastochka strizh zyablik zhuravl aist filin soyka soroka galka udod kulik " +
		"rucheek rodnik omut ples zavod zaton perekat izluchina opushka polyanka ovrag prigorok kosogor lozhbina roscha bor"
	tradeList = "Торг Строй Снаб Сервис Агро Мет Лес Авто Мебель Текстиль Хим Пласт Свет Тепло Вода Печать " +
		"Упаковка Логистик Маркет Техника Прибор Станок Кабель Стекло Бумага Продукт Хлеб Молоко Рыба Сад Дом Офис"
)
