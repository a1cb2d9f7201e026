package message

// Guards, 06xx: the job stopped before anything was sent.
const (
	GuardMinRows        Code = "SYNC-0601"
	GuardMaxShrink      Code = "SYNC-0602"
	GuardMaxReject      Code = "SYNC-0603"
	GuardMaxCreate      Code = "SYNC-0604"
	GuardMaxUpdate      Code = "SYNC-0605"
	GuardMaxClear       Code = "SYNC-0606"
	GuardMaxDelete      Code = "SYNC-0607"
	GuardCRMChanged     Code = "SYNC-0608"
	GuardCRMRewound     Code = "SYNC-0609"
	GuardMappingChanged Code = "SYNC-0610"
	GuardOther          Code = "SYNC-0611"
	GuardResumed        Code = "SYNC-0613"
	GuardCanary         Code = "SYNC-0614"
	GuardMappingBack    Code = "SYNC-0615"
	GuardMaxShrinkLines Code = "SYNC-0616"
	guardSourceEN            = "Nothing was sent; the job goes on by itself with the next export that passes."
	guardSourceRU            = "Ничего не отправлено; задание продолжит работу само со следующей нормальной выгрузкой."
	guardHaltEN              = "Nothing was sent; the job is halted until someone decides."
	guardHaltRU              = "Ничего не отправлено; задание остановлено до решения человека."
)

var guardEntries = []entry{
	{
		GuardMinRows,
		text{"{job}: the export has {found|row|rows}, at least {limit} are expected.", guardSourceEN, "Check the export; if it is right: syncd resume {job} --allow min_rows={found}"},
		text{"{job}: в выгрузке {found|строка|строки|строк}, ожидается не меньше {limit}.", guardSourceRU, "Проверьте выгрузку; если всё верно: syncd resume {job} --allow min_rows={found}"},
	},
	{
		GuardMaxShrink,
		text{"{job}: {found|record|records} of {before} are gone from the export since the last one, the limit is {limit}.", guardSourceEN, "Check that the export came whole, and its filter; if it is right: syncd resume {job} --allow max_shrink={found}"},
		text{"{job}: с прошлой выгрузки пропало {found|запись|записи|записей} из {before}, предел — {limit}.", guardSourceRU, "Проверьте, целиком ли дошла выгрузка, и её отбор; если всё верно: syncd resume {job} --allow max_shrink={found}"},
	},
	{
		GuardMaxReject,
		text{"{job}: {found} of {total} rows are rejected, the limit is {limit}.", guardSourceEN, "See why: syncd rejects {job}; if that is right: syncd resume {job} --allow max_reject={found}"},
		text{"{job}: отклонено строк: {found} из {total}, предел — {limit}.", guardSourceRU, "Почему: syncd rejects {job}; если всё верно: syncd resume {job} --allow max_reject={found}"},
	},
	{
		GuardMaxCreate,
		text{"{job}: {found|record|records} would be added to a CRM that is not empty, the limit is {limit}.", guardHaltEN, "Look at syncd plan {job}; if they are really new: syncd resume {job} --allow max_create={found}"},
		text{"{job}: в непустую CRM добавилось бы {found|запись|записи|записей}, предел — {limit}.", guardHaltRU, "Посмотрите syncd plan {job}; если они действительно новые: syncd resume {job} --allow max_create={found}"},
	},
	{
		GuardMaxUpdate,
		text{"{job}: {found|record|records} would change, the limit is {limit}.", guardHaltEN, "Look at syncd plan {job}; if it is meant: syncd resume {job} --allow max_update={found}"},
		text{"{job}: изменилось бы {found|запись|записи|записей}, предел — {limit}.", guardHaltRU, "Посмотрите syncd plan {job}; если так и задумано: syncd resume {job} --allow max_update={found}"},
	},
	{
		GuardMaxClear,
		text{"{job}: {found|field|fields} of the CRM would be emptied, the limit is {limit}.", guardHaltEN, "Check that the columns are filled in the export; if it is meant: syncd resume {job} --allow max_clear={found}"},
		text{"{job}: в CRM опустело бы {found|поле|поля|полей}, предел — {limit}.", guardHaltRU, "Проверьте, заполнены ли колонки в выгрузке; если так и задумано: syncd resume {job} --allow max_clear={found}"},
	},
	{
		GuardMaxDelete,
		text{"{job}: {found|record|records} would be deleted in the CRM, the limit is {limit}.", guardHaltEN, "Look at syncd plan {job}; if it is meant: syncd resume {job} --allow max_delete={found}"},
		text{"{job}: из CRM удалилось бы {found|запись|записи|записей}, предел — {limit}.", guardHaltRU, "Посмотрите syncd plan {job}; если так и задумано: syncd resume {job} --allow max_delete={found}"},
	},
	{
		GuardCRMChanged,
		text{"{job}: behind {url} there is another CRM than before.", guardHaltEN, "Correct the address or the key; if the CRM was really replaced: syncd resume {job} --allow crm-changed"},
		text{"{job}: по адресу {url} теперь другая CRM.", guardHaltRU, "Исправьте адрес или ключ; если CRM действительно сменилась: syncd resume {job} --allow crm-changed"},
	},
	{
		GuardCRMRewound,
		text{"{job}: the CRM was put back to an earlier day: what was linked, up to number {limit}, is not there or the numbers belong to others; its newest now is number {found}.", guardHaltEN, "Ask whoever runs the CRM; to go on with the CRM as it is: syncd resume {job} --allow crm-rewound"},
		text{"{job}: CRM вернули к прежнему состоянию: связанных раньше карточек (до номера {limit}) в ней нет, или под их номерами другие; самый новый номер сейчас {found}.", guardHaltRU, "Уточните у администратора CRM; чтобы продолжить с такой CRM: syncd resume {job} --allow crm-rewound"},
	},
	{
		GuardMappingChanged,
		text{"{job}: the mapping or a filter was changed since the last run.", guardHaltEN, "See what it would do: syncd plan {job}; then: syncd resume {job} --allow mapping-changed"},
		text{"{job}: с прошлого запуска изменено описание полей или отбор.", guardHaltRU, "Что получится: syncd plan {job}; затем: syncd resume {job} --allow mapping-changed"},
	},
	{
		GuardOther,
		text{"{job}: the guard {guard} found {found}, the limit is {limit}.", guardHaltEN, "Look at syncd plan {job}; if it is meant: syncd resume {job} --allow {guard}={found}"},
		text{"{job}: защита {guard} насчитала {found}, предел — {limit}.", guardHaltRU, "Посмотрите syncd plan {job}; если так и задумано: syncd resume {job} --allow {guard}={found}"},
	},
	{
		GuardResumed,
		text{"{job} may go on; allowed once: {allowed}.", "The permission is on record.", "syncd run {job}"},
		text{"{job} может продолжать; разово разрешено: {allowed}.", "Разрешение записано.", "syncd run {job}"},
	},
	{
		GuardCanary,
		text{"{job}: the CRM does not keep the uid as it was sent, so its records could not be found again.", "The load stopped after the first record; the job is halted until someone decides.", "Compare that record in the CRM with syncd plan {job}; then: syncd resume {job} --allow canary"},
		text{"{job}: CRM хранит uid не таким, как он отправлен: найти потом свои записи будет нельзя.", "Загрузка остановлена после первой записи; задание остановлено до решения человека.", "Сравните эту запись в CRM с syncd plan {job}; затем: syncd resume {job} --allow canary"},
	},
	{
		GuardMappingBack,
		text{"{job}: the mapping is again the one that was carried out last.", "The halt because of its change is over, and the run goes on.", "Nothing need be done."},
		text{"{job}: описание полей снова то, по которому был прошлый запуск.", "Остановка из-за его изменения снята, запуск продолжается.", "Делать ничего не нужно."},
	},
	{
		GuardMaxShrinkLines,
		text{"{job}: {found|line|lines} of {before} are gone from the source of lines since the records were last in step, the limit is {limit}.", guardSourceEN, "Check that the source of lines came whole, and its filter; if it is right: syncd resume {job} --allow max_shrink={found}"},
		text{"{job}: в источнике строк не хватает {found|строки|строк|строк} из {before}, которые у записей были; предел — {limit}.", guardSourceRU, "Проверьте, целиком ли дошёл источник строк, и его отбор; если всё верно: syncd resume {job} --allow max_shrink={found}"},
	},
}

var guardNames = []named{
	{"min_rows", GuardMinRows},
	{"max_shrink", GuardMaxShrink},
	{"max_reject", GuardMaxReject},
	{"max_create", GuardMaxCreate},
	{"max_update", GuardMaxUpdate},
	{"max_clear", GuardMaxClear},
	{"max_delete", GuardMaxDelete},
	{"crm-changed", GuardCRMChanged},
	{"crm-rewound", GuardCRMRewound},
	{"mapping-changed", GuardMappingChanged},
	{"canary", GuardCanary},
}

// Guard is the code for a guard ("max_delete"); GuardOther, which needs the
// argument guard, for one that the catalog does not know.
func Guard(name string) Code { return lookup(guardNames, name, GuardOther) }

// GuardNames lists the guards that have a message of their own.
func GuardNames() []string { return names(guardNames) }
