package message

// Adoption and marked sheets, 10xx.
const (
	AdoptNothing     Code = "SYNC-1001"
	AdoptContradicts Code = "SYNC-1002"
	AdoptPreview     Code = "SYNC-1003"
	AdoptSignedOff   Code = "SYNC-1004"
	AdoptNotClients  Code = "SYNC-1005"
	AdoptFileThere   Code = "SYNC-1006"
	AdoptNotInSheet  Code = "SYNC-1007"
	SheetUnreadable  Code = "SYNC-1010"
	SheetLinesLeft   Code = "SYNC-1011"
	SheetThere       Code = "SYNC-1012"
)

var adoptEntries = []entry{
	{
		AdoptNothing,
		text{"{job}: every record of the export is linked or decided about.", "No file was written.", "Carry out what was decided: syncd run {job}"},
		text{"{job}: все записи выгрузки связаны, или решение по ним уже есть.", "Файл не записан.", "Выполнить решённое: syncd run {job}"},
	},
	{
		AdoptContradicts,
		text{"{file}: {lines|line|lines} cannot be carried out, see above.", "Nothing was stored.", "Correct them and give the file again: syncd adopt {job} --from {file}"},
		text{"{file}: выполнить нельзя {lines|строку|строки|строк}, они перечислены выше.", "Ничего не сохранено.", "Исправьте их и передайте файл снова: syncd adopt {job} --from {file}"},
	},
	{
		AdoptPreview,
		text{"{job}: {links} to link, {adds} to add, {ignored} to leave out, {later} undecided.", "Nothing was stored yet.", "If the uids and the decisions are right, sign off: syncd adopt {job} --from {file} --yes"},
		text{"{job}: связать — {links}, добавить — {adds}, пропустить — {ignored}, не решено — {later}.", "Пока ничего не сохранено.", "Если uid и решения верны, подтвердите: syncd adopt {job} --from {file} --yes"},
	},
	{
		AdoptSignedOff,
		text{"{job}: signed off: {links} to link, {adds} to add, {ignored} to leave out.", "Nothing was sent yet. The next run may add {allowed|client|clients}; {later} undecided wait for the next adoption, and no run adds them.", "syncd run {job}"},
		text{"{job}: подтверждено: связать — {links}, добавить — {adds}, пропустить — {ignored}.", "Пока ничего не отправлено. Следующий запуск вправе добавить: {allowed|клиента|клиентов|клиентов}; нерешённые ({later}) ждут следующего разбора, и ни один запуск их не добавит.", "syncd run {job}"},
	},
	{
		AdoptNotClients,
		text{"{job} is about {entity}; only clients are matched beforehand with those that the CRM has.", usageNothingDoneEN, "A run itself links the {entity} that the CRM has, or holds them for a person. What it would do: syncd plan {job}; what waits, in a file to be marked: syncd holds {job} --out FILE. Jobs for clients: {known}."},
		text{"Задание {job} ведёт {entity}; заранее сверяются с CRM только клиенты.", usageNothingDoneRU, "То, что в CRM уже есть, запуск свяжет сам или оставит человеку. Что он сделает: syncd plan {job}; что ждёт решения, файлом для разметки: syncd holds {job} --out ФАЙЛ. Задания с клиентами: {known}."},
	},
	{
		AdoptFileThere,
		text{"The file {file} is there already; somebody may have marked it.", usageNothingDoneEN, "Carry it out: syncd adopt {job} --from {file}; or name another: syncd adopt {job} --out FILE"},
		text{"Файл {file} уже есть; возможно, его кто-то разметил.", usageNothingDoneRU, "Выполнить его: syncd adopt {job} --from {file}; или указать другой: syncd adopt {job} --out ФАЙЛ"},
	},
	{
		AdoptNotInSheet,
		text{"{job}: the export has {records|record|records} that {file} lacks.", "They count as undecided.", "List them afterwards: syncd adopt {job}"},
		text{"{job}: в выгрузке есть {records|запись|записи|записей}, которых нет в {file}.", "Они считаются нерешёнными.", "Потом их покажет: syncd adopt {job}"},
	},
	{
		SheetUnreadable,
		text{"{file} cannot be read as a marked file: {cause}.", usageNothingDoneEN, "Save it from the spreadsheet as CSV, or write it anew: {next}"},
		text{"{file} не читается как размеченный файл: {cause}.", usageNothingDoneRU, "Сохраните его из таблицы как CSV или выгрузите заново: {next}"},
	},
	{
		SheetLinesLeft,
		text{"{file}: {lines|line|lines} left out, see above; {applied} carried over.", "The records of these lines stay as they are.", "Correct the lines, or write the file anew: {next}"},
		text{"{file}: не принято — {lines|строка|строки|строк} (перечислены выше), принято — {applied}.", "Записи из этих строк остались как были.", "Исправьте строки или выгрузите файл заново: {next}"},
	},
	{
		SheetThere,
		text{"The file {file} is there already, and may hold decisions.", "It was not touched.", "Take it in: syncd resolve --from {file}; or name another with --out."},
		text{"Файл {file} уже есть, в нём могут быть решения.", "Он не тронут.", "Прочитать его: syncd resolve --from {file}; или назовите другой в --out."},
	},
}
