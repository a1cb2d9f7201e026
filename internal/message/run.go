package message

// Runs, 08xx.
const (
	RunDone          Code = "SYNC-0801"
	RunNoChange      Code = "SYNC-0802"
	RunPartial       Code = "SYNC-0803"
	RunInterrupted   Code = "SYNC-0804"
	RunLawBroken     Code = "SYNC-0805"
	RunPlanStale     Code = "SYNC-0806"
	RunFailed        Code = "SYNC-0807"
	RunRecovered     Code = "SYNC-0808"
	RunPlanned       Code = "SYNC-0809"
	RunWaiting       Code = "SYNC-0810"
	RunStandingHeld  Code = "SYNC-0811"
	RunChecked       Code = "SYNC-0812"
	PlanWritten      Code = "SYNC-0813"
	PlanUnreadable   Code = "SYNC-0814"
	PlanOtherJob     Code = "SYNC-0815"
	PlanOtherMapping Code = "SYNC-0816"
	PlanMoved        Code = "SYNC-0817"
	PlanReplayed     Code = "SYNC-0818"
)

var runEntries = []entry{
	{
		RunDone,
		text{"{job}: done; {writes|write|writes} confirmed by the CRM.", "The state is up to date.", "See it: syncd runs"},
		text{"{job}: готово; CRM подтвердила {writes|запись|записи|записей}.", "Состояние обновлено.", "Посмотреть: syncd runs"},
	},
	{
		RunNoChange,
		text{"{job}: nothing changed.", "Nothing was written.", "See it: syncd status"},
		text{"{job}: изменений нет.", "Ничего не записано.", "Посмотреть: syncd status"},
	},
	{
		RunPartial,
		text{"{job}: done in part; new: {rejected} rejected, {held} held, {failed} failed.", "Everything else went through.", "See them: syncd rejects {job}; syncd holds"},
		text{"{job}: выполнено не полностью; новое: отклонено {rejected}, ждёт решения {held}, не удалось {failed}.", "Всё остальное прошло.", "Посмотреть: syncd rejects {job}; syncd holds"},
	},
	{
		RunInterrupted,
		text{"{job}: interrupted.", "What the CRM confirmed is kept; the next run settles the rest.", "Go on: syncd run {job}"},
		text{"{job}: прервано.", "Подтверждённое CRM сохранено; остальное доведёт следующий запуск.", "Продолжить: syncd run {job}"},
	},
	{
		RunLawBroken,
		text{"{job}: the count does not add up: {cause}. This is an error of syncd.", "The run counts as failed; bases of records without an outcome were kept.", "Please report it with: syncd runs --json"},
		text{"{job}: не сходится счёт: {cause}. Это ошибка syncd.", "Запуск считается неудачным; базы записей без исхода сохранены прежними.", "Сообщите нам, приложив: syncd runs --json"},
	},
	{
		RunPlanStale,
		text{"{job}: {records|record|records} of the plan changed since it was made.", "They were left out; the rest of the plan was carried out.", "Make a new plan: syncd plan {job} --out FILE"},
		text{"{job}: после составления плана изменилось: {records|запись|записи|записей}.", "Они пропущены, остальное по плану выполнено.", "Составьте новый план: syncd plan {job} --out ФАЙЛ"},
	},
	{
		RunFailed,
		text{"{job}: failed: {cause}.", "What the CRM confirmed is kept; the next run settles the rest.", "Details: syncd runs; again: syncd run {job}"},
		text{"{job}: не удалось: {cause}.", "Подтверждённое CRM сохранено; остальное доведёт следующий запуск.", "Подробнее: syncd runs; повторить: syncd run {job}"},
	},
	{
		RunRecovered,
		text{"{job}: the last run was cut off; {records|write|writes} had no known outcome.", "Each was looked up in the CRM before anything new was sent.", "See it: syncd runs"},
		text{"{job}: прошлый запуск оборвался; без известного исхода осталось: {records|запись|записи|записей}.", "Прежде чем отправлять новое, каждую нашли в CRM.", "Посмотреть: syncd runs"},
	},
	{
		RunPlanned,
		text{"{job}: {creates} to add, {merges} to merge, {updates} to change, {backs} to write back, {deletes} to delete, {held} held, {rejected} rejected, {unchanged} unchanged.", "Nothing was sent: this is only the plan.", "Carry it out: syncd run {job}"},
		text{"{job}: добавить {creates}, связать {merges}, изменить {updates}, передать обратно {backs}, удалить {deletes}, ждут решения {held}, отклонено {rejected}, без изменений {unchanged}.", "Ничего не отправлено: это только план.", "Выполнить: syncd run {job}"},
	},
	{
		RunWaiting,
		text{"Another run (process {pid}) is at work.", "This one waits for its turn.", "To stop waiting, press Ctrl-C."},
		text{"Идёт другой запуск (процесс {pid}).", "Этот ждёт своей очереди.", "Чтобы не ждать, нажмите Ctrl-C."},
	},
	{
		RunStandingHeld,
		text{"{job}: {held|record|records} from earlier runs still wait for a decision.", "They were left as they are.", "See them: syncd holds"},
		text{"{job}: с прошлых запусков решения ждёт {held|запись|записи|записей}.", "Их не трогали.", "Посмотреть: syncd holds"},
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
}
