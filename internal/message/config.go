package message

// Configuration, 01xx.
const (
	ConfigNotFound      Code = "SYNC-0101"
	ConfigUnreadable    Code = "SYNC-0102"
	ConfigSyntax        Code = "SYNC-0103"
	ConfigUnknownKey    Code = "SYNC-0104"
	ConfigMisspelledKey Code = "SYNC-0105"
	ConfigDuplicateKey  Code = "SYNC-0106"
	ConfigWrongKind     Code = "SYNC-0107"
	ConfigBadValue      Code = "SYNC-0108"
	ConfigMissingKey    Code = "SYNC-0109"
	ConfigLiteralSecret Code = "SYNC-0110"
	ConfigSecretEmpty   Code = "SYNC-0111"
	ConfigSecretMissing Code = "SYNC-0112"
	ConfigBadReference  Code = "SYNC-0113"
	ConfigAfterCycle    Code = "SYNC-0114"
	ConfigSameTarget    Code = "SYNC-0115"
	ConfigEmpty         Code = "SYNC-0117"
	ConfigUnknownGuard  Code = "SYNC-0118"
	ConfigOneOf         Code = "SYNC-0119"
	ConfigBaseURL       Code = "SYNC-0120"
	ConfigPlainHTTP     Code = "SYNC-0121"
	ConfigNotText       Code = "SYNC-0122"
	ConfigOpenSecret    Code = "SYNC-0123"
	ConfigVersion       Code = "SYNC-0124"
	ConfigNeedsKey      Code = "SYNC-0125"
	ConfigAbsenceUnsafe Code = "SYNC-0126"
	ConfigNoState       Code = "SYNC-0127"
	ConfigNoWriteBack   Code = "SYNC-0129"
	ConfigExportNeeds   Code = "SYNC-0130"
	ConfigListenOpen    Code = "SYNC-0131"
	ConfigNoChannel     Code = "SYNC-0132"
	ConfigPlainSecret   Code = "SYNC-0133"
	ConfigPlainNotice   Code = "SYNC-0134"
	ConfigJitterWide    Code = "SYNC-0135"
	ConfigNeedsRestart  Code = "SYNC-0136"
	ConfigBackupInState Code = "SYNC-0137"
	ConfigBadURL        Code = "SYNC-0138"
	ConfigNoReading     Code = "SYNC-0139"
	ConfigNoWriting     Code = "SYNC-0140"
	ConfigListenTaken   Code = "SYNC-0141"
	ConfigKeyInURL      Code = "SYNC-0142"
	configNothingDoneEN      = "Nothing was read or sent."
	configNothingDoneRU      = "Ничего не прочитано и не отправлено."
	configCorrectEN          = "Correct the line and type: syncd check"
	configCorrectRU          = "Исправьте строку и наберите: syncd check"
)

var configEntries = []entry{
	{
		ConfigNotFound,
		text{"There is no configuration file: looked for {files}.", configNothingDoneEN, "Name it with --config FILE, or copy config.example.yaml to ./syncd.yaml."},
		text{"Файл настроек не найден. Где искали: {files}.", configNothingDoneRU, "Укажите его: --config ФАЙЛ, или скопируйте config.example.yaml в ./syncd.yaml."},
	},
	{
		ConfigUnreadable,
		text{"The configuration file {file} cannot be read: {cause}.", configNothingDoneEN, "Check the path and the rights of the user that runs syncd."},
		text{"Файл настроек {file} не читается: {cause}.", configNothingDoneRU, "Проверьте путь и права пользователя, от которого работает syncd."},
	},
	{
		ConfigSyntax,
		text{"This is not valid YAML: {cause}.", configNothingDoneEN, "Look at this line and its neighbours, above and below: indentation (spaces, no tabs), colons, quotes."},
		text{"Это не YAML: {cause}.", configNothingDoneRU, "Посмотрите эту строку и соседние, выше и ниже: отступы (пробелы, не табуляция), двоеточия, кавычки."},
	},
	{
		ConfigUnknownKey,
		text{"The key {key} is unknown here.", configNothingDoneEN, "Keys that may stand here: {known}."},
		text{"Ключ {key} здесь не предусмотрен.", configNothingDoneRU, "Здесь могут стоять: {known}."},
	},
	{
		ConfigMisspelledKey,
		text{"The key {key} is unknown here.", configNothingDoneEN, "Did you mean {near}?"},
		text{"Ключ {key} здесь не предусмотрен.", configNothingDoneRU, "Возможно, имелся в виду {near}?"},
	},
	{
		ConfigDuplicateKey,
		text{"The key {key} stands here a second time; the first is in line {line}.", configNothingDoneEN, "Leave one of the two."},
		text{"Ключ {key} указан второй раз; первый — в строке {line}.", configNothingDoneRU, "Оставьте один из двух."},
	},
	{
		ConfigWrongKind,
		text{"Something else belongs here; expected: {want}.", configNothingDoneEN, configCorrectEN},
		text{"Здесь нужно другое; ожидается: {want}.", configNothingDoneRU, configCorrectRU},
	},
	{
		ConfigBadValue,
		text{"The value {value} does not fit; expected: {want}.", configNothingDoneEN, configCorrectEN},
		text{"Значение {value} не подходит; ожидается: {want}.", configNothingDoneRU, configCorrectRU},
	},
	{
		ConfigMissingKey,
		text{"The key {key} is missing; it has no default.", configNothingDoneEN, "Add it; config.example.yaml shows how."},
		text{"Не хватает ключа {key}; значения по умолчанию у него нет.", configNothingDoneRU, "Добавьте его; образец — в config.example.yaml."},
	},
	{
		ConfigLiteralSecret,
		text{"A secret must not stand in the configuration itself.", configNothingDoneEN, "Put it into a file or a variable and refer to it: {credential: NAME}, {env: NAME} or {file: PATH}; treat the one written here as leaked and replace it."},
		text{"Секрет нельзя писать прямо в настройках.", configNothingDoneRU, "Поместите его в файл или переменную и сошлитесь: {credential: NAME}, {env: NAME} или {file: PATH}; записанный здесь считайте раскрытым и замените."},
	},
	{
		ConfigSecretEmpty,
		text{"The secret {ref} is empty.", configNothingDoneEN, "Write the value into it; a line end after it does no harm."},
		text{"Секрет {ref} пуст.", configNothingDoneRU, "Запишите в него значение; перевод строки в конце не мешает."},
	},
	{
		ConfigSecretMissing,
		text{"The secret {ref} is not there; looked at {places}: {cause}.", configNothingDoneEN, "Create it, or correct the reference."},
		text{"Секрет {ref} не найден; где искали: {places} ({cause}).", configNothingDoneRU, "Создайте его или исправьте ссылку."},
	},
	{
		ConfigBadReference,
		text{"{value} is not defined under `{section}`.", configNothingDoneEN, "Defined there: {known}."},
		text{"{value} не описан в разделе `{section}`.", configNothingDoneRU, "Там описаны: {known}."},
	},
	{
		ConfigAfterCycle,
		text{"The jobs wait for each other in a circle: {jobs}.", configNothingDoneEN, "Remove one of these `after`."},
		text{"Задания ждут друг друга по кругу: {jobs}.", configNothingDoneRU, "Уберите одно из этих `after`."},
	},
	{
		ConfigSameTarget,
		text{"The jobs {job} and {other} write the same entity to the same CRM by the same mapping: their uids would collide.", configNothingDoneEN, "Give each job a mapping of its own with a different `uid.prefix`."},
		text{"Задания {job} и {other} пишут одни и те же объекты в одну CRM по одному описанию полей: их uid столкнутся.", configNothingDoneRU, "Дайте каждому заданию своё описание полей с разным `uid.prefix`."},
	},
	{
		ConfigEmpty,
		text{"The configuration file is empty.", configNothingDoneEN, "Start from config.example.yaml."},
		text{"Файл настроек пуст.", configNothingDoneRU, "Возьмите за основу config.example.yaml."},
	},
	{
		ConfigUnknownGuard,
		text{"There is no guard named {guard}.", configNothingDoneEN, "Guards: {known}."},
		text{"Защиты с именем {guard} нет.", configNothingDoneRU, "Защиты: {known}."},
	},
	{
		ConfigOneOf,
		text{"Exactly one of {keys} must stand here.", configNothingDoneEN, configCorrectEN},
		text{"Здесь должно стоять ровно одно из: {keys}.", configNothingDoneRU, configCorrectRU},
	},
	{
		ConfigBaseURL,
		text{"The CRM lives in the root of its host: only scheme, host and port belong here.", configNothingDoneEN, "Write it like this: {example}"},
		text{"CRM живёт в корне своего адреса: здесь нужны только протокол, имя и порт.", configNothingDoneRU, "Запишите так: {example}"},
	},
	{
		ConfigPlainHTTP,
		text{"The CRM is addressed without encryption: the key and people's data can be read on the way.", "syncd goes on.", "Use https:// unless the network between is your own."},
		text{"Обращение к CRM идёт без шифрования: ключ и персональные данные можно прочитать по пути.", "Работа продолжается.", "Укажите https://, если сеть между ними не ваша."},
	},
	{
		ConfigNotText,
		text{"The file is not UTF-8 text, or is larger than {limit}.", configNothingDoneEN, "Save it as UTF-8."},
		text{"Файл не в кодировке UTF-8 или больше {limit}.", configNothingDoneRU, "Сохраните его в UTF-8."},
	},
	{
		ConfigOpenSecret,
		text{"The file of the secret {ref} can be read by every user of this machine.", "It was used all the same.", "chmod 600 {file}"},
		text{"Файл секрета {ref} доступен для чтения всем пользователям этой машины.", "Секрет всё же использован.", "chmod 600 {file}"},
	},
	{
		ConfigVersion,
		text{"The configuration is of version {value}; this syncd understands version {want}.", configNothingDoneEN, "Install a newer syncd, or write `version: {want}`."},
		text{"Настройки версии {value}; этот syncd понимает версию {want}.", configNothingDoneRU, "Установите syncd поновее или напишите `version: {want}`."},
	},
	{
		ConfigNeedsKey,
		text{"The key {key} only makes sense together with {other}.", configNothingDoneEN, configCorrectEN},
		text{"Ключ {key} имеет смысл только вместе с {other}.", configNothingDoneRU, configCorrectRU},
	},
	{
		ConfigAbsenceUnsafe,
		text{"{value} needs a source that proves it is complete: a full snapshot with `complete`.", configNothingDoneEN, "Add `complete` to the source {source}, or write `keep`."},
		text{"Для {value} источник должен доказывать свою полноту: полная выгрузка и `complete`.", configNothingDoneRU, "Добавьте `complete` источнику {source} или напишите `keep`."},
	},
	{
		ConfigNoState,
		text{"No place is given for the state database.", configNothingDoneEN, "Add `state: PATH`; under systemd StateDirectory= gives it."},
		text{"Не указано место для базы состояния.", configNothingDoneRU, "Добавьте `state: ПУТЬ`; под systemd его задаёт StateDirectory=."},
	},
	{
		ConfigNoWriteBack,
		text{"{value} takes changes from the CRM, and the job {job} has no `write_back`.", configNothingDoneEN, "Add `write_back` to the job (config.example.yaml shows how), or write `direction: push`."},
		text{"Для {value} изменения CRM нужно куда-то передавать, а у задания {job} нет `write_back`.", configNothingDoneRU, "Добавьте заданию `write_back` (как — показано в config.example.yaml) или напишите `direction: push`."},
	},
	{
		ConfigExportNeeds,
		text{"{value} works only with `direction: both` or `pull`.", configNothingDoneEN, configCorrectEN},
		text{"{value} работает только с `direction: both` или `pull`.", configNothingDoneRU, configCorrectRU},
	},
	{
		ConfigListenOpen,
		text{"At {value} other machines could reach health and metrics, which ask for no password.", configNothingDoneEN, "Write 127.0.0.1:{port}; from another machine use a reverse proxy that asks for a password, or: ssh -L {port}:127.0.0.1:{port} SERVER"},
		text{"По адресу {value} проверка работы и метрики открыты другим машинам, а пароля они не спрашивают.", configNothingDoneRU, "Напишите 127.0.0.1:{port}; с другой машины — через обратный прокси с паролем или так: ssh -L {port}:127.0.0.1:{port} СЕРВЕР"},
	},
	{
		ConfigNoChannel,
		text{"`notify` names no way to tell anybody.", configNothingDoneEN, "Add `mail`, `webhook` or `telegram` (config.example.yaml shows how), or take `notify` out."},
		text{"В `notify` не сказано, как сообщать.", configNothingDoneRU, "Добавьте `mail`, `webhook` или `telegram` (как — показано в config.example.yaml) или уберите `notify`."},
	},
	{
		ConfigPlainSecret,
		text{"What stands here looks like a secret (a key, a token or a password).", "syncd goes on.", "Put the whole value into a file or a variable and refer to it: {credential: NAME}, {env: NAME} or {file: PATH}"},
		text{"Похоже, здесь записан секрет (ключ, токен или пароль).", "Работа продолжается.", "Поместите всё значение в файл или переменную и сошлитесь: {credential: NAME}, {env: NAME} или {file: PATH}"},
	},
	{
		ConfigPlainNotice,
		text{"Notifications go to this address without encryption: they can be read on the way.", "syncd goes on.", "Use https:// unless the network between is your own."},
		text{"Уведомления на этот адрес идут без шифрования: их можно прочитать по пути.", "Работа продолжается.", "Укажите https://, если сеть между ними не ваша."},
	},
	{
		ConfigJitterWide,
		text{"The jitter of {jitter} is longer than the time between two runs of the schedule ({interval}): some runs would be skipped.", "syncd goes on.", "Make the jitter shorter than {interval}."},
		text{"Разброс {jitter} больше промежутка между запусками по расписанию ({interval}): часть запусков будет пропущена.", "Работа продолжается.", "Сделайте разброс меньше {interval}."},
	},
	{
		ConfigNeedsRestart,
		text{"The new configuration changes `{key}`, and a running service cannot.", "The service goes on with the configuration that it had.", "systemctl restart syncd"},
		text{"В новых настройках изменён ключ `{key}`, а на ходу сменить его нельзя.", "Служба продолжает работать с прежними настройками.", "systemctl restart syncd"},
	},
	{
		ConfigBackupInState,
		text{"The copies would lie in {dir}, the folder of the state itself: whoever loses one loses the other.", configNothingDoneEN, "Name a folder of their own for `backup.dir`, on another disk if there is one."},
		text{"Копии попали бы в {dir} — в папку самой базы состояния: потеряв её, потеряете и копии.", configNothingDoneRU, "Укажите в `backup.dir` отдельную папку, лучше на другом диске."},
	},
	{
		ConfigBadURL,
		text{"This is no address that can be called: http:// or https:// with a host is needed.", configNothingDoneEN, "Write it like this: {example}"},
		text{"Это не адрес: нужен http:// или https:// и имя узла.", configNothingDoneRU, "Запишите так: {example}"},
	},
	{
		ConfigNoReading,
		text{"The folder {dir} ({key}) cannot be read by the user {user}: {cause}.", "Nothing was changed.", "Make it readable for the user of the service; what is mounted must be mounted before the service starts (RequiresMountsFor={dir} in: systemctl edit syncd)."},
		text{"Папка {dir} ({key}) не читается пользователем {user}: {cause}.", "Ничего не изменено.", "Дайте пользователю службы право чтения; сетевая папка должна быть подключена до запуска службы (RequiresMountsFor={dir} в systemctl edit syncd)."},
	},
	{
		ConfigNoWriting,
		text{"The folder {dir} ({key}) cannot be written by the user {user}: {cause}.", "Nothing was changed.", "Make it for the user of the service: install -d -o syncd -g syncd -m 700 {dir}; outside its own folders the service needs ReadWritePaths={dir} too (systemctl edit syncd)."},
		text{"В папку {dir} ({key}) пользователь {user} не может писать: {cause}.", "Ничего не изменено.", "Создайте её для пользователя службы: install -d -o syncd -g syncd -m 700 {dir}; вне своих папок службе нужно ещё ReadWritePaths={dir} (systemctl edit syncd)."},
	},
	{
		ConfigListenTaken,
		text{"The address {listen} (`listen`) cannot be used: {cause}.", "Nothing was changed.", "Who has it: ss -ltnp 'sport = :{port}'; free it, or write another port."},
		text{"Адрес {listen} (`listen`) занять не удалось: {cause}.", "Ничего не изменено.", "Кто его занял: ss -ltnp 'sport = :{port}'; освободите его или укажите другой порт."},
	},
	{
		ConfigKeyInURL,
		text{"{value} sends the key and people's data in the address of each request, which the web server and whatever lies between write into their logs.", "syncd goes on.", "Say post where it is let through; else keep those logs as you keep the key."},
		text{"{value} передаёт ключ и персональные данные в адресе каждого запроса, а его пишут в свои журналы веб-сервер и всё, что по пути.", "Работа продолжается.", "Если post проходит, укажите его; иначе берегите эти журналы, как сам ключ."},
	},
}
