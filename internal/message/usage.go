package message

// Usage, 090x to 094x, and the meanings of the exit codes, 095x.
const (
	UsageUnknownCommand Code = "SYNC-0901"
	UsageMisspelled     Code = "SYNC-0902"
	UsageBadFlag        Code = "SYNC-0903"
	UsageUnknownJob     Code = "SYNC-0904"
	UsageNoJob          Code = "SYNC-0905"
	UsageNoRecord       Code = "SYNC-0906"
	UsageSeveralRecords Code = "SYNC-0907"
	UsageBadTake        Code = "SYNC-0908"
	UsageNothingHeld    Code = "SYNC-0909"
	UsageNotHalted      Code = "SYNC-0910"
	UsageNotByHand      Code = "SYNC-0913"
	UsageResolved       Code = "SYNC-0914"
	UsageFileWritten    Code = "SYNC-0915"
	UsageBadAllowance   Code = "SYNC-0916"
	UsageNotDisputed    Code = "SYNC-0917"
	UsageNotInFull      Code = "SYNC-0918"
	UsageNothingMarked  Code = "SYNC-0919"
	UsageAllowedAhead   Code = "SYNC-0920"
	UsagePortBusy       Code = "SYNC-0921"
	UsageFileMissing    Code = "SYNC-0922"
	UsageFileUnreadable Code = "SYNC-0923"
	UsageNoTable        Code = "SYNC-0924"
	UsageOutUnwritable  Code = "SYNC-0925"
	UsageNotInExport    Code = "SYNC-0926"
	UsageOneJob         Code = "SYNC-0927"
	UsageTurnedAway     Code = "SYNC-0928"
	ExitDone            Code = "SYNC-0950"
	ExitFailure         Code = "SYNC-0951"
	ExitUsage           Code = "SYNC-0952"
	ExitPartial         Code = "SYNC-0953"
	ExitPending         Code = "SYNC-0954"
	ExitHalted          Code = "SYNC-0955"
	ExitLocked          Code = "SYNC-0956"
	ExitSource          Code = "SYNC-0957"
	ExitCRM             Code = "SYNC-0958"
	ExitConfig          Code = "SYNC-0959"
	ExitInterrupted     Code = "SYNC-0960"
	usageNothingDoneEN       = "Nothing was done."
	usageNothingDoneRU       = "Ничего не сделано."
)

var usageEntries = []entry{
	{
		UsageUnknownCommand,
		text{"There is no command {command}.", usageNothingDoneEN, "All commands: syncd --help"},
		text{"Команды {command} нет.", usageNothingDoneRU, "Все команды: syncd --help"},
	},
	{
		UsageMisspelled,
		text{"There is no command {command}.", usageNothingDoneEN, "Did you mean: syncd {near}"},
		text{"Команды {command} нет.", usageNothingDoneRU, "Возможно, имелось в виду: syncd {near}"},
	},
	{
		UsageBadFlag,
		text{"Wrong usage: {cause}.", usageNothingDoneEN, "How it is used: {command} --help"},
		text{"Неверный вызов: {cause}.", usageNothingDoneRU, "Как пользоваться: {command} --help"},
	},
	{
		UsageUnknownJob,
		text{"There is no job {job} in {file}.", usageNothingDoneEN, "Jobs: {known}."},
		text{"Задания {job} в {file} нет.", usageNothingDoneRU, "Задания: {known}."},
	},
	{
		UsageNoJob,
		text{"No job is named.", usageNothingDoneEN, "Name one ({known}), or --all."},
		text{"Не указано задание.", usageNothingDoneRU, "Укажите его ({known}) или --all."},
	},
	{
		UsageNoRecord,
		text{"No record fits {query}.", usageNothingDoneEN, "Look for it by uid, key, clid, ИНН or a part of the name: syncd show JOB/TEXT"},
		text{"По запросу {query} ничего не найдено.", usageNothingDoneRU, "Ищите по uid, ключу, clid, ИНН или части названия: syncd show ЗАДАНИЕ/ТЕКСТ"},
	},
	{
		UsageSeveralRecords,
		text{"{found|record|records} fit {query}.", usageNothingDoneEN, "Name one by its uid: {uids}"},
		text{"По запросу {query} нашлось: {found|запись|записи|записей}.", usageNothingDoneRU, "Укажите одну по её uid: {uids}"},
	},
	{
		UsageBadTake,
		text{"A hold of the reason {reason} cannot be resolved with --take {take}.", usageNothingDoneEN, "Possible here: {known}."},
		text{"При причине {reason} решение --take {take} невозможно.", usageNothingDoneRU, "Здесь возможны: {known}."},
	},
	{
		UsageNothingHeld,
		text{"Nothing is held for {query}.", usageNothingDoneEN, "What waits for a decision: syncd holds"},
		text{"По запросу {query} решения ничего не ждёт.", usageNothingDoneRU, "Что ждёт решения: syncd holds"},
	},
	{
		UsageNotHalted,
		text{"The job {job} is not halted.", usageNothingDoneEN, "How it stands: syncd status {job}"},
		text{"Задание {job} не остановлено.", usageNothingDoneRU, "Что с ним: syncd status {job}"},
	},
	{
		UsageNotByHand,
		text{"A hold of the reason {reason} is not decided here: it ends by itself when its cause is gone.", usageNothingDoneEN, "What it is about: syncd show {query}"},
		text{"При причине {reason} здесь решать нечего: запись пойдёт дальше сама, когда причина исчезнет.", usageNothingDoneRU, "В чём дело: syncd show {query}"},
	},
	{
		UsageResolved,
		text{"{job}: decided for {records|record|records}: {take}.", "The decision is on record; nothing was sent yet.", "Carry it out: syncd run {job}"},
		text{"{job}: решение ({take}) принято для {records|записи|записей|записей}.", "Решение записано; пока ничего не отправлено.", "Выполнить: syncd run {job}"},
	},
	{
		UsageFileWritten,
		text{"{rows|row|rows} written to {file}.", "The file holds people's data; only its owner can read it.", "{next}"},
		text{"Записано в {file}: {rows|строка|строки|строк}.", "В файле персональные данные; читать его может только владелец.", "{next}"},
	},
	{
		UsageBadAllowance,
		text{"--allow {allow} cannot be understood.", usageNothingDoneEN, "Write GUARD=NUMBER, or GUARD alone for those without a number; guards: {known}."},
		text{"Не удалось понять --allow {allow}.", usageNothingDoneRU, "Пишите ЗАЩИТА=ЧИСЛО или одно имя, если числа у неё нет; защиты: {known}."},
	},
	{
		UsageNotDisputed,
		text{"The field {field} is not in dispute there.", usageNothingDoneEN, "In dispute: {known}."},
		text{"Поле {field} там не спорное.", usageNothingDoneRU, "Спорные поля: {known}."},
	},
	{
		UsageNotInFull,
		text{"{query} is only a part of what names a record.", usageNothingDoneEN, "A decision needs the whole uid, key, clid, ИНН or title. Meant may be: {uids}"},
		text{"{query} — лишь часть названия или номера записи.", usageNothingDoneRU, "Для решения нужен полный uid, ключ, clid, ИНН или название. Возможно, это: {uids}"},
	},
	{
		UsageNothingMarked,
		text{"Nothing is marked in {file}.", usageNothingDoneEN, "Fill its column «decision» ({known}) or «value», then: syncd resolve --from {file}"},
		text{"В файле {file} ничего не отмечено.", usageNothingDoneRU, "Заполните столбец «решение» ({known}) или «значение», затем: syncd resolve --from {file}"},
	},
	{
		UsageAllowedAhead,
		text{"{job} is not halted; allowed once, for its next run: {allowed}.", "The permission is on record and ends with the next run that gets past the guards.", "syncd run {job}"},
		text{"{job} не остановлено; разово разрешено для следующего запуска: {allowed}.", "Разрешение записано и кончится со следующим запуском, прошедшим защиты.", "syncd run {job}"},
	},
	{
		UsagePortBusy,
		text{"The address {address} is in use already.", usageNothingDoneEN, "Take another: syncd emulate --listen 127.0.0.1:{port}"},
		text{"Адрес {address} уже занят.", usageNothingDoneRU, "Возьмите другой: syncd emulate --listen 127.0.0.1:{port}"},
	},
	{
		UsageFileMissing,
		text{"The file {file} is not there.", usageNothingDoneEN, "Correct {flag}; paths are relative to the current folder."},
		text{"Файла {file} нет.", usageNothingDoneRU, "Исправьте {flag}; пути считаются от текущей папки."},
	},
	{
		UsageFileUnreadable,
		text{"The file {file} cannot be read: {cause}.", usageNothingDoneEN, "Correct {flag}; paths are relative to the current folder."},
		text{"Файл {file} не читается: {cause}.", usageNothingDoneRU, "Исправьте {flag}; пути считаются от текущей папки."},
	},
	{
		UsageNoTable,
		text{"The job {job} writes back to no table, so none has to be made for it.", usageNothingDoneEN, "If it is to, add `write_back.sql` to the job (docs/sql.md); jobs with a table: {known}."},
		text{"Задание {job} не передаёт изменения в таблицу: создавать для него нечего.", usageNothingDoneRU, "Если должно, добавьте заданию `write_back.sql` (docs/sql.md); задания с таблицей: {known}."},
	},
	{
		UsageOutUnwritable,
		text{"The file {file} cannot be written by the user {user}: {cause}.", "It was not written: a command that root starts works as the owner of the state.", "Write it where that user may: {command}"},
		text{"Пользователь {user} не может записать файл {file}: {cause}.", "Файл не записан: команда, запущенная от root, работает от имени владельца базы состояния.", "Укажите место, куда он может писать: {command}"},
	},
	{
		UsageNotInExport,
		text{"No run of {job} took a record {query}, and the export as it is now has no row of this key ({file}).", usageNothingDoneEN, "Export it from the accounting system with {job}, or look for it by uid, clid, ИНН or a part of the name: syncd show {job}/TEXT"},
		text{"Ни один запуск {job} записи {query} не взял, и в нынешней выгрузке строки с таким ключом нет ({file}).", usageNothingDoneRU, "Выгрузите её из учётной системы вместе с {job} или ищите по uid, clid, ИНН или части названия: syncd show {job}/ТЕКСТ"},
	},
	{
		UsageOneJob,
		text{"This is done for one job, and none is named.", usageNothingDoneEN, "Name one: {known}."},
		text{"Это делается для одного задания, а оно не указано.", usageNothingDoneRU, "Укажите его: {known}."},
	},
	{
		UsageTurnedAway,
		text{"Not the job {job} was stopped, but one export was turned away: {guards}.", usageNothingDoneEN, "The next good one goes on by itself; to accept this one: {resume}"},
		text{"Задание {job} не остановлено: не принята одна выгрузка, {guards}.", usageNothingDoneRU, "Следующая годная пройдёт сама; принять эту: {resume}"},
	},
	{ExitDone, text{what: "done (standing holds and rejects are shown, not an error)"}, text{what: "готово (прежние отклонённые и ждущие решения показаны, это не ошибка)"}},
	{ExitFailure, text{what: "failure"}, text{what: "сбой"}},
	{ExitUsage, text{what: "wrong usage of a command"}, text{what: "неверный вызов команды"}},
	{ExitPartial, text{what: "done in part: records newly rejected or held, or writes failed"}, text{what: "выполнено частично: есть новые отклонённые или ждущие решения, либо не все записи прошли"}},
	{ExitPending, text{what: "changes pending (plan --exit-code)"}, text{what: "есть изменения к отправке (plan --exit-code)"}},
	{ExitHalted, text{what: "halted by a guard"}, text{what: "остановлено защитой"}},
	{ExitLocked, text{what: "another run holds the lock"}, text{what: "идёт другой запуск"}},
	{ExitSource, text{what: "source not ready or not usable (missing, being written, empty, a mapped column missing)"}, text{what: "источник не готов или непригоден (нет файла, ещё пишется, пуст, нет нужной колонки)"}},
	{ExitCRM, text{what: "CRM unreachable or refuses the credentials"}, text{what: "CRM недоступна или не принимает логин и ключ"}},
	{ExitConfig, text{what: "configuration or mapping is wrong, or the state is unusable"}, text{what: "ошибка в настройках или описании полей, либо база состояния непригодна"}},
	{ExitInterrupted, text{what: "interrupted"}, text{what: "прервано"}},
}
