package mapping

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Roles of columns that fill no field of the CRM.
const (
	roleKey    = "uid"
	roleCLID   = "clid"
	roleSkip   = "skip"
	roleINNKPP = "inn/kpp"
	roleNone   = "-"
)

// alias is what exports call the columns of one field (by its schema name) or
// role. The names of a field stand from the surest to the vaguest: where a header
// has several and the field takes one, the first wins.
type alias struct {
	field string
	names []string
}

// aliases is the dictionary of column names that 1C exports and spreadsheets use,
// in the order in which a mapping lists its fields.
var aliases = []alias{
	{roleKey, []string{
		"Ссылка", "GUID", "УникальныйИдентификатор", "УИД", "ИдентификаторОбъекта", "Ид", "UID", "UUID", "ID", "Идентификатор",
		"КонтрагентСсылка", "СсылкаНаКонтрагента", "ПартнерСсылка", "Ref", "_IDRRef", "Код", "КодКонтрагента", "КодКлиента",
		"КодПартнера", "Код1С", "ID1C", "ВнешнийКод", "Code",
	}},
	{roleCLID, []string{"КодCRM", "CLID", "IDCRM", "НомерВCRM", "КодВCRM"}},
	{roleSkip, []string{"ЭтоГруппа", "ПометкаУдаления", "ПометкаНаУдаление", "ПомеченНаУдаление", "Удален", "IsFolder", "DeletionMark"}},
	{"title", []string{
		"Наименование", "НаименованиеВПрограмме", "РабочееНаименование", "НаименованиеКонтрагента", "Название", "НазваниеКомпании",
		"НазваниеОрганизации", "Контрагент", "Покупатель", "Клиент", "Партнер", "Компания", "Организация", "ПубличноеНаименование", "Name", "Company", "ФИО", "Имя",
	}},
	{"type", []string{"ЮрФизЛицо", "ВидКонтрагента", "ЮридическоеФизическоеЛицо", "ТипКонтрагента", "ЮрФиз", "ВидЛица", "ТипКлиента"}},
	{"phone", []string{
		"Телефон", "НомерТелефона", "Телефоны", "ТелефонКонтрагента", "РабочийТелефон", "ТелефонРабочий", "ТелефонОрганизации", "КонтактныйТелефон",
		"МобильныйТелефон", "ТелефонМобильный", "Мобильный", "СотовыйТелефон", "Сотовый", "Телефон1", "Телефон2", "Телефон3", "Тел", "Phone", "Mobile",
	}},
	{"fax", []string{"Факс", "НомерФакса", "Fax"}},
	{"mail_url", []string{
		"ЭлектроннаяПочта", "Email", "АдресЭП", "АдресЭлПочты", "АдресЭлектроннойПочты", "ЭлектронныйАдрес", "ЭлПочта", "Почта", "EmailКонтрагента", "Mail", "Имейл",
	}},
	{"site_url", []string{"Сайт", "ВебСайт", "ВебСтраница", "АдресСайта", "Site", "Website", "URL"}},
	{"address", []string{"ФактическийАдрес", "АдресФактический", "ФактАдрес", "АдресДоставки", "ПочтовыйАдрес", "Адрес", "Представление", "Address"}},
	{"date_create", []string{"ДатаСоздания", "ДатаВвода", "ДатаДобавления", "Создан"}},
	{"user", []string{"Менеджер", "Ответственный", "ОсновнойМенеджер", "ОтветственныйМенеджер", "ОсновнойМенеджерПокупателя", "Автор", "Куратор"}},
	{"territory", []string{"Регион", "БизнесРегион", "Территория", "Город", "Область", "Region", "City"}},
	{"idcategory", []string{"Отрасль", "ВидДеятельности", "СфераДеятельности", "ОКВЭД"}},
	{"clientpath", []string{"Источник", "ИсточникИнформации", "КаналПривлечения", "КаналРекламногоВоздействия", "Source"}},
	{"tip_cmr", []string{"ТипОтношений", "ОтношениеККлиенту", "СтатусКлиента"}},
	{"des", []string{"Комментарий", "ДополнительнаяИнформация", "Примечание", "Описание", "Comment"}},
	{"recv.castUrName", []string{"НаименованиеПолное", "ПолноеНаименование", "ОфициальноеНаименование", "ЮридическоеНаименование", "ПолноеЮридическоеНаименование", "НаименованиеЮридическое"}},
	{"recv.castUrNameShort", []string{"СокращенноеНаименование", "НаименованиеСокращенное", "СокращенноеЮридическоеНаименование", "СокрЮрНаименование", "НаименованиеКраткое", "КраткоеНаименование"}},
	{"recv.castInn", []string{"ИНН", "ИННКонтрагента", "ИННЮЛ", "ИННФЛ", "INN"}},
	{roleINNKPP, []string{"ИННКПП", "ИННИКПП"}},
	{"recv.castKpp", []string{"КПП", "КППКонтрагента", "KPP"}},
	{"recv.castOgrn", []string{"ОГРН", "ОГРНИП", "ОГРНОГРНИП", "РегистрационныйНомер", "OGRN"}},
	{"recv.castOkpo", []string{"КодПоОКПО", "ОКПО", "OKPO"}},
	{"recv.castBank", []string{"Банк", "НаименованиеБанка", "БанкНаименование", "БанкПолучателя"}},
	{"recv.castBankBik", []string{"БИК", "БИКБанка", "БанкБИК", "BIK"}},
	{"recv.castBankRs", []string{"РасчетныйСчет", "Рс", "РСчет", "НомерСчета", "РасчСчет", "ОсновнойБанковскийСчет", "БанковскийСчет"}},
	{"recv.castBankKs", []string{"КоррСчет", "КорСчет", "Кс", "КорреспондентскийСчет", "СчетКорреспондентский", "КоррСчетБанка"}},
	{"recv.castDirName", []string{"Руководитель", "ФИОРуководителя", "Директор", "ГенеральныйДиректор"}},
	{"recv.castDirStatus", []string{"ДолжностьРуководителя", "ДолжностьДиректора"}},
	{"recv.castDirOsnovanie", []string{"ДействуетНаОсновании", "НаОсновании"}},
	{"recv.castUrAddr", []string{"ЮридическийАдрес", "АдресЮридический", "ЮрАдрес", "АдресРегистрации"}},
	{roleNone, []string{
		"Родитель", "Группа", "ГруппаКонтрагента", "Номер", "Дата", "Договор", "Сумма", "СуммаДокумента", "СуммаНДС", "Валюта", "Проведен", "Статус",
		"Состояние", "ДокументОснование", "Номенклатура", "Количество", "ЕдиницаИзмерения", "ЕдИзм", "БазоваяЕдиница", "Цена", "Артикул", "НазначениеПлатежа",
		"ДатаИзменения", "ВерсияДанных", "Предопределенный",
	}},
}

// aliasOf is what a header name is known as: a field or role, and how far down
// the list of its names it stands. ok is false for an unknown name.
func aliasOf(name string) (field string, rank int, ok bool) {
	fold := foldAlias(name)
	if fold == "" {
		return "", 0, false
	}
	for _, a := range aliases {
		for i, n := range a.names {
			if foldAlias(n) == fold {
				return a.field, i, true
			}
		}
	}
	return "", 0, false
}

// foldAlias compares names of columns more freely than a mapping does: by their
// letters and digits alone.
func foldAlias(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(name) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(foldRune(r))
		}
	}
	return b.String()
}
