package message

// CRM, 04xx.
const (
	CRMUnreachable   Code = "SYNC-0401"
	CRMCredentials   Code = "SYNC-0402"
	CRMNotJSON       Code = "SYNC-0404"
	CRMRedirect      Code = "SYNC-0405"
	CRMTimeout       Code = "SYNC-0406"
	CRMRefusedRecord Code = "SYNC-0407"
	CRMRole          Code = "SYNC-0409"
	CRMEmpty         Code = "SYNC-0413"
	CRMProtocol      Code = "SYNC-0414"
	CRMRoleAlone     Code = "SYNC-0424"
	crmNothingLostEN      = "Nothing is lost: a write that was sent and got no answer, if there is one, is settled by the next run."
	crmNothingLostRU      = "Ничего не потеряно: если какая-то запись ушла и осталась без ответа, её проверит следующий запуск."
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
		CRMRole,
		text{"The login {login} has the role {role} and may not see every client of the CRM.", "What it does not see is never taken for gone; doubtful writes stay in doubt.", "Give it the role of a leader or an administrator in the CRM."},
		text{"У логина {login} роль {role}: он может видеть не всех клиентов CRM.", "Невидимое не считается удалённым; сомнительные записи остаются под вопросом.", "Дайте ему в CRM роль руководителя или администратора."},
	},
	{
		CRMEmpty,
		text{"The CRM {crm} answered {method} with nothing at all.", crmNothingLostEN, "Open {url} in a browser, and read the log of PHP on its server: a script that dies, or that this CRM lacks, answers so. Where deals alone stay silent, name their API under crm.{crm}: `deals: v1`, or `deals: v3`; then: syncd check --online"},
		text{"CRM {crm} ответила на {method} пустотой.", crmNothingLostRU, "Откройте {url} в браузере и посмотрите журнал PHP на сервере: так отвечает скрипт, который упал или которого в этой CRM нет. Если молчат одни сделки, назовите их API в crm.{crm}: `deals: v1` или `deals: v3`; затем: syncd check --online"},
	},
	{
		CRMProtocol,
		text{"The CRM {crm} answered {method} in a way that syncd does not understand: {cause}.", crmNothingLostEN, "Try: syncd check --online; if it stays so, report it with the version from syncd version."},
		text{"CRM {crm} ответила на {method} непонятно: {cause}.", crmNothingLostRU, "Попробуйте: syncd check --online; если повторяется, сообщите нам вместе с выводом syncd version."},
	},
}

// crmSightEntries are what people are told of records other than clients.
var crmSightEntries = []entry{
	{
		CRMRoleAlone,
		text{"The login {login} has the role {role} and may not see all {records} of the CRM: of them the role alone tells, nothing is counted.", "What it does not see is never taken for gone; doubtful writes stay in doubt.", "Give it the role of a leader or an administrator in the CRM, also where `check --online` says that it sees every client."},
		text{"У логина {login} роль {role}: он может видеть в CRM не все {records}. О них судят только по роли, пересчёта нет.", "Невидимое не считается удалённым; сомнительные записи остаются под вопросом.", "Дайте ему в CRM роль руководителя или администратора, даже если `check --online` говорит, что клиентов он видит всех."},
	},
}
