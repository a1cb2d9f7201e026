package message

// The service, 13xx.
const (
	ServiceTwice        Code = "SYNC-1301"
	ServiceNone         Code = "SYNC-1302"
	ServiceDeaf         Code = "SYNC-1303"
	ServiceKept         Code = "SYNC-1304"
	ServiceReloaded     Code = "SYNC-1305"
	ServiceIdle         Code = "SYNC-1306"
	ServiceCutOff       Code = "SYNC-1307"
	ServicePanic        Code = "SYNC-1308"
	ServiceStateLost    Code = "SYNC-1309"
	ServiceCannotListen Code = "SYNC-1330"
	ServiceListens      Code = "SYNC-1331"
	PageWritten         Code = "SYNC-1380"
	PageUnwritable      Code = "SYNC-1381"
	PageNowhere         Code = "SYNC-1382"
)

var serviceEntries = []entry{
	{
		ServiceTwice,
		text{"A service (process {pid}) works on the state {file} already.", "This one did not start.", "See it: systemctl status syncd; a single run: syncd run"},
		text{"На базе состояния {file} уже работает служба (процесс {pid}).", "Эта не запущена.", "Посмотреть: systemctl status syncd; разовый запуск: syncd run"},
	},
	{
		ServiceNone,
		text{"No service works on the state {file}.", "The configuration is good; nobody was asked to take it over.", "Start it: systemctl start syncd; if one runs and `state` was changed: systemctl restart syncd"},
		text{"На базе состояния {file} служба не работает.", "Настройки годны; передавать их некому.", "Запустить: systemctl start syncd; если служба работает, а `state` изменили: systemctl restart syncd"},
	},
	{
		ServiceDeaf,
		text{"The service (process {pid}) did not answer: {cause}.", "The configuration is good; whether it was taken over is not known.", "See: syncd status, journalctl -u syncd"},
		text{"Служба (процесс {pid}) не ответила: {cause}.", "Настройки годны; приняты ли они, неизвестно.", "Посмотреть: syncd status, journalctl -u syncd"},
	},
	{
		ServiceKept,
		text{"The service (process {pid}) refused the configuration: {cause}", "It goes on with the one that it had.", "Correct it, then: systemctl reload syncd"},
		text{"Служба (процесс {pid}) не приняла настройки: {cause}", "Она продолжает с прежними.", "Исправьте их, затем: systemctl reload syncd"},
	},
	{
		ServiceReloaded,
		text{"The service (process {pid}) took the configuration over.", "A run that is on ends with the old one.", "See: syncd status"},
		text{"Служба (процесс {pid}) приняла настройки.", "Идущий запуск закончится с прежними.", "Посмотреть: syncd status"},
	},
	{
		ServiceIdle,
		text{"No job has a schedule or watches for an export.", "The service runs, and starts a job only when it is asked to.", "Give a job `schedule` or `watch`; by hand: syncd run JOB --by-service"},
		text{"Ни у одного задания нет расписания и слежения за выгрузкой.", "Служба работает и запускает задания только по просьбе.", "Укажите у задания `schedule` или `watch`; вручную: syncd run ЗАДАНИЕ --by-service"},
	},
	{
		ServiceCutOff,
		text{"The run did not come to rest within {wait}.", "The service stopped all the same; the write in flight counts as in doubt, and the next run looks it up.", "Nothing need be done; `stop_timeout` says how long a stop waits."},
		text{"Запуск не завершился за {wait}.", "Служба всё равно остановлена; исход начатой записи проверит следующий запуск.", "Делать ничего не нужно; сколько ждать, задаёт `stop_timeout`."},
	},
	{
		ServicePanic,
		text{"{job}: a mistake of syncd ended the run: {cause}.", "The service lives; what was confirmed is kept, and the next run settles the rest.", "Please report it with the lines of: journalctl -u syncd"},
		text{"{job}: запуск оборвала ошибка syncd: {cause}.", "Служба работает; подтверждённое сохранено, остальное доведёт следующий запуск.", "Сообщите нам, приложив строки: journalctl -u syncd"},
	},
	{
		ServiceStateLost,
		text{"The state {file} cannot be worked with as it is open: {cause}.", "The run came to rest and the service ended (exit 1), to begin anew with what is on the disk; the service manager does that by itself.", "See the disk: dmesg, df -h; then: syncd state verify"},
		text{"С базой состояния {file} нельзя работать дальше: {cause}.", "Запуск остановлен, служба завершена (код 1), чтобы начать заново с того, что есть на диске; systemd перезапустит её сам.", "Проверьте диск: dmesg, df -h; затем: syncd state verify"},
	},
	{
		ServiceCannotListen,
		text{"The address {address} (`listen`) cannot be used: {cause}.", "Jobs run as before; there is no /healthz, /readyz or /metrics meanwhile. The address is tried again every 30 seconds.", "Find out who holds it (ss -ltnp), or choose another in `listen`, then: systemctl reload syncd"},
		text{"Занять адрес {address} (`listen`) не удалось: {cause}.", "Задания выполняются как обычно, но /healthz, /readyz и /metrics пока не отвечают. Попытка повторяется каждые 30 секунд.", "Выясните, кто занимает порт (ss -ltnp), или задайте в `listen` другой, затем: systemctl reload syncd"},
	},
	{
		ServiceListens,
		text{"The address {address} is free now.", "/healthz, /readyz and /metrics answer again.", "Nothing need be done."},
		text{"Адрес {address} освободился.", "/healthz, /readyz и /metrics снова отвечают.", "Делать ничего не нужно."},
	},
	{
		PageWritten,
		text{"The page was written: {file}.", "It holds counts and keys, no personal data.", "Open it in a browser."},
		text{"Страница записана: {file}.", "В ней счётчики и ключи, персональных данных нет.", "Откройте её в браузере."},
	},
	{
		PageUnwritable,
		text{"The page {file} (`report`) was not written: {cause}.", "The runs are not affected; an older page, if there is one, stays.", "Check the folder and its owner, then: syncd report"},
		text{"Страница {file} (`report`) не записана: {cause}.", "На запуски это не влияет; прежняя страница, если была, осталась.", "Проверьте папку и её владельца, затем: syncd report"},
	},
	{
		PageNowhere,
		text{"The configuration names no `report`.", "No page was written.", "Name a file: syncd report --out FILE; for a page after each run: report: var/report.html"},
		text{"В настройках не задан `report`.", "Страница не записана.", "Укажите файл: syncd report --out ФАЙЛ; чтобы страница обновлялась после каждого запуска: report: var/report.html"},
	},
}
