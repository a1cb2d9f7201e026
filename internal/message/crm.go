package message

// CRM, 04xx.
const (
	CRMUnreachable    Code = "SYNC-0401"
	CRMCredentials    Code = "SYNC-0402"
	CRMTLS            Code = "SYNC-0403"
	CRMNotJSON        Code = "SYNC-0404"
	CRMRedirect       Code = "SYNC-0405"
	CRMTimeout        Code = "SYNC-0406"
	CRMRefusedRecord  Code = "SYNC-0407"
	CRMInDoubt        Code = "SYNC-0408"
	CRMRole           Code = "SYNC-0409"
	CRMCanary         Code = "SYNC-0410"
	CRMPoison         Code = "SYNC-0411"
	CRMHasDeals       Code = "SYNC-0412"
	CRMMergedExisting Code = "SYNC-0413"
	CRMProtocol       Code = "SYNC-0414"
	CRMTooLarge       Code = "SYNC-0415"
	CRMMirrorOld      Code = "SYNC-0416"
	CRMRewrote        Code = "SYNC-0417"
	CRMOnline         Code = "SYNC-0418"
	CRMNotEverything  Code = "SYNC-0419"
	crmNothingLostEN       = "Nothing is lost: what was not confirmed is settled by the next run."
	crmNothingLostRU       = "Ничего не потеряно: неподтверждённое доведёт до конца следующий запуск."
)

var crmEntries = []entry{
	{
		CRMUnreachable,
		text{"The CRM {crm} at {url} cannot be reached: {cause}.", crmNothingLostEN, "Check the network and the address, then: syncd check --online"},
		text{"CRM {crm} по адресу {url} недоступна: {cause}.", crmNothingLostRU, "Проверьте сеть и адрес, затем: syncd check --online"},
	},
	{
		CRMCredentials,
		text{"The CRM {crm} refuses the login or the key.", crmNothingLostEN, "Check `crm.{crm}.login` and the key (in the CRM: Панель управления / Интеграция / API), then: syncd check --online"},
		text{"CRM {crm} не принимает логин или ключ.", crmNothingLostRU, "Проверьте `crm.{crm}.login` и ключ (в CRM: Панель управления / Интеграция / API), затем: syncd check --online"},
	},
	{
		CRMTLS,
		text{"The certificate of the CRM {crm} cannot be trusted: {cause}.", "No request was sent.", "Correct the certificate, or name the issuer's file in `crm.{crm}.tls.ca_file`."},
		text{"Сертификату CRM {crm} нельзя доверять: {cause}.", "Запросы не отправлялись.", "Исправьте сертификат или укажите файл издателя в `crm.{crm}.tls.ca_file`."},
	},
	{
		CRMNotJSON,
		text{"The CRM {crm} answered {method} with a page in place of data.", crmNothingLostEN, "Check that `crm.{crm}.base_url` is the root of the CRM, and look into the web server's error log."},
		text{"CRM {crm} ответила на {method} страницей вместо данных.", crmNothingLostRU, "Проверьте, что `crm.{crm}.base_url` — корень CRM, и посмотрите журнал ошибок веб-сервера."},
	},
	{
		CRMRedirect,
		text{"The CRM {crm} redirects to {url}; redirects are never followed, because the key would go along.", "No data was sent there.", "If that is the right address, write it into `crm.{crm}.base_url`."},
		text{"CRM {crm} перенаправляет на {url}; syncd туда не идёт, чтобы не отдать ключ.", "Данные туда не отправлены.", "Если адрес верный, впишите его в `crm.{crm}.base_url`."},
	},
	{
		CRMTimeout,
		text{"The CRM {crm} did not answer {method} within {timeout}.", crmNothingLostEN, "If it is often that slow, raise `crm.{crm}.timeout` or lower `batch`."},
		text{"CRM {crm} не ответила на {method} за {timeout}.", crmNothingLostRU, "Если так бывает часто, увеличьте `crm.{crm}.timeout` или уменьшите `batch`."},
	},
	{
		CRMRefusedRecord,
		text{"The CRM refuses the record {uid}: code {crmcode}.", "It is not sent again until its content, the mapping or the CRM's fields change.", "See what it says: syncd show {job}/{uid}"},
		text{"CRM отказалась принять запись {uid}: код {crmcode}.", "Повторно не отправляется, пока не изменятся её содержимое, описание полей или поля CRM.", "Что ответила CRM: syncd show {job}/{uid}"},
	},
	{
		CRMInDoubt,
		text{"For {records|record|records} it is not known whether the CRM took the write: the answer was lost.", "They are not sent again before the CRM itself shows what it has.", "Nothing need be done; the next run after {settle} settles it: syncd run {job}"},
		text{"Для {records|записи|записей|записей} неизвестно, приняла ли CRM данные: ответ потерян.", "Повторно они не отправляются, пока CRM сама не покажет, что у неё есть.", "Делать ничего не нужно; разберётся следующий запуск через {settle}: syncd run {job}"},
	},
	{
		CRMRole,
		text{"The login {login} has the role {role} and may not see every client of the CRM.", "What it does not see is never taken for gone; doubtful writes stay in doubt.", "Give it the role of a leader or an administrator in the CRM."},
		text{"У логина {login} роль {role}: он может видеть не всех клиентов CRM.", "Невидимое не считается удалённым; сомнительные записи остаются под вопросом.", "Дайте ему в CRM роль руководителя или администратора."},
	},
	{
		CRMCanary,
		text{"The first record of the load, {uid}, did not come back from the CRM as it was sent ({field}).", "The load stopped after this one record.", "Compare: syncd show {job}/{uid}"},
		text{"Первая запись загрузки, {uid}, вернулась из CRM не такой, как отправлена ({field}).", "Загрузка остановлена после неё одной.", "Сравните: syncd show {job}/{uid}"},
	},
	{
		CRMPoison,
		text{"A batch failed because of one record, {uid}.", "It was found and rejected alone; the rest of the batch went on.", "See it: syncd show {job}/{uid}"},
		text{"Пакет не прошёл из-за одной записи: {uid}.", "Она найдена и отклонена, остальные из пакета отправлены.", "Посмотреть: syncd show {job}/{uid}"},
	},
	{
		CRMHasDeals,
		text{"The CRM does not delete the client {uid}: it has deals.", "The client was kept.", "Close or move its deals in the CRM, if it is really to go."},
		text{"CRM не удаляет клиента {uid}: у него есть сделки.", "Клиент оставлен.", "Если он действительно лишний, закройте или перенесите его сделки в CRM."},
	},
	{
		CRMMergedExisting,
		text{"The CRM knows the client {uid} already (clid {clid}); the requisites agree.", "The two were linked; nothing that people entered was overwritten.", "What was filled in: syncd show {job}/{uid}"},
		text{"В CRM уже есть клиент {uid} (clid {clid}), реквизиты сходятся.", "Записи связаны; введённое людьми не перезаписано.", "Что дополнено: syncd show {job}/{uid}"},
	},
	{
		CRMProtocol,
		text{"The CRM {crm} answered {method} in a way that syncd does not understand: {cause}.", crmNothingLostEN, "Try: syncd check --online; if it stays so, report it with the version from syncd version."},
		text{"CRM {crm} ответила на {method} непонятно: {cause}.", crmNothingLostRU, "Попробуйте: syncd check --online; если повторяется, сообщите нам вместе с выводом syncd version."},
	},
	{
		CRMTooLarge,
		text{"The answer of the CRM {crm} to {method} is larger than {limit}.", "It was not read on; " + "nothing was taken from it.", "Lower `crm.{crm}.batch`."},
		text{"Ответ CRM {crm} на {method} больше {limit}.", "Дальше не читали и ничего из него не взяли.", "Уменьшите `crm.{crm}.batch`."},
	},
	{
		CRMMirrorOld,
		text{"The list of the CRM's clients was last read whole on {time}.", "New clients wait: adding them now could make duplicates.", "syncd run {job} --full-scan"},
		text{"Список клиентов CRM целиком читали последний раз {time}.", "Новые клиенты ждут: если добавить их сейчас, возможны дубли.", "syncd run {job} --full-scan"},
	},
	{
		CRMRewrote,
		text{"The CRM stores {field} of {uid} in a spelling of its own.", "That does not count as an edit and is not sent again.", "Nothing need be done; to see it: syncd show {job}/{uid}"},
		text{"CRM хранит {field} записи {uid} в своём написании.", "Правкой это не считается и повторно не отправляется.", "Делать ничего не нужно; посмотреть: syncd show {job}/{uid}"},
	},
	{
		CRMOnline,
		text{"The CRM {crm} answers; the login {login} has the role {role}.", "Nothing was written.", "Next: syncd plan {job}"},
		text{"CRM {crm} отвечает; роль логина {login} — {role}.", "Ничего не записано.", "Дальше: syncd plan {job}"},
	},
	{
		CRMNotEverything,
		text{"The lists of the CRM {crm} do not add up: some clients are not visible to the login {login}.", "No client counts as absent in this run.", "Check the login's rights in the CRM, then: syncd check --online"},
		text{"Списки CRM {crm} не сходятся: логин {login} видит не всех клиентов.", "В этом запуске ни один клиент не считается пропавшим.", "Проверьте права логина в CRM, затем: syncd check --online"},
	},
}
