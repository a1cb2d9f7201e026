package message

// Mapping and rejected rows, 02xx.
const (
	MappingUnreadable      Code = "SYNC-0201"
	MappingBadKey          Code = "SYNC-0203"
	MappingColumnMissing   Code = "SYNC-0204"
	MappingFieldInactive   Code = "SYNC-0206"
	MappingKeyFrozen       Code = "SYNC-0208"
	MappingTestFailed      Code = "SYNC-0209"
	MappingPrefixShared    Code = "SYNC-0210"
	MappingTestsPassed     Code = "SYNC-0211"
	MappingUserUnknown     Code = "SYNC-0212"
	MappingTitleUnknown    Code = "SYNC-0213"
	MappingDoubt           Code = "SYNC-0214"
	MappingSampleRejects   Code = "SYNC-0215"
	MappingSampleUnusable  Code = "SYNC-0216"
	MappingChangedSince    Code = "SYNC-0217"
	RejectRequired         Code = "SYNC-0221"
	RejectUnmapped         Code = "SYNC-0222"
	RejectNotNumber        Code = "SYNC-0223"
	RejectNotDate          Code = "SYNC-0224"
	RejectNotBool          Code = "SYNC-0225"
	RejectTooLong          Code = "SYNC-0226"
	RejectCharacter        Code = "SYNC-0227"
	RejectRequisite        Code = "SYNC-0228"
	RejectKeyEmpty         Code = "SYNC-0229"
	RejectKeyLong          Code = "SYNC-0230"
	RejectKeyForm          Code = "SYNC-0231"
	RejectNumericTitle     Code = "SYNC-0232"
	RejectUnknownTitle     Code = "SYNC-0233"
	RejectUnknownUser      Code = "SYNC-0234"
	RejectExpression       Code = "SYNC-0235"
	RejectValue            Code = "SYNC-0236"
	RejectExcel            Code = "SYNC-0237"
	RejectDamaged          Code = "SYNC-0238"
	RejectClientType       Code = "SYNC-0239"
	RejectClientID         Code = "SYNC-0240"
	WarnRequisite          Code = "SYNC-0251"
	MappingAbsentField     Code = "SYNC-0241"
	WarnCut                Code = "SYNC-0252"
	WarnReplaced           Code = "SYNC-0253"
	WarnRepaired           Code = "SYNC-0254"
	WarnValue              Code = "SYNC-0255"
	WarnWithheld           Code = "SYNC-0256"
	rejectRowEN                 = "The row was not sent; the other rows go on."
	rejectRowRU                 = "Строка не отправлена; остальные обрабатываются."
	rejectFixEN                 = "Correct it in the accounting system and export again; details: syncd rejects {job}"
	rejectFixRU                 = "Исправьте в учётной системе и выгрузите снова; подробнее: syncd rejects {job}"
	mappingJobNotStartedEN      = "The job was not started."
	mappingJobNotStartedRU      = "Задание не запускалось."
)

var mappingEntries = []entry{
	{
		MappingUnreadable,
		text{"The mapping {file} cannot be read: {cause}.", mappingJobNotStartedEN, "Check `jobs.{job}.mapping`; paths are relative to the configuration file."},
		text{"Описание полей {file} не читается: {cause}.", mappingJobNotStartedRU, "Проверьте `jobs.{job}.mapping`; пути считаются от файла настроек."},
	},
	{
		MappingBadKey,
		text{"The mapping has an error at {path}: {cause}.", mappingJobNotStartedEN, "Correct it and type: syncd check"},
		text{"Ошибка в описании полей, {path}: {cause}.", mappingJobNotStartedRU, "Исправьте и наберите: syncd check"},
	},
	{
		MappingColumnMissing,
		text{"The header of {file} (line {line}) lacks what the mapping needs: {column}.", "Nothing was sent: the job stopped before any write.", "Columns of the export: {known}. Add the column to the export or change the mapping {mapping}."},
		text{"В заголовке {file} (строка {line}) нет того, что нужно описанию полей: {column}.", "Ничего не отправлено: задание остановлено до записи.", "Колонки выгрузки: {known}. Добавьте колонку в выгрузку или поправьте {mapping}."},
	},
	{
		MappingFieldInactive,
		text{"The CRM field {field} ({caption}) is switched off: the CRM would drop its values in silence.", mappingJobNotStartedEN, "Switch it on in the CRM: {where}; or remove it from the mapping."},
		text{"Поле CRM {field} ({caption}) выключено: CRM молча отбросит его значения.", mappingJobNotStartedRU, "Включите его в CRM: {where}; или уберите из описания полей."},
	},
	{
		MappingKeyFrozen,
		text{"`{key}` of the mapping was changed, but the job {job} already has {links|link|links} made with the old one: every record would look new.", mappingJobNotStartedEN, "Put the old value back ({old}): the CRM never changes a uid that it has."},
		text{"В описании полей изменён `{key}`, а у задания {job} уже есть {links|связь|связи|связей} по старому: все записи показались бы новыми.", mappingJobNotStartedRU, "Верните прежнее значение ({old}): CRM не меняет uid, который у неё уже есть."},
	},
	{
		MappingTestFailed,
		text{"{failed|mapping test|mapping tests} of {total} failed.", "Nothing was sent: tests only translate rows.", "The differences are listed above; correct the mapping or the test."},
		text{"Не пройдено: {failed|проверка|проверки|проверок} из {total}.", "Ничего не отправлено: проверки только переводят строки.", "Различия перечислены выше; исправьте описание полей или проверку."},
	},
	{
		MappingPrefixShared,
		text{"The jobs {job} and {other} write the same entity to the same CRM and could make one uid of two keys: the `uid.prefix` of their mappings does not keep them apart.", mappingJobNotStartedEN, "Give both mappings a `uid.prefix` of their own (up to 4 characters); with `encode: raw` neither may begin with the other's."},
		text{"Задания {job} и {other} пишут одни и те же объекты в одну CRM, и у двух ключей может получиться один uid: `uid.prefix` их не различает.", mappingJobNotStartedRU, "Задайте обоим описаниям полей свой `uid.prefix` (до 4 знаков); при `encode: raw` один не должен быть началом другого."},
	},
	{
		MappingTestsPassed,
		text{"All mapping tests passed: {total}.", "Nothing was sent.", "Next: syncd check"},
		text{"Все проверки описаний полей пройдены: {total}.", "Ничего не отправлено.", "Дальше: syncd check"},
	},
	{
		MappingUserUnknown,
		text{"The mapping names {login} for the field user, and the CRM {crm} has no active user of that login.", "Rows that come to this value are rejected.", "Correct the mapping {mapping}, or add the user in the CRM."},
		text{"В описании полей для поля user назван {login}, а действующего пользователя с таким логином в CRM {crm} нет.", "Строки с таким значением отклоняются.", "Поправьте {mapping} или заведите пользователя в CRM."},
	},
	{
		MappingTitleUnknown,
		text{"The mapping names «{value}» for the field {field}; the dictionary of the CRM {crm} has no such entry, and `dictionary: known` forbids to create one.", "Rows that come to this value are rejected.", "Add it in the CRM, or correct the mapping {mapping}."},
		text{"В описании полей для поля {field} названо «{value}»; в справочнике CRM {crm} такого нет, а создавать запрещает `dictionary: known`.", "Строки с таким значением отклоняются.", "Добавьте его в CRM или поправьте {mapping}."},
	},
	{
		MappingDoubt,
		text{"The mapping is doubtful at {path}: {cause}.", "It is used as it stands.", "If it is meant so, nothing need be done."},
		text{"Сомнительное место в описании полей, {path}: {cause}.", "Оно используется как есть.", "Если так и задумано, делать ничего не нужно."},
	},
	{
		MappingSampleRejects,
		text{"Of the first {rows|row|rows} {rejected} would be rejected: {reasons}.", "Nothing was sent.", "See them: syncd plan {job}; correct the export or the mapping {mapping}."},
		text{"Из первых {rows|строки|строк|строк} было бы отклонено {rejected}: {reasons}.", "Ничего не отправлено.", "Посмотреть: syncd plan {job}; поправьте выгрузку или {mapping}."},
	},
	{
		MappingSampleUnusable,
		text{"All of the first {rows|row|rows} would be rejected: {reasons}.", "Nothing was sent.", "See them: syncd plan {job}; correct the mapping {mapping} or the export."},
		text{"Были бы отклонены все первые {rows|строка|строки|строк}: {reasons}.", "Ничего не отправлено.", "Посмотреть: syncd plan {job}; поправьте {mapping} или выгрузку."},
	},
	{
		MappingChangedSince,
		text{"The mapping {mapping} or a filter in it was changed since the last run: the next run of {job} will halt.", "Nothing was sent.", "See what it would do: syncd plan {job}; if it is meant: syncd resume {job} --allow mapping-changed"},
		text{"С прошлого запуска изменено описание полей {mapping} или отбор в нём: следующий запуск {job} остановится.", "Ничего не отправлено.", "Что получится: syncd plan {job}; если так и задумано: syncd resume {job} --allow mapping-changed"},
	},
	{
		RejectRequired,
		text{"{file}, line {line}: the column {column} is empty, but the field {field} is required.", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: колонка {column} пуста, а поле {field} обязательно.", rejectRowRU, rejectFixRU},
	},
	{
		RejectUnmapped,
		text{"{file}, line {line}: the value in {column} is not in the `values` list of the field {field}.", rejectRowEN, "Add it to the mapping, or set `unmapped: empty` or `pass`; which values: syncd rejects {job}"},
		text{"{file}, строка {line}: значения из колонки {column} нет в списке `values` поля {field}.", rejectRowRU, "Добавьте его в описание полей или задайте `unmapped: empty` либо `pass`; какие значения: syncd rejects {job}"},
	},
	{
		RejectNotNumber,
		text{"{file}, line {line}: the value in {column} is not a number that the field {field} can take.", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: в колонке {column} не то число, какое вмещает поле {field}.", rejectRowRU, rejectFixRU},
	},
	{
		RejectNotDate,
		text{"{file}, line {line}: the value in {column} is not a date.", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: в колонке {column} не дата.", rejectRowRU, rejectFixRU},
	},
	{
		RejectNotBool,
		text{"{file}, line {line}: the value in {column} is neither yes nor no.", rejectRowEN, "Use Да/Нет or Истина/Ложь in this column; details: syncd rejects {job}"},
		text{"{file}, строка {line}: в колонке {column} не «да» и не «нет».", rejectRowRU, "Пишите в этой колонке Да/Нет или Истина/Ложь; подробнее: syncd rejects {job}"},
	},
	{
		RejectTooLong,
		text{"{file}, line {line}: the value in {column} is longer than the field {field} of the CRM.", rejectRowEN, "Shorten it in the accounting system, or set `max_length: cut`; details: syncd rejects {job}"},
		text{"{file}, строка {line}: значение в колонке {column} длиннее, чем вмещает поле CRM {field}.", rejectRowRU, "Сократите его в учётной системе или задайте `max_length: cut`; подробнее: syncd rejects {job}"},
	},
	{
		RejectCharacter,
		text{"{file}, line {line}: the value in {column} holds a character that the CRM would damage or choke on ({field}).", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: в колонке {column} есть знак, который CRM испортит или не примет ({field}).", rejectRowRU, rejectFixRU},
	},
	{
		RejectRequisite,
		text{"{file}, line {line}: the value in {column} is not a valid requisite ({rule}).", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: в колонке {column} неверный реквизит ({rule}).", rejectRowRU, rejectFixRU},
	},
	{
		RejectKeyEmpty,
		text{"{file}, line {line}: the key in {column} is empty or 0, so the record could not be recognised later.", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: ключ в колонке {column} пуст или равен 0: запись потом не узнать.", rejectRowRU, rejectFixRU},
	},
	{
		RejectKeyLong,
		text{"{file}, line {line}: the key in {column} is too long: the CRM would cut it in silence.", rejectRowEN, "Use `encode: guid` or `encode: hash` in the mapping; details: syncd rejects {job}"},
		text{"{file}, строка {line}: ключ в колонке {column} слишком длинный: CRM молча обрежет его.", rejectRowRU, "Задайте в описании полей `encode: guid` или `encode: hash`; подробнее: syncd rejects {job}"},
	},
	{
		RejectKeyForm,
		text{"{file}, line {line}: the key in {column} does not have the form that `encode` of the mapping needs.", rejectRowEN, "Export the GUID of the reference (Ссылка.УникальныйИдентификатор()); details: syncd rejects {job}"},
		text{"{file}, строка {line}: ключ в колонке {column} не того вида, какой задан в описании полей (`encode`).", rejectRowRU, "Выгружайте GUID ссылки (Ссылка.УникальныйИдентификатор()); подробнее: syncd rejects {job}"},
	},
	{
		RejectNumericTitle,
		text{"{file}, line {line}: the value in {column} is a bare number; the CRM would take it for an id of the dictionary {field}.", rejectRowEN, "Give the entry a name with letters; details: syncd rejects {job}"},
		text{"{file}, строка {line}: в колонке {column} одно число; CRM примет его за номер в справочнике {field}.", rejectRowRU, "Назовите элемент словами; подробнее: syncd rejects {job}"},
	},
	{
		RejectUnknownTitle,
		text{"{file}, line {line}: the dictionary {field} of the CRM has no such entry, and the mapping does not allow to create one.", rejectRowEN, "Add it in the CRM, or set `dictionary: create`; details: syncd rejects {job}"},
		text{"{file}, строка {line}: в справочнике CRM {field} такого нет, а создавать описание полей не разрешает.", rejectRowRU, "Добавьте его в CRM или задайте `dictionary: create`; подробнее: syncd rejects {job}"},
	},
	{
		RejectUnknownUser,
		text{"{file}, line {line}: the CRM has no active user with this login; the client would belong to nobody and be seen by nobody.", rejectRowEN, "Correct `values` of the field {field}; users: syncd check --online"},
		text{"{file}, строка {line}: в CRM нет действующего пользователя с таким логином; клиент остался бы без ответственного, и его никто не увидел бы.", rejectRowRU, "Поправьте `values` поля {field}; пользователи: syncd check --online"},
	},
	{
		RejectExpression,
		text{"{file}, line {line}: the expression of {field} cannot be computed on this row.", rejectRowEN, "Correct the expression or the row; details: syncd rejects {job}"},
		text{"{file}, строка {line}: выражение {field} на этой строке не вычисляется.", rejectRowRU, "Исправьте выражение или строку; подробнее: syncd rejects {job}"},
	},
	{
		RejectValue,
		text{"{file}, line {line}: the value in {column} breaks the rule {rule} of the field {field}.", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: значение в колонке {column} нарушает правило {rule} поля {field}.", rejectRowRU, rejectFixRU},
	},
	{
		RejectExcel,
		text{"{file}, line {line}: the number in {column} was shortened by a spreadsheet (7,7E+09): digits are lost.", rejectRowEN, "Do not save the export from Excel; export again from the accounting system; details: syncd rejects {job}"},
		text{"{file}, строка {line}: число в колонке {column} испортила электронная таблица (7,7E+09): цифры потеряны.", rejectRowRU, "Не сохраняйте выгрузку из Excel, выгрузите заново из учётной системы; подробнее: syncd rejects {job}"},
	},
	{
		RejectDamaged,
		text{"{file}, line {line}: the text in {column} was read in a wrong encoding once: letters are lost.", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: текст в колонке {column} когда-то прочитали не в той кодировке: буквы потеряны.", rejectRowRU, rejectFixRU},
	},
	{
		RejectClientType,
		text{"{file}, line {line}: the value in {column} is not a type of client that the CRM knows.", rejectRowEN, "Translate it with `values` (client, person, …); details: syncd rejects {job}"},
		text{"{file}, строка {line}: в колонке {column} не тот вид клиента, какой знает CRM.", rejectRowRU, "Переведите его через `values` (client, person, …); подробнее: syncd rejects {job}"},
	},
	{
		RejectClientID,
		text{"{file}, line {line}: the value in {column} is not a client number of the CRM.", rejectRowEN, rejectFixEN},
		text{"{file}, строка {line}: в колонке {column} не номер клиента CRM (clid).", rejectRowRU, rejectFixRU},
	},
	{
		MappingAbsentField,
		text{"`on_absent: set` names the field {field}, which the mapping {mapping} lacks.", "Nothing was read or sent.", "Map the field, or name another one; then: syncd check"},
		text{"`on_absent: set` называет поле {field}, которого нет в соответствии полей {mapping}.", "Ничего не прочитано и не отправлено.", "Добавьте поле или назовите другое; затем: syncd check"},
	},
	{
		WarnRequisite,
		text{"{file}, line {line}: the requisite in {column} has wrong check digits ({rule}).", "It was sent as it is.", "Check it in the accounting system; to refuse such rows set `check: reject`."},
		text{"{file}, строка {line}: у реквизита в колонке {column} не сходится контрольное число ({rule}).", "Отправлено как есть.", "Проверьте в учётной системе; чтобы такие строки не проходили, задайте `check: reject`."},
	},
	{
		WarnCut,
		text{"{file}, line {line}: the value in {column} was cut to the length of the field {field}.", "The rest stays in the accounting system only.", "Shorten it there, or set `max_length: reject`."},
		text{"{file}, строка {line}: значение из колонки {column} сокращено до длины поля {field}.", "Остаток есть только в учётной системе.", "Сократите его там или задайте `max_length: reject`."},
	},
	{
		WarnReplaced,
		text{"{file}, line {line}: a character in {column} that the CRM would damage was replaced ({field}).", "The value was sent with the replacement.", "Nothing need be done; to see it: syncd rejects {job} --warnings"},
		text{"{file}, строка {line}: в колонке {column} заменён знак, который CRM испортила бы ({field}).", "Значение отправлено с заменой.", "Делать ничего не нужно; посмотреть: syncd rejects {job} --warnings"},
	},
	{
		WarnRepaired,
		text{"{file}, line {line}: leading zeros that a spreadsheet had taken were put back in {column} ({rule}).", "The restored value was sent.", "Export such columns as text."},
		text{"{file}, строка {line}: в колонке {column} возвращены ведущие нули, срезанные электронной таблицей ({rule}).", "Отправлено исправленное значение.", "Выгружайте такие колонки текстом."},
	},
	{
		WarnValue,
		text{"{file}, line {line}: the value in {column} is doubtful ({rule}, field {field}).", "The row goes on.", "Check it in the accounting system; to see it: syncd rejects {job} --warnings"},
		text{"{file}, строка {line}: значение в колонке {column} сомнительно ({rule}, поле {field}).", "Строка обрабатывается дальше.", "Проверьте в учётной системе; посмотреть: syncd rejects {job} --warnings"},
	},
	{
		WarnWithheld,
		text{"{file}, line {line}: the value in {column} cannot be used ({rule}, field {field}).", "It was left out; the rest of the row goes on.", "Correct it in the accounting system; to see it: syncd rejects {job} --warnings"},
		text{"{file}, строка {line}: значение в колонке {column} использовать нельзя ({rule}, поле {field}).", "Оно пропущено, остальное в строке обрабатывается.", "Исправьте в учётной системе; посмотреть: syncd rejects {job} --warnings"},
	},
}

// rejectRules are the rules that rows break, by the names that the mapping and
// the reader of files give them.
var rejectRules = []named{
	{"required", RejectRequired},
	{"unmapped", RejectUnmapped},
	{"not-number", RejectNotNumber},
	{"not-integer", RejectNotNumber},
	{"not-date", RejectNotDate},
	{"not-boolean", RejectNotBool},
	{"not-guid", RejectKeyForm},
	{"too-long", RejectTooLong},
	{"key-empty", RejectKeyEmpty},
	{"key-long", RejectKeyLong},
	{"key-form", RejectKeyForm},
	{"key-character", RejectCharacter},
	{"apostrophe", RejectCharacter},
	{"clid-form", RejectClientID},
	{"form", RejectRequisite},
	{"check-digit", RejectRequisite},
	{"all-zeros", RejectRequisite},
	{"excel-damage", RejectExcel},
	{"damaged", RejectDamaged},
	{"numeric-title", RejectNumericTitle},
	{"unknown-title", RejectUnknownTitle},
	{"unknown-user", RejectUnknownUser},
	{"unproven-user", RejectUnprovenUser},
	{"unlisted-title", RejectUnlistedTitle},
	{"not-in-api", RejectNotInAPI},
	{"client-type", RejectClientType},
	{"expression", RejectExpression},
	{"unknown-step", RejectStep},
	{"unknown-type", RejectDealType},
	{"unknown-direction", RejectDirection},
	{"unknown-status", RejectCloseStatus},
	{"deal-without-lines", RejectLineless},
	{"invoice-over", RejectInvoiceOver},
	{"payment-over", RejectPaymentOver},
	{"head-differs", RejectHeadDiffers},
	{"line-unreadable", RejectLinesDoubt},
	{"lines-cut", RejectLinesDoubt},
	{"too-many-lines", RejectManyLines},
	{"rows-apart", RejectApart},
	{"sum-differs", RejectSumDiffers},
	{"sum-unfit", RejectSumUnfit},
	{"not-sent", RejectNotSent},
	{"not-positive", RejectNotPositive},
	{"no-client", RejectRefGone},
	{"no-deal", RejectRefGone},
	{"no-invoice", RejectRefGone},
	{"twice-in-crm", RejectTwice},
	{"crm-unreadable", RejectUnread},
	{"too-few-cells", SourceBrokenRow},
	{"too-many-cells", SourceBrokenRow},
	{"bad-quotes", SourceBadQuotes},
	{"row-too-long", SourceTooLarge},
	{"cell-too-long", SourceTooLarge},
	{"undecodable", SourceBadBytes},
	{"nul-byte", SourceNULByte},
	{"cut-off", SourceCutOff},
}

var warnRules = []named{
	{"check-digit", WarnRequisite},
	{"all-zeros", WarnWithheld},
	{"excel-damage", WarnWithheld},
	{"numeric-title", WarnWithheld},
	{"form", WarnRequisite},
	{"cut", WarnCut},
	{"replaced", WarnReplaced},
	{"apostrophe", WarnWithheld},
	{"repaired", WarnRepaired},
	{"line-without-record", WarnStrayLine},
	{"crm-unreadable", WarnUnread},
}

// Reject is the code for a rule that stopped a row ("too-long"); RejectValue for
// one that the catalog does not know. The texts of the mapping's rules use no
// other arguments than file, line, column, field, rule and job.
func Reject(rule string) Code { return lookup(rejectRules, rule, RejectValue) }

// Warn is the code for a rule that let the row pass with a remark; WarnValue for
// one that the catalog does not know.
func Warn(rule string) Code { return lookup(warnRules, rule, WarnValue) }
