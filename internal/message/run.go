package message

// Runs, 08xx.
const (
	RunLawBroken     Code = "SYNC-0805"
	RunFailed        Code = "SYNC-0807"
	RunPlanned       Code = "SYNC-0809"
	RunChecked       Code = "SYNC-0812"
	PlanWritten      Code = "SYNC-0813"
	PlanUnreadable   Code = "SYNC-0814"
	PlanOtherJob     Code = "SYNC-0815"
	PlanOtherMapping Code = "SYNC-0816"
	PlanMoved        Code = "SYNC-0817"
	PlanReplayed     Code = "SYNC-0818"
	RunWaiting       Code = "SYNC-0819"
	RunAsked         Code = "SYNC-0820"
	RunNobodyAsked   Code = "SYNC-0821"
	RunPartLeftOut   Code = "SYNC-0822"
)

var runEntries = []entry{
	{
		RunLawBroken,
		text{"{job}: the count does not add up: {cause}. This is an error of syncd.", "The run counts as failed; bases of records without an outcome were kept.", "Please report it with: syncd runs --json"},
		text{"{job}: не сходится счёт: {cause}. Это ошибка syncd.", "Запуск считается неудачным; базы записей без исхода сохранены прежними.", "Сообщите нам, приложив: syncd runs --json"},
	},
	{
		RunFailed,
		text{"{job}: failed: {cause}.", "What the CRM confirmed is kept; the next run settles the rest.", "Details: syncd runs; again: syncd run {job}"},
		text{"{job}: не удалось: {cause}.", "Подтверждённое CRM сохранено; остальное доведёт следующий запуск.", "Подробнее: syncd runs; повторить: syncd run {job}"},
	},
	{
		RunPlanned,
		text{"{job}: {creates} to add, {merges} to merge, {updates} to change, {backs} to write back, {deletes} to delete{follow}, {held} held, {rejected} rejected, {unchanged} unchanged.", "Nothing was sent: this is only the plan.", "Carry it out: syncd run {job}"},
		text{"{job}: добавить {creates}, связать {merges}, изменить {updates}, передать обратно {backs}, удалить {deletes}{follow}, ждут решения {held}, отклонено {rejected}, без изменений {unchanged}.", "Ничего не отправлено: это только план.", "Выполнить: syncd run {job}"},
	},
	{
		RunChecked,
		text{"{job}: configuration, mapping and export fit together.", "Nothing was sent.", "Next: {command}"},
		text{"{job}: настройки, описание полей и выгрузка подходят друг к другу.", "Ничего не отправлено.", "Дальше: {command}"},
	},
	{
		PlanWritten,
		text{"{job}: the plan is in {file}: {ops|write|writes}.", "Nothing was sent. The file holds personal data.", "Carry out exactly this: syncd run {job} --plan {file}"},
		text{"{job}: план записан в {file}, действий в нём: {ops}.", "Ничего не отправлено. В файле персональные данные.", "Выполнить именно его: syncd run {job} --plan {file}"},
	},
	{
		PlanUnreadable,
		text{"The plan {file} cannot be used: {cause}.", "Nothing was read or sent.", "Make it again: syncd plan --out {file}"},
		text{"План {file} не годится: {cause}.", "Ничего не прочитано и не отправлено.", "Составьте его заново: syncd plan --out {file}"},
	},
	{
		PlanOtherJob,
		text{"The plan {file} is of the job {job}, not of {other}.", "Nothing was read or sent.", "syncd run {job} --plan {file}"},
		text{"План {file} составлен для задания {job}, а не {other}.", "Ничего не прочитано и не отправлено.", "syncd run {job} --plan {file}"},
	},
	{
		PlanOtherMapping,
		text{"The mapping of {job} was changed after the plan {file} was made.", "Nothing was read or sent.", "Make it again: syncd plan {job} --out {file}"},
		text{"Описание полей задания {job} изменили после того, как составили план {file}.", "Ничего не прочитано и не отправлено.", "Составьте его заново: syncd plan {job} --out {file}"},
	},
	{
		PlanMoved,
		text{"{job}: of the plan's records, {moved} would come to something else by now; {unplanned} are not in the plan.", "None of these was written.", "See what is left: syncd plan {job}"},
		text{"{job}: записей плана, которые с тех пор изменились: {moved}; записей, которых в плане нет: {unplanned}.", "Ни одна из них не записана.", "Что осталось: syncd plan {job}"},
	},
	{
		PlanReplayed,
		text{"{job}: this is what the mapping {mapping} would make of the last export, the CRM taken to be as it was settled.", "The CRM was not asked, nothing was stored.", "If it is as it should be, name it in the configuration and type: syncd plan {job}"},
		text{"{job}: вот что описание полей {mapping} сделало бы из последней выгрузки, если в CRM всё как при прошлом согласовании.", "CRM не спрашивали, ничего не сохранено.", "Если всё верно, укажите его в настройках и наберите: syncd plan {job}"},
	},
	{
		RunWaiting,
		text{"Another run (process {pid}) is at work.", "This one waits for it to end, up to {wait}.", "What it does: syncd status"},
		text{"Идёт другой запуск (процесс {pid}).", "Этот дождётся его окончания, но не дольше {wait}.", "Чем он занят: syncd status"},
	},
	{
		RunAsked,
		text{"{job}: the service was asked to run it.", "It begins within seconds, or after the run that is on.", "How it goes: syncd status {job}"},
		text{"{job}: службу попросили запустить задание.", "Она начнёт через несколько секунд или после идущего запуска.", "Как идёт: syncd status {job}"},
	},
	{
		RunNobodyAsked,
		text{"No service works here that could be asked.", "Nothing was asked or run.", "Run it now: syncd run {job}; or start the service: systemctl start syncd"},
		text{"Попросить некого: служба не работает.", "Просьба не принята, ничего не запущено.", "Запустить сейчас: syncd run {job}; включить службу: systemctl start syncd"},
	},
	{
		RunPartLeftOut,
		text{"{job}: {before} goes before it, and did not run through.", "It was not run; nothing of it was read or sent.", "Once {before} runs again it follows by itself; alone: syncd run {job}"},
		text{"{job}: перед ним идёт {before}, а оно не выполнено.", "Не запускалось: ничего не прочитано и не отправлено.", "Пойдёт само, как только {before} снова заработает; отдельно: syncd run {job}"},
	},
}
