package message

// Writing back, 11xx: what goes from the CRM to the accounting system.
const (
	WriteBackNoFolder  Code = "SYNC-1101"
	WriteBackNotTaken  Code = "SYNC-1102"
	WriteBackFull      Code = "SYNC-1103"
	WriteBackFailed    Code = "SYNC-1104"
	WriteBackTable     Code = "SYNC-1105"
	WriteBackOneWay    Code = "SYNC-1106"
	WriteBackDBAway    Code = "SYNC-1107"
	WriteBackNoCLID    Code = "SYNC-1108"
	writeBackWaitingEN      = "What was to go there is kept; the CRM's side of the run is done."
	writeBackWaitingRU      = "Изменения сохранены; всё, что шло в CRM, сделано."
)

var writeBackEntries = []entry{
	{
		WriteBackNoFolder,
		text{"The folder for changes, {dir}, is not there.", writeBackWaitingEN, "If it is a network share, mount it; else: {command}; then: {again} {job}"},
		text{"Папки для изменений {dir} нет.", writeBackWaitingRU, "Если это сетевая папка, подключите её; если нет: {command}; затем: {again} {job}"},
	},
	{
		WriteBackNotTaken,
		text{"The folder for changes, {dir}, takes no files: {cause}.", writeBackWaitingEN, "Give the user that runs syncd the right to write there: {command}; then: {again} {job}"},
		text{"В папку для изменений {dir} не удаётся записать файл: {cause}.", writeBackWaitingRU, "Дайте пользователю, от которого работает syncd, право записи: {command}; затем: {again} {job}"},
	},
	{
		WriteBackFull,
		text{"No room is left in the folder for changes, {dir}.", writeBackWaitingEN, "Free some space there, then: {again} {job}"},
		text{"В папке для изменений {dir} кончилось место.", writeBackWaitingRU, "Освободите место, затем: {again} {job}"},
	},
	{
		WriteBackFailed,
		text{"The changes of the CRM could not be written to {place}: {cause}.", writeBackWaitingEN, "Correct the cause, then: {again} {job}"},
		text{"Не удалось записать изменения из CRM в {place}: {cause}.", writeBackWaitingRU, "Устраните причину, затем: {again} {job}"},
	},
	{
		WriteBackTable,
		text{"The table for the changes of {job} cannot be used: {cause}.", "Nothing was written to it.", "What it should be: syncd schema --sql {job}"},
		text{"Таблица для изменений задания {job} не годится: {cause}.", "В неё ничего не записано.", "Какой она должна быть: syncd schema --sql {job}"},
	},
	{
		WriteBackOneWay,
		text{"{job}: what people change in the CRM in {fields} has no way back into the export's columns.", "It stays in the CRM and is not written back.", "See docs/mapping.md, «The way back»; if it is meant so, nothing need be done."},
		text{"{job}: правки в CRM в полях {fields} нельзя вернуть в колонки выгрузки.", "Они остаются в CRM и обратно не передаются.", "Что можно вернуть — в docs/mapping.md (раздел «The way back»); если так и задумано, делать ничего не надо."},
	},
	{
		WriteBackDBAway,
		text{"The database for the changes of {job} cannot be reached: {cause}.", "Nothing was written to it.", "Check that it is there and answers, and the DSN of `{settings}.write_back.sql`; then: syncd check {job}"},
		text{"База данных для изменений задания {job} недоступна: {cause}.", "В неё ничего не записано.", "Проверьте, на месте ли она и отвечает ли, и DSN в `{settings}.write_back.sql`; затем: syncd check {job}"},
	},
	{
		WriteBackNoCLID,
		text{"{job}: what is born in the CRM is handed over (`on_crm_new: export`), but the mapping {mapping} names no `clid` column: an export cannot bring its number back, and it stays without a record.", "Nothing was sent.", "Add `clid` to the mapping, with the column in which the export has the CRM's number (docs/mapping.md); then: syncd check {job}"},
		text{"{job}: заведённое в CRM передаётся в учётную систему (`on_crm_new: export`), но в описании полей {mapping} нет колонки `clid`: выгрузка не вернёт номер, и связано оно не будет.", "Ничего не отправлено.", "Добавьте в описание полей `clid` с колонкой, в которой у выгрузки номер записи в CRM (docs/mapping.md); затем: syncd check {job}"},
	},
}
