package message

// Holds, 05xx: one record waits for a person's decision, the rest goes on.
const (
	HoldConflict        Code = "SYNC-0501"
	HoldMatchTaken      Code = "SYNC-0502"
	HoldMatchDiffers    Code = "SYNC-0503"
	HoldMatchAmbiguous  Code = "SYNC-0504"
	HoldMatchWeak       Code = "SYNC-0505"
	HoldMaybeSame       Code = "SYNC-0506"
	HoldHidden          Code = "SYNC-0507"
	HoldDuplicateKey    Code = "SYNC-0508"
	HoldUnreadable      Code = "SYNC-0509"
	HoldNoBase          Code = "SYNC-0510"
	HoldTrashed         Code = "SYNC-0511"
	HoldUIDTwice        Code = "SYNC-0512"
	HoldCRMGone         Code = "SYNC-0513"
	HoldAbsentButEdited Code = "SYNC-0514"
	HoldNotTaken        Code = "SYNC-0515"
	HoldNoClient        Code = "SYNC-0516"
	HoldOther           Code = "SYNC-0517"
	HoldUnwritable      Code = "SYNC-0518"
	HoldUndecided       Code = "SYNC-0519"
)

var holdEntries = []entry{
	{
		HoldConflict,
		text{"{job}/{uid}: both sides changed {field} to different values.", "Neither value was overwritten.", "Decide: syncd resolve {job}/{uid}{scope} --take {take}; or a value of your own: syncd resolve {job}/{uid} --field {first} --set VALUE{decisions}"},
		text{"{job}/{uid}: {field} изменили с обеих сторон, и по-разному.", "Ни одно значение не перезаписано.", "Решить: syncd resolve {job}/{uid}{scope} --take {take}; или своё значение: syncd resolve {job}/{uid} --field {first} --set ЗНАЧЕНИЕ{decisions}"},
	},
	{
		HoldMatchTaken,
		text{"{job}/{uid}: what fits in the CRM ({id}) belongs to another record already ({other}).", "It was neither changed nor added again.", "If both are one and the same, remove the duplicate in the accounting system; else: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: то, что подходит в CRM ({id}), уже связано с другой записью ({other}).", "Там ничего не изменено, и второй раз не добавлено.", "Если это одно и то же, уберите дубль в учётной системе; если нет: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldMatchDiffers,
		text{"{job}/{uid}: the CRM calls the client with clid {clid} the same, but {field} says it is another one.", "Nobody's record was overwritten.", "Compare: syncd show {job}/{uid}; then: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: CRM считает клиента clid {clid} тем же, но {field} говорит, что он другой.", "Чужая запись не тронута.", "Сравнить: syncd show {job}/{uid}; затем: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldMatchAmbiguous,
		text{"{job}/{uid}: several records fit each other: {others}.", "None of them was linked or added.", "Compare: syncd show {job}/{uid}; choose: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: друг другу подходят сразу несколько записей: {others}.", "Ни одна не связана и не добавлена.", "Сравнить: syncd show {job}/{uid}; выбрать: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldMatchWeak,
		text{"{job}/{uid}: what the CRM has ({id}) may be it, and may not: {weak}.", "They were not linked.", "Compare: syncd show {job}/{uid}; then: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: то, что есть в CRM ({id}), может быть ею, а может и не быть: {weak}.", "Они не связаны.", "Сравнить: syncd show {job}/{uid}; затем: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldMaybeSame,
		text{"{job}/{uid}: the CRM has one that may be the same ({id}, same {field}).", "It was not added, so that no duplicate arises.", "Compare: syncd show {job}/{uid}; then: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: в CRM есть похожая запись ({id}, совпадает {field}).", "Новая не добавлена, чтобы не появился дубль.", "Сравнить: syncd show {job}/{uid}; затем: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldHidden,
		text{"{job}/{uid}: the CRM says that it exists ({id}), but does not show it to this login.", "It was not added again.", "Give the login access to it in the CRM, then: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: по словам CRM, такая запись уже есть ({id}), но этому логину она не видна.", "Повторно не добавлялась.", "Дайте логину доступ к ней в CRM, затем: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldDuplicateKey,
		text{"{job}/{uid}: several different rows carry one key: lines {lines}.", "None of them was sent.", "Leave one of them in the accounting system and export again."},
		text{"{job}/{uid}: у разных строк один ключ; строки {lines}.", "Ни одна не отправлена.", "Оставьте в учётной системе одну из них и выгрузите снова."},
	},
	{
		HoldUnreadable,
		text{"{job}/{uid}: its row (line {line}) cannot be taken{cause}.", "What the CRM has stays as it was.", "See why: syncd rejects {job}; correct the row and export again."},
		text{"{job}/{uid}: строка {line} с этой записью не годится{cause}.", "В CRM всё осталось прежним.", "Почему: syncd rejects {job}; исправьте строку и выгрузите снова."},
	},
	{
		HoldNoBase,
		text{"{job}/{uid}: the CRM's record carries our uid, but the state does not know what was sent before; {field} differs.", "Neither side was overwritten.", "One: syncd resolve {job}/{uid} --take {take}; all: syncd resolve {job} --reason no-base --take {takes}"},
		text{"{job}/{uid}: у записи в CRM наш uid, но состояние не помнит, что отправлялось раньше; различается {field}.", "Ни одна сторона не перезаписана.", "Одну: syncd resolve {job}/{uid} --take {take}; все: syncd resolve {job} --reason no-base --take {takes}"},
	},
	{
		HoldTrashed,
		text{"{job}/{uid}: the client (clid {clid}) lies in the CRM's trash.", "Nothing is sent to it.", "Restore it in the CRM, or: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: клиент (clid {clid}) лежит в корзине CRM.", "Данные ему не отправляются.", "Восстановите его в CRM или: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldUIDTwice,
		text{"{job}/{uid}: several records of the CRM carry this uid: {id}.", "Nothing is written to any of them.", "Merge them in the CRM, then: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: этот uid сразу у нескольких карточек CRM: {id}.", "Ни одному из них данные не пишутся.", "Объедините их в CRM, затем: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldCRMGone,
		text{"{job}/{uid}: changed in the accounting system{fields}, but no longer in the CRM ({id}).", "It was not added again by itself.", "Restore it in the CRM, or: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: в учётной системе изменён{fields}, а в CRM его больше нет ({id}).", "Сам собой он заново не добавляется.", "Восстановите его в CRM или: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldAbsentButEdited,
		text{"{job}/{uid}: gone from the export, but edited in the CRM{fields}.", "The edit was kept.", "If it is to follow the export: syncd resolve {job}/{uid} --take source; if the edit is to stay: syncd resolve {job}/{uid} --take crm"},
		text{"{job}/{uid}: из выгрузки пропал, а в CRM его правили{fields}.", "Правка сохранена.", "Поступить, как с пропавшими из выгрузки: syncd resolve {job}/{uid} --take source; оставить правку: syncd resolve {job}/{uid} --take crm"},
	},
	{
		HoldNotTaken,
		text{"{job}/{uid}: the accounting system has not taken the value of {field} offered in {file} within {confirm}.", "It is not offered again.", "Check the import there, then: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: учётная система за {confirm} не приняла значение {field} из {file}.", "Повторно не предлагается.", "Проверьте загрузку там, затем: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldNoClient,
		text{"{job}/{uid}: the client of this {record} is not linked with the CRM yet{cause}.", waitsForItselfEN, "See the client: syncd show {other}; to leave it out: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: клиент {record} ещё не связан с CRM{cause}.", waitsForItselfRU, "Посмотреть клиента: syncd show {other}; не ждать её: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldOther,
		text{"{job}/{uid}: waits for a decision ({reason}).", "Nothing was written to it.", "syncd show {job}/{uid}"},
		text{"{job}/{uid}: ждёт решения ({reason}).", "Данные ей не пишутся.", "syncd show {job}/{uid}"},
	},
	{
		HoldUnwritable,
		text{"{job}/{uid}: the accounting system cannot take the CRM's value of {field}{cause}.", "It stays in the CRM and was not written back.", "Correct it in the CRM, or: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: учётная система не может принять значение {field} из CRM{cause}.", "В CRM оно осталось, обратно не записано.", "Исправьте его в CRM или: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldUndecided,
		text{"{job}/{uid}: the adoption left this record open.", "It was not added.", "With its matches: syncd adopt {job} --out FILE; or: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: при сопоставлении о ней не решили.", "Она не добавлена.", "С подходящими клиентами: syncd adopt {job} --out ФАЙЛ; или: syncd resolve {job}/{uid} --take {takes}"},
	},
}

var holdReasons = []named{
	{"conflict", HoldConflict},
	{"match-taken", HoldMatchTaken},
	{"match-differs", HoldMatchDiffers},
	{"match-ambiguous", HoldMatchAmbiguous},
	{"match-weak", HoldMatchWeak},
	{"maybe-same", HoldMaybeSame},
	{"hidden", HoldHidden},
	{"duplicate-key", HoldDuplicateKey},
	{"unreadable", HoldUnreadable},
	{"no-base", HoldNoBase},
	{"trashed", HoldTrashed},
	{"uid-twice", HoldUIDTwice},
	{"crm-gone", HoldCRMGone},
	{"absent-but-edited", HoldAbsentButEdited},
	{"not-taken", HoldNotTaken},
	{"no-client", HoldNoClient},
	{"unwritable", HoldUnwritable},
	{"undecided", HoldUndecided},
	{"no-deal", HoldNoDeal},
	{"no-invoice", HoldNoInvoice},
	{"unchangeable", HoldUnchangeable},
	{"deal-closed", HoldDealClosed},
	{"payment-gone", HoldPaymentGone},
	{"payment-unsure", HoldPaymentUnsure},
}

// Hold is the code for a reason of a hold ("match-taken"); HoldOther, which
// needs the argument reason, for one that the catalog does not know.
func Hold(reason string) Code { return lookup(holdReasons, reason, HoldOther) }

// HoldReasons lists the reasons that have a message of their own.
func HoldReasons() []string { return names(holdReasons) }
