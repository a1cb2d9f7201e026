package schema

// configTexts describes the keys of the configuration, by type and key. A test
// holds that every key stands here, and no other.
var configTexts = map[string]phrase{
	"Config.version":      {"The version of this file's form: 1.", "Версия формата этого файла: 1."},
	"Config.state":        {"The state database. Default: $STATE_DIRECTORY/state.db, which systemd sets.", "База состояния. По умолчанию $STATE_DIRECTORY/state.db (задаёт systemd)."},
	"Config.timezone":     {"For schedules, and for dates without a zone. Default: the machine's.", "Для расписаний и дат без пояса. По умолчанию — пояс машины."},
	"Config.lang":         {"The language of messages and help. Default: what LANG says.", "Язык сообщений и справки. По умолчанию — как в LANG."},
	"Config.log":          {"What is logged, and how.", "Что и как писать в журнал."},
	"Config.listen":       {"Address of health and metrics, on this machine only; \"\" switches them off.", "Адрес проверки работы и метрик, только на этой машине; \"\" — выключить."},
	"Config.report":       {"A page to look at, written after each run; without it none.", "Страница для просмотра, которая пишется после каждого запуска; без этого ключа её нет."},
	"Config.backup":       {"Copies of the state by schedule; without it only by hand (`syncd state backup`).", "Копии базы состояния по расписанию; без этого — только вручную (`syncd state backup`)."},
	"Config.crm":          {"The CRMs, by names of your choice.", "Системы CRM под именами на ваш выбор."},
	"Config.sources":      {"Where records come from, by names of your choice.", "Откуда берутся записи, под именами на ваш выбор."},
	"Config.jobs":         {"What is kept in agreement, by names of your choice.", "Что держать в согласии, под именами на ваш выбор."},
	"Config.notify":       {"Who is told when a job's state changes; without it nobody.", "Кому сообщать об изменении состояния заданий; без этого — никому."},
	"Config.stop_timeout": {"How long a stop of the service waits for the write in flight; less than TimeoutStopSec of the unit.", "Сколько остановка службы ждёт начатую запись; меньше TimeoutStopSec в юните."},
	"Config.history":      {"How long runs and the audit are kept.", "Сколько хранить запуски и журнал изменений."},

	"Backup.dir":      {"The folder of the copies; not the state's own.", "Папка копий; не та, где сама база."},
	"Backup.schedule": {"When (as schedule of a job); \"\" only by hand.", "Когда (как schedule задания); \"\" — только вручную."},
	"Backup.keep":     {"How many copies stay; older ones are removed.", "Сколько копий хранить; более старые удаляются."},

	"Log.level":  {"The least important messages that are logged.", "Начиная с какой важности писать в журнал."},
	"Log.format": {"auto: readable on a terminal, JSON otherwise.", "auto: на терминале — для чтения, иначе JSON."},

	"CRM.dialect":  {"The version of the CRM's API in which clients are spoken of: v3, or v1 of older servers, which cannot do everything: syncd check --online tells what.", "Версия API, через которую идут клиенты: v3 или v1 старых серверов, где возможно не всё: что именно, скажет syncd check --online."},
	"CRM.method":   {"Of requests to API v1. get puts the key into the address, where web servers log it: only where post is not let through.", "Способ запросов к API v1. get кладёт ключ в адрес, который попадает в журналы веб-серверов: только если post не проходит."},
	"CRM.base_url": {"The root of the CRM's host.", "Корень адреса CRM."},
	"CRM.login":    {"The login of a leader or an administrator: it must see every client.", "Логин руководителя или администратора: он должен видеть всех клиентов."},
	"CRM.sees_all": {"Of dialect v1, which cannot be asked: your word that the login sees every client. Without it nothing is ever taken for gone, and adds in doubt stay in doubt. If it is not so, clients are doubled.", "Для dialect: v1, где этого не спросить: ваше слово, что логин видит всех клиентов. Без него ничто не считается удалённым, а сомнительные добавления остаются под вопросом. Если это не так, клиенты задвоятся."},
	"CRM.apikey":   {"The API key, by reference.", "Ключ API — ссылкой."},
	"CRM.tls":      {"What is special about the CRM's certificate.", "Особенности сертификата CRM."},
	"CRM.timezone": {"The account's zone. Default: the configuration's.", "Часовой пояс аккаунта. По умолчанию — общий из настроек."},
	"CRM.timeout":  {"Of a request; a write gets 6 s more for each record.", "На запрос; запись получает ещё по 6 с на каждую карточку."},
	"CRM.rate":     {"Requests a second, or off.", "Запросов в секунду, или off."},
	"CRM.batch":    {"Records in one request, at most 200.", "Карточек в одном запросе, не больше 200."},
	"CRM.settle":   {"How long a lost write may still arrive.", "Сколько времени потерянная запись ещё может дойти."},

	"CRM.deals": {"The API that carries deals; without it it is found out: v1 where v3 knows none.", "Какой API работает со сделками; без этого определяется сам: v1, если v3 их не знает."},

	"TLS.ca_file": {"The issuer's certificate, if the system does not know it.", "Сертификат издателя, если система его не знает."},

	"Source.csv": {"A file, or several by a pattern.", "Файл, или несколько по шаблону."},
	"Source.sql": {"A query to a database.", "Запрос к базе данных."},

	"CSV.path":            {"A file, or a pattern (inbox/clients_*.csv): files in name order, each read once.", "Файл или шаблон (inbox/clients_*.csv): файлы по порядку имён, каждый читается один раз."},
	"CSV.snapshot":        {"full: every record is in it; delta: only changed ones. No default.", "full: в файле все записи; delta: только изменённые. Умолчания нет."},
	"CSV.encoding":        {"auto finds it out.", "auto: определить самому."},
	"CSV.delimiter":       {"The character between cells; auto finds it out.", "Знак между ячейками; auto: определить самому."},
	"CSV.header":          {"auto: found, also below title lines; none: the file has none (say columns); or the line's number.", "auto: найти, в том числе под строками заголовка отчёта; none: нет (перечислите columns); или номер строки."},
	"CSV.columns":         {"The columns' names, with header: none.", "Имена колонок при header: none."},
	"CSV.overflow_column": {"Takes what unquoted delimiters spill over; without it such rows are rejected.", "Принимает лишнее из-за разделителей без кавычек; без этого ключа такие строки отклоняются."},
	"CSV.final_newline":   {"required: a last line without its end is taken for cut off.", "required: последняя строка без перевода строки считается оборванной."},
	"CSV.settle":          {"A file that changed within this time is still being written.", "Файл, изменявшийся за это время, ещё пишется."},
	"CSV.after":           {"What becomes of a file that was read. keep where another job or a part of this one reads it too.", "Что делать с прочитанным файлом. keep, если его читает ещё одно задание или часть этого."},
	"CSV.complete":        {"The proof that the file is whole; absence needs it.", "Доказательство, что файл целый; без него отсутствие записи ничего не значит."},
	"CSV.limits":          {"How much may be read.", "Сколько можно прочитать."},

	"Complete.trailer":    {"The last line, {rows} standing for the number of rows.", "Последняя строка; {rows} — число строк."},
	"Complete.manifest":   {"A file .manifest beside it, with size and number of rows.", "Рядом файл .manifest с размером и числом строк."},
	"Complete.ready_file": {"An empty file .ready beside it, written last.", "Рядом пустой файл .ready, записанный последним."},

	"Limits.cell": {"Bytes of a cell.", "Байт в ячейке."},
	"Limits.row":  {"Bytes of a row.", "Байт в строке."},
	"Limits.file": {"Bytes of the file.", "Байт в файле."},

	"SQL.driver":      {"The kind of database.", "Вид базы данных."},
	"SQL.dsn":         {"How to connect, by reference: it holds a password.", "Строка подключения — ссылкой: в ней пароль."},
	"SQL.query":       {"The query; its columns are the columns of the mapping. {cursor} stands for where the last delta ended.", "Запрос; его колонки — колонки описания полей. {cursor} — место, где кончилась прошлая delta."},
	"SQL.snapshot":    {"full: every record comes; delta: only those above the cursor. No default.", "full: приходят все записи; delta: только новее курсора. Умолчания нет."},
	"SQL.cursor":      {"The column by which a delta goes on.", "Колонка, по которой продолжается delta."},
	"SQL.overlap":     {"How far before its end the next delta begins: a time for times, a number for numbers.", "Насколько раньше конца начинается следующая delta: для времени — срок, для чисел — число."},
	"SQL.year_offset": {"Years that 1C adds to its dates in the database: 2000 on SQL Server.", "Сколько лет 1С прибавляет к датам в базе: на SQL Server — 2000."},
	"SQL.timeout":     {"Of one reading.", "На одно чтение."},

	"Job.entity":          {"What the records are.", "Что это за записи."},
	"Job.crm":             {"A name under crm.", "Имя из раздела crm."},
	"Job.source":          {"A name under sources.", "Имя из раздела sources."},
	"Job.mapping":         {"Columns of the export → fields of the CRM.", "Колонки выгрузки → поля CRM."},
	"Job.direction":       {"push: from the source to the CRM; pull: back; both.", "push: из источника в CRM; pull: обратно; both: в обе стороны."},
	"Job.after":           {"Jobs that must go first.", "Задания, которые идут раньше."},
	"Job.schedule":        {"minute hour day month weekday, @daily or @every 10m; without it only by hand.", "минута час день месяц день-недели, @daily или @every 10m; без этого — только вручную."},
	"Job.jitter":          {"A scheduled run begins up to this much later, so that several servers do not ask at once; less than 1h.", "Запуск по расписанию начинается позже на случайное время до этого: чтобы серверы не обращались разом; меньше 1h."},
	"Job.watch":           {"How often to look whether a new export has arrived, which starts a run; only for a CSV source. Without it: by schedule.", "Как часто смотреть, не пришла ли новая выгрузка: она запускает задание; только для источника CSV. Без этого — по расписанию."},
	"Job.crm_full_scan":   {"When the CRM is read whole (as schedule): shows what its change filter does not.", "Когда читать CRM целиком (как schedule): видно то, чего не показывает её отбор изменений."},
	"Job.expect_by":       {"No fresh export by then is an alert: a time, and days of the week as in cron (09:00 1-5).", "Нет свежей выгрузки к этому часу — тревога: время и дни недели, как в cron (09:00 1-5)."},
	"Job.conflicts":       {"The same field changed on both sides: who wins; hold asks a person.", "Одно поле изменили с обеих сторон: чьё берём; hold — спросить человека."},
	"Job.match":           {"What links a record to a client that the CRM has already.", "По чему связывать запись с клиентом, который уже есть в CRM."},
	"Job.suspect":         {"What makes an add doubtful: such records wait for a person.", "Что делает добавление сомнительным: такие записи ждут человека."},
	"Job.on_match":        {"At the first meeting, where both are filled and differ: crm keeps what people entered.", "При первой встрече, где заполнены обе стороны и они разные: crm — остаётся введённое людьми."},
	"Job.on_absent":       {"A record left the export. Anything but keep needs a source with complete.", "Запись исчезла из выгрузки. Всё, кроме keep, требует источника с complete."},
	"Job.on_crm_absent":   {"A client left the CRM.", "Клиент исчез из CRM."},
	"Job.on_out_of_scope": {"A record was left out by where or skip of the mapping.", "Запись больше не проходит where или skip описания полей."},
	"Job.on_crm_new":      {"A client was born in the CRM.", "Клиент заведён в CRM."},
	"Job.export_on_link":  {"At the first meeting, offer the accounting system what only the CRM has.", "При первой встрече предложить учётной системе то, что есть только в CRM."},
	"Job.guards":          {"Limits that stop the job before anything is sent: a number, a share or off.", "Пределы, которые останавливают задание до отправки: число, доля или off."},
	"Job.write_back":      {"Where the CRM's changes go.", "Куда уходят изменения из CRM."},
	"Job.parts":           {"What differs in the parts of the job (invoices, payments, contacts), which run after it.", "Что иначе в частях задания (счета, оплаты, контакты): они выполняются после него."},

	"Parts.invoices": {"The invoices of a deal job: JOB.invoices.", "Счета задания со сделками: ЗАДАНИЕ.invoices."},
	"Parts.payments": {"The payments of a deal job: JOB.payments.", "Оплаты задания со сделками: ЗАДАНИЕ.payments."},
	"Parts.contacts": {"The contacts of a client job: JOB.contacts.", "Контакты задания с клиентами: ЗАДАНИЕ.contacts."},

	"Part.write_back": {"Where the CRM's changes go; without it files go where those of the job go, and a table gets none.", "Куда уходят изменения из CRM; без этого файлы — туда же, куда у задания, а в таблицу — ничего."},
	"Part.on_crm_new": {"A record was born in the CRM; without it as in the job.", "Запись заведена в CRM; без этого — как у задания."},
	"Part.guards":     {"Limits that stop the part before anything is sent: a number, a share or off.", "Пределы, которые останавливают часть до отправки: число, доля или off."},
	"Part.on_absent":  {"A record left the export: keep; without it a payment waits for a person. Contacts may be deleted.", "Запись исчезла из выгрузки: keep; без этого оплата ждёт человека. Контакты можно удалять."},
	"Part.conflicts":  {"The same field changed on both sides: who wins; without it as in the job.", "Одно поле изменили с обеих сторон: чьё берём; без этого — как у задания."},
	"Part.expect_by":  {"No fresh export of the part by then is an alert.", "Нет свежей выгрузки этой части к этому часу — тревога."},

	"WriteBack.csv": {"A folder of files for the accounting system.", "Папка с файлами для учётной системы."},
	"WriteBack.sql": {"A table.", "Таблица."},

	"CSVSink.dir":           {"The folder; it must be there already.", "Папка; она уже должна быть."},
	"CSVSink.encoding":      {"Of the files.", "Кодировка файлов."},
	"CSVSink.delimiter":     {"The character between cells.", "Знак между ячейками."},
	"CSVSink.formula_guard": {"An apostrophe before what a spreadsheet would run as a formula; for files that people open.", "Апостроф перед тем, что электронная таблица приняла бы за формулу; для файлов, которые открывают люди."},
	"CSVSink.confirm":       {"A change that no export shows by then is held as not-taken.", "Изменение, которого к этому сроку нет в выгрузке, ждёт решения (not-taken)."},

	"SQLSink.driver":     {"The kind of database; sqlserver is for reading only.", "Вид базы данных; sqlserver — только для чтения."},
	"SQLSink.dsn":        {"How to connect, by reference: it holds a password.", "Строка подключения — ссылкой: в ней пароль."},
	"SQLSink.table":      {"The table; `syncd schema --sql` prints the statement that makes it.", "Таблица; оператор, который её создаёт, печатает `syncd schema --sql`."},
	"SQLSink.key":        {"The column of the source's key; it must be unique.", "Колонка ключа из источника; значения в ней должны быть уникальны."},
	"SQLSink.clid":       {"The column of the CRM's id: clients born in the CRM have no key yet and are found by it.", "Колонка кода из CRM: по нему находят клиентов, заведённых в CRM, пока у них нет ключа."},
	"SQLSink.same_table": {"The job's source reads this very table: what is written counts as taken at once.", "Источник задания читает эту же таблицу: записанное сразу считается принятым."},
	"SQLSink.confirm":    {"A change that no reading of the source shows by then is held as not-taken.", "Изменение, которого к этому сроку нет в источнике, ждёт решения (not-taken)."},

	"Notify.on":       {"What is told.", "О чём сообщать."},
	"Notify.mail":     {"By mail.", "Почтой."},
	"Notify.webhook":  {"By an HTTP request with JSON.", "HTTP-запросом с JSON."},
	"Notify.telegram": {"By a Telegram bot.", "Ботом Telegram."},
	"Notify.digest":   {"When a summary is sent (as schedule of a job), whatever the state; without it never.", "Когда присылать сводку (как schedule задания), что бы ни происходило; без этого — никогда."},

	"Webhook.url":     {"The address; by reference where it holds a token.", "Адрес; ссылкой, если в нём есть токен."},
	"Webhook.headers": {"Headers of the request; secrets by reference.", "Заголовки запроса; секреты — ссылками."},

	"Telegram.token": {"The bot's token, by reference.", "Токен бота — ссылкой."},
	"Telegram.chat":  {"The chat's number (a group's is negative), or @name of a channel.", "Номер чата (у группы он отрицательный) или @имя канала."},
	"Telegram.url":   {"The server of the bots' API, if it is your own.", "Сервер API ботов, если он свой."},

	"Mail.smtp":     {"The mail server, host:port.", "Почтовый сервер, имя:порт."},
	"Mail.from":     {"The sender.", "Отправитель."},
	"Mail.to":       {"The recipients.", "Получатели."},
	"Mail.user":     {"The login at the mail server.", "Логин на почтовом сервере."},
	"Mail.password": {"Its password, by reference.", "Его пароль — ссылкой."},
}

// guardTexts describes the guards.
var guardTexts = map[string]phrase{
	"min_rows":   {"Fewer rows in a full export stop the job (default 1).", "Меньше строк в полной выгрузке — стоп (по умолчанию 1)."},
	"max_shrink": {"More rows gone since the last export stop it (default 20%).", "Больше строк пропало с прошлой выгрузки — стоп (по умолчанию 20%)."},
	"max_reject": {"More rows rejected stop it (default 20%, from 50 rows on).", "Больше строк отклонено — стоп (по умолчанию 20%, от 50 строк)."},
	"max_create": {"More clients added stop it (default 50 on the first run to a CRM that has 50 or more without a uid; later off).", "Больше клиентов добавляется — стоп (по умолчанию 50 при первом запуске в CRM, где от 50 клиентов без uid; потом off)."},
	"max_update": {"More clients changed stop it (default 30%, at least 50).", "Больше клиентов меняется — стоп (по умолчанию 30%, но не меньше 50)."},
	"max_clear":  {"More fields emptied stop it (default 5%, at least 10).", "Больше полей очищается — стоп (по умолчанию 5%, но не меньше 10)."},
	"max_delete": {"More clients deleted stop it (default 10%, at least 3, at most 50).", "Больше клиентов удаляется — стоп (по умолчанию 10%, от 3 до 50)."},
}

// secretTexts describes the ways to refer to a secret.
var secretTexts = map[string]phrase{
	"credential": {"A file in $CREDENTIALS_DIRECTORY, else in /etc/syncd/credentials.", "Файл в $CREDENTIALS_DIRECTORY, иначе в /etc/syncd/credentials."},
	"env":        {"An environment variable.", "Переменная окружения."},
	"file":       {"A file.", "Файл."},
}
