package message

// What a CRM of API v1 cannot do: rows that are rejected for it, 02xx, and what
// people are told of it, 04xx.
const (
	RejectUnprovenUser  Code = "SYNC-0281"
	RejectUnlistedTitle Code = "SYNC-0282"
	RejectNotInAPI      Code = "SYNC-0283"
	V1Sight             Code = "SYNC-0415"
	V1Requisites        Code = "SYNC-0416"
	V1Clearing          Code = "SYNC-0417"
	V1Owners            Code = "SYNC-0418"
	V1Dictionaries      Code = "SYNC-0419"
	V1Trash             Code = "SYNC-0420"
	V1Slow              Code = "SYNC-0421"
	V1Contacts          Code = "SYNC-0422"
	V1NoContacts        Code = "SYNC-0423"
)

var dialectRejectEntries = []entry{
	{
		RejectUnprovenUser,
		text{"{file}, line {line}: the API v1 of this CRM does not list its users, and this one was not seen to own a client; the CRM would leave a client of an unknown login to nobody.", rejectRowEN, "Give the user a client in the CRM, correct `values` of the field {field}, or leave it out; details: syncd rejects {job}"},
		text{"{file}, строка {line}: API v1 этой CRM не показывает список пользователей, а за этим не видно ни одного клиента; при неизвестном логине клиент остался бы ничьим.", rejectRowRU, "Закрепите за ним в CRM хотя бы одного клиента, поправьте `values` поля {field} или уберите его; подробнее: syncd rejects {job}"},
	},
	{
		RejectUnlistedTitle,
		text{"{file}, line {line}: the API v1 of this CRM does not show the dictionary of {field}, so nobody knows whether it has this entry, and the mapping does not allow to create one.", rejectRowEN, "Set `dictionary: create` where a new entry does no harm, or leave the field out; details: syncd rejects {job}"},
		text{"{file}, строка {line}: API v1 этой CRM не показывает справочник {field}: есть ли там такое, узнать нельзя, а создавать описание полей не разрешает.", rejectRowRU, "Задайте `dictionary: create`, если новая запись не помешает, или уберите поле; подробнее: syncd rejects {job}"},
	},
	{
		RejectNotInAPI,
		text{"{file}, line {line}: the API v1 of this CRM cannot do what the row asks for.", rejectRowEN, "Where the server has API v3, use it: `deals: v3` for deals, `dialect: v3` for clients; else do it in the CRM by hand; what it is: syncd rejects {job}"},
		text{"{file}, строка {line}: API v1 этой CRM не умеет того, что нужно для этой строки.", rejectRowRU, "Если у сервера есть API v3, перейдите на него: `deals: v3` для сделок, `dialect: v3` для клиентов; если нет, сделайте это в CRM вручную; что именно: syncd rejects {job}"},
	},
}

var dialectEntries = []entry{
	{
		V1Sight,
		text{"The API v1 of the CRM {crm} does not tell what the login {login} sees.", "What it does not show is never taken for gone, and adds in doubt that it does not show stay in doubt.", "If the login sees every client, say so: `crm.{crm}.sees_all: true`."},
		text{"API v1 не говорит, что видит логин {login} в CRM {crm}.", "Невидимое не считается удалённым, а сомнительные добавления, которых не видно, остаются под вопросом.", "Если логин видит всех клиентов, укажите это: `crm.{crm}.sees_all: true`."},
	},
	{
		V1Requisites,
		text{"The API v1 of the CRM {crm} does not take these fields: {fields}.", "They are neither sent nor compared; the others are.", "Keep them in the CRM by hand, leave them out of the mapping, or have the CRM updated and use `dialect: v3`."},
		text{"API v1 в CRM {crm} не принимает поля: {fields}.", "Они не отправляются и не сравниваются; остальные — как обычно.", "Ведите их в CRM вручную, уберите из описания полей или обновите CRM и укажите `dialect: v3`."},
	},
	{
		V1Clearing,
		text{"The API v1 of the CRM {crm} cannot clear a requisite.", "A row that asks for it is rejected, the others go.", "Clear it in the CRM by hand; the row then goes by itself."},
		text{"API v1 в CRM {crm} не умеет очищать реквизиты.", "Строка, где это нужно, отклоняется, остальные идут.", "Очистите реквизит в CRM вручную — строка пойдёт сама."},
	},
	{
		V1Owners,
		text{"The API v1 of the CRM {crm} does not list its users, so logins cannot be checked.", "An owner is sent only if it is {login} or was seen to own a client; rows with another are rejected.", "Give each of them a client in the CRM, or leave `user` out of the mapping."},
		text{"API v1 не показывает пользователей CRM {crm}: логины проверить нельзя.", "Ответственный отправляется, только если это {login} или за ним уже виден клиент; строки с другими отклоняются.", "Закрепите за каждым в CRM хотя бы одного клиента или уберите `user` из описания полей."},
	},
	{
		V1Dictionaries,
		text{"The API v1 of the CRM {crm} does not show its dictionaries, and the mapping allows no new entries in {fields}.", "Rows that have a value there are rejected.", "Set `dictionary: create` where a new entry does no harm, or leave the field out."},
		text{"API v1 не показывает справочники CRM {crm}, а новые записи в {fields} описание полей не разрешает.", "Строки, где это поле заполнено, отклоняются.", "Задайте `dictionary: create`, если новая запись не помешает, или уберите поле."},
	},
	{
		V1Trash,
		text{"The API v1 of the CRM {crm} does not tell which clients are in the trash.", "They count as the others do: rows may be linked to them and update them.", "Empty the trash of the CRM before the first run."},
		text{"API v1 в CRM {crm} не говорит, какие клиенты в корзине.", "Они считаются обычными: строки могут быть с ними связаны и менять их.", "Очистите корзину CRM до первого запуска."},
	},
	{
		V1Slow,
		text{"The API v1 of the CRM {crm} lists ids and dates alone, or does not look a uid up.", "Each client is asked for by itself when the CRM is read whole, and a uid is looked for in the list; later runs read only what is new.", "Plan time for the first run: `crm.{crm}.rate` questions a second."},
		text{"API v1 в CRM {crm} показывает в списке только номера и даты или не ищет по uid.", "При полном чтении каждый клиент запрашивается отдельно, uid ищется по всему списку; дальше читается только новое.", "Заложите время на первый запуск: `crm.{crm}.rate` запросов в секунду."},
	},
	{
		V1Contacts,
		text{"{job}: contacts go through API v3 (person) alone, and the CRM {crm} is set to `dialect: v1`.", "Only the CRM can tell whether it has API v3; without it every run of {job} fails.", "Ask it: syncd check {job} --online; a CRM that has API v3 is better served with `dialect: v3`."},
		text{"{job}: контакты идут только через API v3 (person), а у CRM {crm} указано `dialect: v1`.", "Есть ли у неё API v3, скажет только она сама; без него каждый запуск {job} закончится ошибкой.", "Спросите её: syncd check {job} --online; если API v3 есть, лучше указать `dialect: v3`."},
	},
	{
		V1NoContacts,
		text{"{job}: the CRM {crm} has no API v3 (person), and contacts go through nothing else.", "Nothing was sent; clients and deals can go through API v1.", "Take the section `contacts` out of the mapping {mapping}, or have the CRM updated and use `dialect: v3`."},
		text{"{job}: у CRM {crm} нет API v3 (person), а контакты идут только через него.", "Ничего не отправлено; клиенты и сделки могут идти через API v1.", "Уберите раздел `contacts` из описания полей {mapping} или обновите CRM и укажите `dialect: v3`."},
	},
}
