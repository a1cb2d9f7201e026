package message

// State database, 07xx.
const (
	StateNewer      Code = "SYNC-0701"
	StateDamaged    Code = "SYNC-0702"
	StateLocked     Code = "SYNC-0703"
	StateDiskFull   Code = "SYNC-0704"
	StateUnusable   Code = "SYNC-0705"
	StateMissing    Code = "SYNC-0706"
	StateMigrated   Code = "SYNC-0707"
	StateNotOurs    Code = "SYNC-0708"
	StateNetworkDir Code = "SYNC-0709"
	StateExposed    Code = "SYNC-0710"
	StateBusy       Code = "SYNC-0711"
	StateOlder      Code = "SYNC-0712"
	StateRestored   Code = "SYNC-0713"
	StateRetired    Code = "SYNC-0714"
	StateNoCopy     Code = "SYNC-0715"
	StateMoves      Code = "SYNC-0716"
	StateStays      Code = "SYNC-0717"
)

var stateEntries = []entry{
	{
		StateNewer,
		text{"The state {file} was written by a newer syncd (schema {found}, this one knows {known}).", "It was not touched.", "Install the newer version again, or put back the backup made before the update."},
		text{"База состояния {file} создана более новым syncd (схема {found}, эта версия знает {known}).", "Её не трогали.", "Верните новую версию или копию, снятую перед обновлением."},
	},
	{
		StateDamaged,
		text{"The state {file} is damaged: {cause}.", "Nothing was sent, and the file was left as it is.", "Put back a backup, or move the file away: the links are then found again by uid."},
		text{"База состояния {file} повреждена: {cause}.", "Ничего не отправлено, файл оставлен как есть.", "Верните копию или уберите файл в сторону: связи восстановятся по uid."},
	},
	{
		StateLocked,
		text{"Another run (process {pid}) is using the state {file}.", "This one did nothing.", "Wait for it: syncd run --wait 10m; what it does: syncd status"},
		text{"База состояния {file} занята другим запуском (процесс {pid}).", "Этот запуск ничего не делал.", "Дождаться окончания: syncd run --wait 10m; чем он занят: syncd status"},
	},
	{
		StateDiskFull,
		text{"There is no space left for the state {file}.", "The run stopped; what was confirmed is kept, the rest is settled by the next run.", "Free some space, then: syncd run {job}"},
		text{"Для базы состояния {file} не осталось места на диске.", "Запуск остановлен; подтверждённое сохранено, остальное доведёт следующий запуск.", "Освободите место, затем: syncd run {job}"},
	},
	{
		StateUnusable,
		text{"The state {file} cannot be opened: {cause}.", "Nothing was read or sent.", "Check the folder and the rights of the user that runs syncd."},
		text{"База состояния {file} не открывается: {cause}.", "Ничего не прочитано и не отправлено.", "Проверьте папку и права пользователя, от которого работает syncd."},
	},
	{
		StateMissing,
		text{"There is no state {file} yet: no job has run.", "Nothing to show.", "Begin with: syncd plan"},
		text{"Базы состояния {file} ещё нет: ни одно задание не запускалось.", "Показывать нечего.", "Начните так: syncd plan"},
	},
	{
		StateMigrated,
		text{"The state {file} was an older version's and was brought up to date.", "A backup was taken before: {backup}.", "Nothing need be done."},
		text{"База состояния {file} осталась от прежней версии и приведена к нынешней.", "Перед этим снята копия: {backup}.", "Делать ничего не нужно."},
	},
	{
		StateNotOurs,
		text{"{file} is not a state database of syncd.", "It was not touched.", "Correct `state` in the configuration."},
		text{"{file} — не база состояния syncd.", "Файл не трогали.", "Исправьте `state` в настройках."},
	},
	{
		StateNetworkDir,
		text{"The state {file} lies on a network share, where locks cannot be relied on.", "Nothing was read or sent.", "Move `state` to a local disk."},
		text{"База состояния {file} лежит в сетевой папке, где блокировкам нельзя доверять.", "Ничего не прочитано и не отправлено.", "Перенесите `state` на локальный диск."},
	},
	{
		StateExposed,
		text{"{file} is open to other users ({mode}): it holds people's data.", "Nothing was read or sent.", "chmod o-rwx,g-rwx {file}"},
		text{"{file} открыт другим пользователям ({mode}), а в нём персональные данные.", "Ничего не прочитано и не отправлено.", "chmod o-rwx,g-rwx {file}"},
	},
	{
		StateBusy,
		text{"The state {file} is held by another program.", "Nothing was changed.", "Close whatever has it open for writing (a sqlite3 shell?), then try again."},
		text{"База состояния {file} занята другой программой.", "Ничего не изменено.", "Закройте то, что держит её открытой на запись (оболочка sqlite3?), и повторите."},
	},
	{
		StateOlder,
		text{"The state {file} has the schema {found} of an older syncd; this one works with {known}.", "It was not touched: only a run brings it up to date, after a backup.", "syncd run"},
		text{"База состояния {file} создана более старым syncd (схема {found}, этой версии нужна {known}).", "Её не трогали: на новую схему её переводит только запуск, сняв копию.", "syncd run"},
	},
	{
		StateRestored,
		text{"The state {file} ends with run {to}, and run {from} was finished here: an older copy was put in its place.", "Nothing is added twice: every record is looked for in the CRM by its uid.", "Values that differ are held: syncd holds; if the newer state still exists, put it back first."},
		text{"База состояния {file} кончается запуском {to}, а здесь уже был запуск {from}: на её место положили старую копию.", "Дублей не будет: каждую запись ищем в CRM по uid.", "Разошедшиеся значения ждут решения: syncd holds; если новая база ещё есть, сначала верните её."},
	},
	{
		StateRetired,
		text{"The state {file} moved to another server on {at} with the copy {copy}: no job runs on it here.", "Nothing was read or sent. Two servers on one CRM would undo each other's work.", "Work on the other server. To come back here, stop syncd there for good, then: syncd state unretire"},
		text{"База состояния {file} переехала на другой сервер: {at}, копия {copy}. Здесь задания на ней не выполняются.", "Ничего не прочитано и не отправлено: два сервера на одной CRM портили бы работу друг друга.", "Работайте на том сервере. Чтобы вернуться сюда, остановите там syncd насовсем, затем: syncd state unretire"},
	},
	{
		StateNoCopy,
		text{"The copy {file} was not made: {cause}.", "The state is as it was, and nothing half done was left.", "Give a new name in a folder that the user of syncd may write to: syncd state backup FILE"},
		text{"Копия {file} не снята: {cause}.", "База состояния не изменилась, недописанного файла не осталось.", "Укажите новое имя в папке, куда может писать пользователь syncd: syncd state backup ФАЙЛ"},
	},
	{
		StateMoves,
		text{"The state {file} is retired: no job runs on it here any more.", "What moves is the copy {copy}.", "Put it on the other server in place of its state, with mode 600, and start there with: syncd state verify"},
		text{"База состояния {file} выведена из работы: задания на ней здесь больше не выполняются.", "Переезжает копия {copy}.", "Положите её на другом сервере на место базы состояния с правами 600 и начните там с команды: syncd state verify"},
	},
	{
		StateStays,
		text{"The state {file} works here again; it was retired on {at} with the copy {copy}.", "If that copy has run meanwhile, what it did is found again in the CRM, and values that differ are held.", "Make sure that syncd does not run on the other server, then: syncd plan"},
		text{"База состояния {file} снова в работе здесь; её выводили {at} с копией {copy}.", "Если с той копией успели поработать, сделанное найдётся в CRM по uid, а разошедшиеся значения подождут решения.", "Убедитесь, что на другом сервере syncd не работает, затем: syncd plan"},
	},
}
