package message

// A first mapping made from an export, 097x.
const (
	InitWritten       Code = "SYNC-0970"
	InitExists        Code = "SYNC-0971"
	InitUnreadable    Code = "SYNC-0972"
	InitWorkbook      Code = "SYNC-0973"
	InitOffline       Code = "SYNC-0974"
	InitNoCRM         Code = "SYNC-0975"
	InitHeaderGuessed Code = "SYNC-0976"
	InitNotWritten    Code = "SYNC-0977"
	InitNoClients     Code = "SYNC-0978"
	initStockEN            = "The fields of a stock CRM are assumed."
	initStockRU            = "За основу взяты поля обычной CRM."
)

var initEntries = []entry{
	{
		InitWritten,
		text{"A mapping for {export} is written to {file}; it fills {fields|field|fields} of the CRM.", "Nothing was sent, and no other file was touched.", "Look through it, then: {next}"},
		text{"Описание полей для {export} записано в {file}; заполняется полей CRM: {fields}.", "Ничего не отправлено, другие файлы не тронуты.", "Просмотрите его, затем: {next}"},
	},
	{
		InitExists,
		text{"The file {file} is there already.", "It was not touched.", "Name another with -o, or replace it with --force."},
		text{"Файл {file} уже есть.", "Он не тронут.", "Назовите другой (-o) или замените этот: --force."},
	},
	{
		InitUnreadable,
		text{"{file} cannot be read as an export: {cause}.", usageNothingDoneEN, "An export is a text of rows and columns with a header; its encoding and delimiter are found out. How to make one: docs/1c.md"},
		text{"{file} не читается как выгрузка: {cause}.", usageNothingDoneRU, "Выгрузка — текст из строк и колонок с заголовком; кодировка и разделитель определяются сами. Как её получить: docs/1c.md"},
	},
	{
		InitWorkbook,
		text{"{file} is a workbook of a spreadsheet, not a text.", usageNothingDoneEN, "Save the sheet as CSV and give that: syncd init --from {csv}"},
		text{"{file} — книга электронной таблицы, а не текст.", usageNothingDoneRU, "Сохраните лист как CSV и передайте его: syncd init --from {csv}"},
	},
	{
		InitOffline,
		text{"The CRM {crm} could not be asked: {cause}.", initStockEN, "Which fields it really has: syncd check --online"},
		text{"CRM {crm} спросить не удалось: {cause}.", initStockRU, "Какие поля есть на самом деле: syncd check --online"},
	},
	{
		InitNoCRM,
		text{"There is no configuration yet that names a CRM.", initStockEN, "Once there is one: syncd check --online"},
		text{"Настроек с адресом CRM пока нет.", initStockRU, "Когда появятся: syncd check --online"},
	},
	{
		InitHeaderGuessed,
		text{"{file} has no column name that exports usually have; line {line} was taken for the header.", "The mapping is made from its names.", "If that line is data, the export lacks its header row: add one and type the command again."},
		text{"В {file} нет привычных названий колонок; за заголовок принята строка {line}.", "Описание полей составлено по её словам.", "Если это данные, в выгрузке нет строки заголовка: добавьте её и повторите команду."},
	},
	{
		InitNotWritten,
		text{"The mapping cannot be written to {file}: {cause}.", usageNothingDoneEN, "Name another place with -o."},
		text{"Описание полей не записано в {file}: {cause}.", usageNothingDoneRU, "Назовите другое место (-o)."},
	},
	{
		InitNoClients,
		text{"{file} looks like an export of {what}, not of clients: it has {columns}.", "No mapping was made: this command makes those of clients alone.", "Copy {sample}, and write the names of your columns into it; what each section does: docs/deals.md; then: syncd check JOB"},
		text{"{file} похож на выгрузку {what}, а не клиентов: в нём есть {columns}.", "Описание полей не составлено: эта команда составляет его только для клиентов.", "Скопируйте {sample} и впишите названия своих колонок; что делает каждый раздел: docs/ru/deals.md; затем: syncd check ЗАДАНИЕ"},
	},
}
