package message

// Runs, 08xx.
const (
	RunDone         Code = "SYNC-0801"
	RunNoChange     Code = "SYNC-0802"
	RunPartial      Code = "SYNC-0803"
	RunInterrupted  Code = "SYNC-0804"
	RunLawBroken    Code = "SYNC-0805"
	RunPlanStale    Code = "SYNC-0806"
	RunFailed       Code = "SYNC-0807"
	RunRecovered    Code = "SYNC-0808"
	RunPlanned      Code = "SYNC-0809"
	RunWaiting      Code = "SYNC-0810"
	RunStandingHeld Code = "SYNC-0811"
	RunChecked      Code = "SYNC-0812"
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
}
