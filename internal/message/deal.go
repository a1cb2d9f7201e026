package message

// What deals, invoices and payments add to the rows that are rejected, 02xx, and to
// the records that wait for a decision, 05xx.
const (
	WarnUnread        Code = "SYNC-0260"
	RejectStep        Code = "SYNC-0261"
	RejectDealType    Code = "SYNC-0262"
	RejectDirection   Code = "SYNC-0263"
	RejectCloseStatus Code = "SYNC-0264"
	RejectLineless    Code = "SYNC-0265"
	RejectInvoiceOver Code = "SYNC-0266"
	RejectPaymentOver Code = "SYNC-0267"
	RejectHeadDiffers Code = "SYNC-0268"
	RejectSumDiffers  Code = "SYNC-0269"
	RejectNotPositive Code = "SYNC-0270"
	MappingReference  Code = "SYNC-0271"
	MappingGuideLacks Code = "SYNC-0272"
	RejectLinesDoubt  Code = "SYNC-0273"
	RejectManyLines   Code = "SYNC-0274"
	WarnStrayLine     Code = "SYNC-0275"
	RejectSumUnfit    Code = "SYNC-0276"
	RejectNotSent     Code = "SYNC-0277"
	RejectRefGone     Code = "SYNC-0278"
	RejectTwice       Code = "SYNC-0279"
	RejectUnread      Code = "SYNC-0280"
	RejectApart       Code = "SYNC-0284"
	HoldNoDeal        Code = "SYNC-0520"
	HoldNoInvoice     Code = "SYNC-0521"
	HoldUnchangeable  Code = "SYNC-0522"
	HoldDealClosed    Code = "SYNC-0523"
	HoldPaymentGone   Code = "SYNC-0524"
	HoldPaymentUnsure Code = "SYNC-0525"
	HoldDealGone      Code = "SYNC-0526"
	HoldAddedGone     Code = "SYNC-0527"
	HoldRowsApart     Code = "SYNC-0528"
	HoldNamedGone     Code = "SYNC-0529"
	HoldUnknownKey    Code = "SYNC-0530"
	dealNotSentEN          = "It was not sent; it is looked at again in every run."
	dealNotSentRU          = "Не отправлено; проверяется заново при каждом запуске."
	dealListsEN            = "Translate it with `values` of the mapping, or add it in the CRM; what the CRM has: syncd check {job} --online; which values: syncd rejects {job}"
	dealListsRU            = "Переведите его через `values` в описании полей или добавьте в CRM; что есть в CRM: syncd check {job} --online; какие значения: syncd rejects {job}"
	waitsForItselfEN       = "It waits, and goes on by itself once that one is linked."
	waitsForItselfRU       = "Ждёт и пойдёт дальше сама, как только та запись будет связана."
)

var dealRejectEntries = []entry{
	{
		WarnUnread,
		text{"The CRM shows a deal or an invoice in no form that can be read.", "Nothing is concluded from it, and nothing is billed or paid that it may be; the others go on.", "Open what is named as the value in the CRM and save it anew, without the odd characters; see: syncd rejects {job} --warnings"},
		text{"CRM показывает сделку или счёт так, что ответ не читается.", "Из этого ничего не следует, и не выставляется и не оплачивается то, чем она может быть; остальные обрабатываются.", "Откройте в CRM то, что названо в значении, и сохраните заново без посторонних символов; посмотреть: syncd rejects {job} --warnings"},
	},
	{
		RejectStep,
		text{"{file}, line {line}: the CRM has no such stage of deals ({field}).", dealNotSentEN, dealListsEN},
		text{"{file}, строка {line}: такого этапа сделки в CRM нет ({field}).", dealNotSentRU, dealListsRU},
	},
	{
		RejectDealType,
		text{"{file}, line {line}: the CRM has no such type of deals ({field}).", dealNotSentEN, dealListsEN},
		text{"{file}, строка {line}: такого типа сделки в CRM нет ({field}).", dealNotSentRU, dealListsRU},
	},
	{
		RejectDirection,
		text{"{file}, line {line}: the CRM has no such direction of deals ({field}).", dealNotSentEN, dealListsEN},
		text{"{file}, строка {line}: такого направления сделок в CRM нет ({field}).", dealNotSentRU, dealListsRU},
	},
	{
		RejectCloseStatus,
		text{"{file}, line {line}: the CRM has no such status of closing a deal ({field}); it would close the deal without any.", dealNotSentEN, dealListsEN},
		text{"{file}, строка {line}: такого статуса закрытия сделки в CRM нет ({field}); она закрыла бы сделку без статуса.", dealNotSentRU, dealListsRU},
	},
	{
		RejectLineless,
		text{"{file}, line {line}: the deal has no lines in the CRM, and the CRM cannot bill such a deal.", dealNotSentEN, "Export the order with its lines, or add a line to the deal in the CRM; details: syncd rejects {job}"},
		text{"{file}, строка {line}: у сделки в CRM нет спецификации, а без неё счёт выставить нельзя.", dealNotSentRU, "Выгрузите заказ со строками или добавьте позицию в сделку в CRM; подробнее: syncd rejects {job}"},
	},
	{
		RejectInvoiceOver,
		text{"{file}, line {line}: the invoice is larger than what the deal has left to bill.", dealNotSentEN, "Correct the sum of the order or of the invoice in the accounting system, and export both; details: syncd rejects {job}"},
		text{"{file}, строка {line}: счёт больше, чем остаток сделки, на который счета ещё не выставлены.", dealNotSentRU, "Поправьте в учётной системе сумму заказа или счёта и выгрузите их; подробнее: syncd rejects {job}"},
	},
	{
		RejectPaymentOver,
		text{"{file}, line {line}: the payment is larger than what is left to pay of the invoice.", dealNotSentEN, "Correct the payment or the invoice in the accounting system, and export again; details: syncd rejects {job}"},
		text{"{file}, строка {line}: оплата больше остатка по счёту.", dealNotSentRU, "Поправьте в учётной системе оплату или счёт и выгрузите снова; подробнее: syncd rejects {job}"},
	},
	{
		RejectHeadDiffers,
		text{"{file}, line {line}: the rows of one record say different things in {column}.", "None of its rows was sent; the others go on.", rejectFixEN},
		text{"{file}, строка {line}: в строках одной записи в колонке {column} разное.", "Ни одна её строка не отправлена; остальные обрабатываются.", rejectFixRU},
	},
	{
		RejectSumDiffers,
		text{"{file}, line {line}: the sum of the document is not that of its lines ({field}).", "The record was not sent; the others go on.", "The value is the document's sum ≠ that of its lines, price by quantity, a kopeck a line left for rounding. Correct the wrong one in the accounting system and export again, or set `check_sum: warn` under `lines`; details: syncd rejects {job}"},
		text{"{file}, строка {line}: сумма документа не равна сумме его строк ({field}).", "Запись не отправлена; остальные обрабатываются.", "В значении: сумма документа ≠ сумма строк (цена на количество, копейка на строку — на округление). Исправьте неверную в учётной системе и выгрузите снова или задайте `check_sum: warn` в `lines`; подробнее: syncd rejects {job}"},
	},
	{
		RejectNotPositive,
		text{"{file}, line {line}: the sum in {column} is not above zero.", rejectRowEN, "The CRM knows no returns and no sums of 0: leave them out with `where` or `skip`; details: syncd rejects {job}"},
		text{"{file}, строка {line}: сумма в колонке {column} не больше нуля.", rejectRowRU, "Возвратов и нулевых сумм CRM не знает: исключите их через `where` или `skip`; подробнее: syncd rejects {job}"},
	},
	{
		MappingReference,
		text{"`{field}` of the mapping {mapping} refers to the job {other}, and {cause}.", mappingJobNotStartedEN, "Name a job of clients of the same CRM; there are: {known}."},
		text{"`{field}` в описании полей {mapping} ссылается на задание {other}, а {cause}.", mappingJobNotStartedRU, "Укажите задание с клиентами той же CRM; есть такие: {known}."},
	},
	{
		MappingGuideLacks,
		text{"The mapping {mapping} names «{value}» for {field}, and the CRM {crm} has no such entry.", "Records that come to this value are not sent.", "The CRM has: {known}. Correct the mapping, or add it in the CRM."},
		text{"В описании полей {mapping} для {field} названо «{value}», а в CRM {crm} такого нет.", "Записи с этим значением не отправляются.", "В CRM есть: {known}. Поправьте описание полей или добавьте его в CRM."},
	},
	{
		RejectLinesDoubt,
		text{"{file}, line {line}: a row that cannot be read, or that was cut off, may be a line of this record ({rule}).", "None of its rows was sent, so that the CRM does not get it with fewer lines; the others go on.", "Correct that row in the export, or export anew; details: syncd rejects {job}"},
		text{"{file}, строка {line}: строкой этой записи может быть та, что не читается или обрезана ({rule}).", "Ни одна её строка не отправлена, чтобы в CRM она не осталась без части строк; остальные обрабатываются.", "Исправьте ту строку в выгрузке или выгрузите заново; подробнее: syncd rejects {job}"},
	},
	{
		RejectManyLines,
		text{"{file}, line {line}: the record has too many rows ({rule}).", "None of them was sent; the others go on.", "Look whether the column of `uid` tells the documents apart; details: syncd rejects {job}"},
		text{"{file}, строка {line}: у записи слишком много строк ({rule}).", "Ни одна из них не отправлена; остальные обрабатываются.", "Проверьте, различает ли документы колонка `uid`; подробнее: syncd rejects {job}"},
	},
	{
		WarnStrayLine,
		text{"{file}, line {line}: a line of a document that the export of documents does not have ({rule}).", "It was left out.", "If the document should be there, look at what the export of documents leaves out; see: syncd rejects {job} --warnings"},
		text{"{file}, строка {line}: строка документа, которого в выгрузке документов нет ({rule}).", "Она пропущена.", "Если документ должен там быть, проверьте, что выгрузка документов пропускает; посмотреть: syncd rejects {job} --warnings"},
	},
	{
		RejectSumUnfit,
		text{"{file}, line {line}: a sum of the record does not fit into the CRM ({field}): more than 15 digits, or parts of a kopeck in an invoice or a payment.", dealNotSentEN, "The CRM takes 15 digits before the point, and of invoices and payments whole kopecks: correct the sum in the accounting system, and export again; details: syncd rejects {job}"},
		text{"{file}, строка {line}: сумма не помещается в CRM ({field}): больше 15 цифр или доли копейки в счёте или оплате.", dealNotSentRU, "CRM вмещает 15 цифр до запятой, а в счетах и оплатах — целые копейки: исправьте сумму в учётной системе и выгрузите снова; подробнее: syncd rejects {job}"},
	},
	{
		RejectNotSent,
		text{"{file}, line {line}: the record holds what the CRM cannot take ({field}).", "It was not sent, and is not before its content or the mapping changes.", "Correct what is named as the value, in the accounting system or in the mapping; details: syncd rejects {job}"},
		text{"{file}, строка {line}: в записи есть то, чего CRM не примет ({field}).", "Не отправлено, пока не изменятся содержимое или описание полей.", "Исправьте то, что названо в значении, в учётной системе или в описании полей; подробнее: syncd rejects {job}"},
	},
	{
		RejectRefGone,
		text{"{file}, line {line}: what the record belongs to was linked, and the CRM does not show it any more: its client, deal or invoice.", dealNotSentEN, "Restore that one in the CRM, or let the login see it; its number there: syncd rejects {job}"},
		text{"{file}, строка {line}: то, к чему относится запись, было связано, но CRM его больше не показывает: клиента, сделку или счёт.", dealNotSentRU, "Восстановите его в CRM или дайте логину его видеть; его номер в CRM: syncd rejects {job}"},
	},
	{
		RejectTwice,
		text{"{file}, line {line}: the CRM has several that the record may be: invoices of one number, equal payments, contacts of one name.", dealNotSentEN, "Leave one of them in the CRM; which they are: syncd rejects {job}"},
		text{"{file}, строка {line}: записи подходит сразу несколько в CRM: счета с одним номером, равные оплаты, контакты с одним именем.", dealNotSentRU, "Оставьте в CRM одну из них; какие это: syncd rejects {job}"},
	},
	{
		RejectUnread,
		text{"{file}, line {line}: what the CRM shows of the deal or invoice that this hangs on cannot be read; it may be this very record.", dealNotSentEN, "Open what is named as the value in the CRM and save it anew, without the odd characters; details: syncd rejects {job}"},
		text{"{file}, строка {line}: ответ CRM о сделке или счёте, к которым это относится, не читается; это может быть та самая запись.", dealNotSentRU, "Откройте в CRM то, что названо в значении, и сохраните заново без посторонних символов; подробнее: syncd rejects {job}"},
	},
}

var dealHoldEntries = []entry{
	{
		HoldNoDeal,
		text{"{job}/{uid}: the deal of this {record} is not linked with the CRM yet{cause}.", waitsForItselfEN, "See the deal: syncd show {other}; to leave it out: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: сделка {record} ещё не связана с CRM{cause}.", waitsForItselfRU, "Посмотреть сделку: syncd show {other}; не ждать её: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldNoInvoice,
		text{"{job}/{uid}: the invoice of this {record} is not linked with the CRM yet{cause}.", waitsForItselfEN, "See the invoice: syncd show {other}; to leave it out: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: счёт {record} ещё не связан с CRM{cause}.", waitsForItselfRU, "Посмотреть счёт: syncd show {other}; не ждать её: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldUnchangeable,
		text{"{job}/{uid}: {field} was changed in the accounting system, and the CRM's API cannot change it there ({id}).", "Nothing was written.", "Change it in the CRM by hand, the next run sees it; or leave the CRM as it is: syncd resolve {job}/{uid}{scope} --take crm"},
		text{"{job}/{uid}: {field} изменили в учётной системе, а через API CRM этого не изменить ({id}).", "Данные не записаны.", "Измените вручную в CRM, следующий запуск это увидит; или оставьте в CRM как есть: syncd resolve {job}/{uid}{scope} --take crm"},
	},
	{
		HoldDealClosed,
		text{"{job}/{uid}: changed in the accounting system{fields}, but the deal is closed in the CRM ({id}).", "Nothing was written to it.", "Open the deal in the CRM, the next run goes on; or leave it as it is there: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: в учётной системе изменения{fields}, а сделка в CRM закрыта ({id}).", "Данные ей не пишутся.", "Откройте сделку в CRM, и следующий запуск продолжит; или оставьте там как есть: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldPaymentGone,
		text{"{job}/{uid}: the payment left the export, and the CRM cannot take it back ({id}).", "It stands in the CRM as it was.", "If it was cancelled, correct the invoice in the CRM by hand; then, or if it stays: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: оплата пропала из выгрузки, а отменить её через API нельзя ({id}).", "В CRM она осталась, как была.", "Если оплату отменили, поправьте счёт в CRM вручную; затем, или если она остаётся: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldPaymentUnsure,
		text{"{job}/{uid}: the answer to this payment was lost, and what the CRM shows may be somebody else's payment of the same invoice.", "It was not sent again.", "Look at the invoice in the CRM. The payment is not there: syncd resolve {job}/{uid} --take add; it is there: syncd resolve {job}/{uid} --take link; leave it out for good: --take ignore"},
		text{"{job}/{uid}: ответ на эту оплату потерян, а то, что показывает CRM, могло быть чужой оплатой того же счёта.", "Повторно не отправлялась.", "Посмотрите счёт в CRM. Оплаты там нет: syncd resolve {job}/{uid} --take add; есть: syncd resolve {job}/{uid} --take link; не отправлять вовсе: --take ignore"},
	},
	{
		HoldDealGone,
		text{"{job}/{uid}: no longer in the CRM ({id}), and money hangs on it: it was billed or paid there.", "What is known of it was kept, and nothing was added again.", "Restore it in the CRM. If it is to stay away: syncd resolve {job}/{uid} --take crm; to add it again: syncd resolve {job}/{uid} --take add"},
		text{"{job}/{uid}: в CRM больше нет ({id}), а за записью стоят деньги: счета или оплаты.", "Что о ней известно, сохранено; заново ничего не добавлено.", "Восстановите её в CRM. Если её и не должно быть: syncd resolve {job}/{uid} --take crm; добавить заново: syncd resolve {job}/{uid} --take add"},
	},
	{
		HoldAddedGone,
		text{"{job}/{uid}: was added to the CRM ({id}), and was gone from it before it was seen there.", "It was not added again by itself.", "If somebody entered it anew there, the next run links it; else: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: в CRM была добавлена ({id}), но пропала оттуда раньше, чем её там увидели.", "Сама собой заново не добавляется.", "Если её завели там заново, следующий запуск её свяжет; иначе: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldRowsApart,
		text{"{job}/{uid}: its rows do not stand together; they begin at lines {apart}.", "Nothing of it was sent.", "Remove none of them: sort the export by order (in a query `ORDER BY`, in 1C «УПОРЯДОЧИТЬ ПО Ссылка»), so that they follow each other. If they are two records, give each a key of its own. Then export again."},
		text{"{job}/{uid}: её строки стоят не подряд; они начинаются со строк {apart}.", "Ничего из неё не отправлено.", "Ни одну не удаляйте: упорядочьте выгрузку по заказу (в запросе `ORDER BY`, в 1С «УПОРЯДОЧИТЬ ПО Ссылка»), чтобы они шли друг за другом. Если это две разные записи, дайте каждой свой ключ. И выгрузите снова."},
	},
	{
		HoldNamedGone,
		text{"{job}/{uid}: the export names its number in the CRM, and there is none of it ({id}).", "It was not added by itself.", "Correct the number in the accounting system or restore it in the CRM, and the next run goes on; or: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: выгрузка называет её номер в CRM, а такой там нет ({id}).", "Сама собой не добавляется.", "Исправьте номер в учётной системе или восстановите запись в CRM, и следующий запуск продолжит; или: syncd resolve {job}/{uid} --take {takes}"},
	},
	{
		HoldUnknownKey,
		text{"{job}/{uid}: this {record} belongs to {other}, and no run of {of} took such a record{cause}.", waitsForItselfEN, "Whether the mapping leaves its row out: syncd show {other}; to leave this one out: syncd resolve {job}/{uid} --take {takes}"},
		text{"{job}/{uid}: для {record} нужна запись {other}, а её ни один запуск {of} не взял{cause}.", waitsForItselfRU, "Не исключает ли её строку описание полей: syncd show {other}; не ждать: syncd resolve {job}/{uid} --take {takes}"},
	},
}

// dealApartEntries are rejects of records whose rows do not stand together.
var dealApartEntries = []entry{
	{
		RejectApart,
		text{"{file}, line {line}: the rows of this record do not stand together; others of it stand above.", rejectRowEN, "The value is the lines where rows of it begin. Sort the export by order (in a query `ORDER BY`, in 1C «УПОРЯДОЧИТЬ ПО Ссылка»); details: syncd rejects {job}"},
		text{"{file}, строка {line}: строки этой записи стоят не подряд: другие её строки выше.", rejectRowRU, "Значение — строки, с которых начинаются её части. Упорядочьте выгрузку по заказу (в запросе `ORDER BY`, в 1С «УПОРЯДОЧИТЬ ПО Ссылка»); подробнее: syncd rejects {job}"},
	},
}
