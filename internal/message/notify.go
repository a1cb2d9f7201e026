package message

// Notifications, 14xx.
const (
	NotifyFailing   Code = "SYNC-1401"
	NotifyInDoubt   Code = "SYNC-1402"
	NotifyHolds     Code = "SYNC-1403"
	NotifyLate      Code = "SYNC-1404"
	NotifyBackup    Code = "SYNC-1405"
	NotifyUpkeep    Code = "SYNC-1406"
	NotifyRecovered Code = "SYNC-1407"
	NotifyTest      Code = "SYNC-1408"
	NotifyUnsent    Code = "SYNC-1409"
	NotifyPart      Code = "SYNC-1410"
	NotifyNobody    Code = "SYNC-1411"
	NotifyBusy      Code = "SYNC-1412"
)

var notifyEntries = []entry{
	{
		NotifyFailing,
		text{"Runs fail since {since}: {jobs}.", "What the CRM confirmed is kept; the next run tries again.", "See: syncd status"},
		text{"Запуски не удаются с {since}: {jobs}.", "Подтверждённое CRM сохранено; следующий запуск попробует снова.", "Подробнее: syncd status"},
	},
	{
		NotifyInDoubt,
		text{"{job}: it is not known for too long what became of {writes|write|writes} to the CRM, the oldest of {since}.", "They are not sent again before the CRM shows it.", "Look again: syncd run {job}; if it stays so: syncd status {job}"},
		text{"{job}: слишком долго неизвестно, дошли ли до CRM изменения: {writes}, старейшее от {since}.", "Повторно они не отправляются, пока этого не покажет CRM.", "Проверить ещё раз: syncd run {job}; если не прошло: syncd status {job}"},
	},
	{
		NotifyHolds,
		text{"{job}: {records|record waits|records wait} for a person's decision: {reasons}.", "They stay as they are on both sides; the rest goes on.", "See which: syncd holds {job}"},
		text{"{job}: записей, ждущих решения человека: {records} ({reasons}).", "С обеих сторон они остаются как есть, остальное работает.", "Какие: syncd holds {job}"},
	},
	{
		NotifyLate,
		text{"{job}: no fresh export came by {due}; the newest is of {newest}.", "There is nothing new to carry over; the records stay as they are.", "Check the export on the accounting side; then: syncd status {job}"},
		text{"{job}: к {due} не пришла свежая выгрузка; последняя — от {newest}.", "Переносить нечего, записи остаются как есть.", "Проверьте выгрузку в учётной системе (регламентное задание, общая папка); затем: syncd status {job}"},
	},
	{
		NotifyBackup,
		text{"The state was not copied: {cause}.", "Runs go on; the last good copy is of {since}.", "Check the disk and `backup.dir`, then: syncd state backup"},
		text{"Не удалось снять копию базы состояния: {cause}.", "Запуски продолжаются; последняя удачная копия — от {since}.", "Проверьте диск и `backup.dir`, затем: syncd state backup"},
	},
	{
		NotifyUpkeep,
		text{"The daily upkeep of the state fails: {cause}.", "Runs go on, but the file may grow; it last succeeded on {since}.", "Check the free space on the disk, then: syncd state verify"},
		text{"Ежедневное обслуживание базы состояния не удаётся: {cause}.", "Запуски продолжаются, но файл может расти; последний раз удалось {since}.", "Проверьте место на диске, затем: syncd state verify"},
	},
	{
		NotifyRecovered,
		text{"{job}: {what}.", "It had been otherwise since {since}.", "Nothing need be done."},
		text{"{job}: {what}.", "Было иначе с {since}.", "Делать ничего не нужно."},
	},
	{
		NotifyTest,
		text{"This is a test of the notices of syncd on {host}.", "Nothing has happened; it shows that messages arrive here.", "Nothing need be done."},
		text{"Это проверка уведомлений syncd на {host}.", "Ничего не случилось: сообщение показывает, что уведомления сюда доходят.", "Делать ничего не нужно."},
	},
	{
		NotifyUnsent,
		text{"{channel}: the message was not sent: {cause}.", "What is due stays due and is tried again.", "Check `notify.{channel}`, then: syncd notify --test"},
		text{"{channel}: сообщение не отправлено: {cause}.", "Неотправленное не пропадает, попытка повторится.", "Проверьте `notify.{channel}`, затем: syncd notify --test"},
	},
	{
		NotifyPart,
		text{"{channel}: {refused} of {all} recipients were not reached: {cause}.", "The others have the message; it is not sent again.", "Correct `notify.{channel}.to`, then: syncd notify --test"},
		text{"{channel}: не дошло получателям: {refused} из {all}: {cause}.", "Остальные сообщение получили, повторно оно не отправляется.", "Исправьте `notify.{channel}.to`, затем: syncd notify --test"},
	},
	{
		NotifyNobody,
		text{"There is nobody to tell: the configuration has no `notify`.", "Nothing was sent.", "Add it as config.example.yaml shows, then: syncd notify --test"},
		text{"Сообщать некому: в настройках нет `notify`.", "Ничего не отправлено.", "Добавьте его по образцу config.example.yaml, затем: syncd notify --test"},
	},
	{
		NotifyBusy,
		text{"Another process is sending notices just now.", "Nothing was sent from here.", "Again, if need be: syncd notify"},
		text{"Уведомления сейчас отправляет другой процесс.", "Отсюда ничего не отправлено.", "Повторить, если нужно: syncd notify"},
	},
}
