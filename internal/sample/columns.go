package sample

// column is the position of a column in the exports of this package.
type column int

const (
	colRef column = iota
	colCode
	colName
	colFullName
	colKind
	colINN
	colKPP
	colOGRN
	colOKPO
	colBIK
	colBank
	colAccount
	colCorrAccount
	colPhone
	colMobile
	colMail
	colSite
	colLegalAddress
	colActualAddress
	colRegion
	colManager
	colComment
	colCreated
	colIsGroup
	colDeleted
	colModified
	columnCount
)

// Columns returns the header of every export of this package, in order.
func Columns() []string {
	return []string{
		"Ссылка", "Код", "Наименование", "НаименованиеПолное", "ЮрФизЛицо",
		"ИНН", "КПП", "ОГРН", "КодПоОКПО",
		"БИК", "Банк", "РасчетныйСчет", "КоррСчет",
		"Телефон", "МобильныйТелефон", "ЭлектроннаяПочта", "Сайт",
		"ЮридическийАдрес", "ФактическийАдрес", "Регион", "Менеджер", "Комментарий",
		"ДатаСоздания", "ЭтоГруппа", "ПометкаУдаления", "ДатаИзменения",
	}
}

// cells is one row as text, before quoting.
type cells [columnCount]string
