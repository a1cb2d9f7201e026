package emulator

// textColumn is a text column of the server's client table.
type textColumn int

const (
	colUID textColumn = iota
	colTitle
	colDes
	colAddress
	colPhone
	colFax
	colSite
	colMail
	colTrash
	colScheme
	colRelation
	colInput1
	colInput10 = colInput1 + 9
)

const (
	colType textColumn = colInput10 + 1 + iota
	colRecv
	colCreated
	colEdited
	textColumns
)

// numberColumn is a numeric column of the server's client table.
type numberColumn int

const (
	numCategory numberColumn = iota
	numPath
	numTerritory
	numHead
	numPerson
	numOwner
	numCreator
	numEditor
	numberColumns
)

// textSchema names the text columns and their lengths in characters (0: TEXT).
var textSchema = [textColumns]struct {
	name   string
	length int
}{
	colUID: {"uid", 30}, colTitle: {"title", 250}, colDes: {"des", 0}, colAddress: {"address", 0},
	colPhone: {"phone", 250}, colFax: {"fax", 250}, colSite: {"site_url", 250}, colMail: {"mail_url", 250},
	colTrash: {"trash", 10}, colScheme: {"scheme", 0}, colRelation: {"tip_cmr", 255},
	colInput1: {"input1", 255}, colInput1 + 1: {"input2", 255}, colInput1 + 2: {"input3", 255},
	colInput1 + 3: {"input4", 255}, colInput1 + 4: {"input5", 255}, colInput1 + 5: {"input6", 255},
	colInput1 + 6: {"input7", 255}, colInput1 + 7: {"input8", 255}, colInput1 + 8: {"input9", 255},
	colInput10: {"input10", 255}, colType: {"type", 100}, colRecv: {"recv", 0},
	colCreated: {"date_create", 19}, colEdited: {"date_edit", 19},
}

var numberSchema = [numberColumns]string{
	numCategory: "idcategory", numPath: "clientpath", numTerritory: "territory", numHead: "head_clid",
	numPerson: "pid", numOwner: "iduser", numCreator: "creator", numEditor: "editor",
}

func textColumnOf(name string) (textColumn, bool) {
	for c := range textSchema {
		if textSchema[c].name == name {
			return textColumn(c), true
		}
	}
	return 0, false
}

func numberColumnOf(name string) (numberColumn, bool) {
	for c := range numberSchema {
		if numberSchema[c] == name {
			return numberColumn(c), true
		}
	}
	return 0, false
}

// formField is a field of the client's form, as the account's settings list it.
type formField struct {
	name, caption string
	stock         bool // active in a fresh installation
}

// formFields are in the order of the settings table, which is the order that
// fields and list answer in.
var formFields = [...]formField{
	{"input1", "доп.поле", false},
	{"input2", "доп.поле", false},
	{"input3", "доп.поле", false},
	{"title", "Название", true},
	{"iduser", "Ответственный", true},
	{"idcategory", "Категория", false},
	{"head_clid", "Головн. орг-ия", false},
	{"pid", "Осн. контакт", false},
	{"address", "Адрес", true},
	{"phone", "Телефон", true},
	{"fax", "Факс", true},
	{"site_url", "Сайт", true},
	{"mail_url", "Почта", true},
	{"territory", "Территория", false},
	{"des", "Описание", false},
	{"scheme", "Принятие решений", false},
	{"tip_cmr", "Тип отношений", false},
	{"input4", "доп.поле", false},
	{"input5", "доп.поле", false},
	{"input6", "доп.поле", false},
	{"input7", "доп.поле", false},
	{"input8", "доп.поле", false},
	{"input9", "доп.поле", false},
	{"input10", "доп.поле", false},
	{"recv", "Реквизиты", true},
	{"clientpath", "Источник клиента", false},
}

// requisites are the slots of the recv column, joined by ";".
var requisites = [...]string{
	"castUrName", "castInn", "castKpp", "castBank", "castBankKs", "castBankRs", "castBankBik", "castOkpo",
	"castOgrn", "castDirName", "castDirSignature", "castDirStatus", "castDirStatusSig", "castDirOsnovanie",
	"castUrAddr", "castUrNameShort",
}

// fields are the switches of the account's form.
type fields struct{ active map[string]bool }

func newFields(o Options) fields {
	f := fields{active: map[string]bool{}}
	switch {
	case o.AllFields:
		for _, ff := range formFields {
			f.active[ff.name] = true
		}
	case o.ActiveFields != nil:
		for _, name := range o.ActiveFields {
			f.active[name] = true
		}
	default:
		for _, ff := range formFields {
			f.active[ff.name] = ff.stock
		}
	}
	return f
}

// writable lists the active fields, requisites apart.
func (f fields) writable() []string {
	var names []string
	for _, ff := range formFields {
		if f.active[ff.name] && ff.name != "recv" {
			names = append(names, ff.name)
		}
	}
	return names
}

// readable lists what list can answer with.
func (f fields) readable() []string {
	return append([]string{"clid", "uid", "type", "date_create", "date_edit"}, f.writable()...)
}
