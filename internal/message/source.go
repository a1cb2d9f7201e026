package message

// Source, 03xx.
const (
	SourceMissing       Code = "SYNC-0301"
	SourceUnreadable    Code = "SYNC-0303"
	SourceEmpty         Code = "SYNC-0304"
	SourceBeingWritten  Code = "SYNC-0306"
	SourceCutOff        Code = "SYNC-0307"
	SourceNoHeader      Code = "SYNC-0308"
	SourceEncoding      Code = "SYNC-0309"
	SourceBrokenRow     Code = "SYNC-0310"
	SourceTooLarge      Code = "SYNC-0311"
	SourceIncomplete    Code = "SYNC-0312"
	SourceDoubleEncoded Code = "SYNC-0314"
	SourceBadBytes      Code = "SYNC-0316"
	SourceDuplicateName Code = "SYNC-0317"
	SourceBadQuotes     Code = "SYNC-0319"
	SourceNULByte       Code = "SYNC-0320"
	SourceDBAway        Code = "SYNC-0321"
	SourceDBDenied      Code = "SYNC-0322"
	SourceQueryWrong    Code = "SYNC-0323"
	SourceNoCompanion   Code = "SYNC-0324"
	SourceNotProven     Code = "SYNC-0325"
	SourceOldReady      Code = "SYNC-0326"
	SourceBadDSN        Code = "SYNC-0327"
	SourceQueryLacks    Code = "SYNC-0328"
	SourceNoDBFile      Code = "SYNC-0329"
	SourceNoFolder      Code = "SYNC-0330"
	SourceTrailer       Code = "SYNC-0331"
	SourceCutsRecords   Code = "SYNC-0332"
	SourceLinesNotWhole Code = "SYNC-0333"
	sourceNothingEN          = "Nothing was sent, and no record counts as missing."
	sourceNothingRU          = "Ничего не отправлено, и ни одна запись не считается пропавшей."
)

var sourceEntries = []entry{
	{
		SourceMissing,
		text{"The export {file} is not there.", sourceNothingEN, "Check `sources.{source}` and whether the accounting system has written it."},
		text{"Файла выгрузки {file} нет.", sourceNothingRU, "Проверьте `sources.{source}` и записала ли его учётная система."},
	},
	{
		SourceUnreadable,
		text{"The export {file} cannot be read: {cause}.", sourceNothingEN, "Check the rights of the user that runs syncd, and the disk or share."},
		text{"Файл выгрузки {file} не читается: {cause}.", sourceNothingRU, "Проверьте права пользователя, от которого работает syncd, и диск или сетевую папку."},
	},
	{
		SourceEmpty,
		text{"The export {file} is empty.", sourceNothingEN, "Export again; an empty file is never taken for «all clients are gone»."},
		text{"Файл выгрузки {file} пуст.", sourceNothingRU, "Выгрузите заново; пустой файл никогда не значит «все клиенты удалены»."},
	},
	{
		SourceBeingWritten,
		text{"The export {file} is still being written: its size or time changed within {settle}.", sourceNothingEN, "With `watch` or a schedule the next run takes it; else run again later. Better, write it under a temporary name and rename it."},
		text{"Файл выгрузки {file} ещё пишется: за {settle} изменились размер или время.", sourceNothingRU, "При `watch` или расписании её возьмёт следующий запуск, иначе запустите позже. А лучше пишите выгрузку под временным именем и переименовывайте."},
	},
	{
		SourceCutOff,
		text{"The export {file} ends in the middle of line {line}.", "That row was held back; the snapshot counts as incomplete.", "Export again; if the exporter writes no last line end, set `final_newline: optional`."},
		text{"Файл выгрузки {file} обрывается на середине строки {line}.", "Эта строка отложена, выгрузка считается неполной.", "Выгрузите заново; если последний перевод строки не пишется никогда, задайте `final_newline: optional`."},
	},
	{
		SourceNoHeader,
		text{"No header row was found in the first {lines} lines of {file}.", sourceNothingEN, "Name the line with `header: N`, or the columns with `header: none` and `columns`; if the header is there, look at `delimiter` and `encoding`."},
		text{"В первых {lines} строках файла {file} не нашлось заголовка.", sourceNothingRU, "Укажите его строку: `header: N`, или сами колонки: `header: none` и `columns`; если заголовок на месте, проверьте `delimiter` и `encoding`."},
	},
	{
		SourceEncoding,
		text{"The encoding of {file} is not certain; {encoding} was assumed.", "The file was read with it.", "If names look wrong in `syncd plan {job}`, set `encoding` for the source."},
		text{"Кодировка файла {file} под вопросом; принята {encoding}.", "Файл прочитан в ней.", "Если названия в `syncd plan {job}` испорчены, задайте источнику `encoding`."},
	},
	{
		SourceBrokenRow,
		text{"{file}, line {line}: the row has {cells|cell|cells}, the header has {columns}.", "The row was rejected; its neighbours are not affected.", "Look for an extra delimiter or quote in it: syncd rejects {job}"},
		text{"{file}, строка {line}: в строке {cells|ячейка|ячейки|ячеек}, в заголовке {columns}.", "Строка отклонена; соседние не затронуты.", "Поищите в ней лишний разделитель или кавычку: syncd rejects {job}"},
	},
	{
		SourceTooLarge,
		text{"{file}, line {line}: the {part} is larger than the limit of {limit}.", "It was not read on.", "If that is right, raise `limits.{part}` of the source; else look for a missing quote."},
		text{"{file}, строка {line}: превышен предел {limit} ({part}).", "Дальше не читали.", "Если так и должно быть, увеличьте `limits.{part}` источника; иначе поищите незакрытую кавычку."},
	},
	{
		SourceIncomplete,
		text{"{file} does not prove that it is complete: {cause}.", "Rows were read; no record counts as missing.", "Check the closing line, the manifest or the ready file of the export."},
		text{"Файл {file} не подтверждает свою полноту: {cause}.", "Строки прочитаны; ни одна запись не считается пропавшей.", "Проверьте итоговую строку, манифест или файл готовности выгрузки."},
	},
	{
		SourceDoubleEncoded,
		text{"{file} looks encoded twice (Р“РћРћ… in place of ООО).", sourceNothingEN, "Correct the export: it must convert the encoding once."},
		text{"Похоже, файл {file} перекодирован дважды (Р“РћРћ… вместо ООО).", sourceNothingRU, "Исправьте выгрузку: перекодировать нужно один раз."},
	},
	{
		SourceBadBytes,
		text{"{file}, line {line}: there are bytes that {encoding} does not have.", "The row was rejected; its neighbours are not affected.", "Set the right `encoding` for the source, or export the row again: syncd rejects {job}"},
		text{"{file}, строка {line}: встретились байты, которых нет в {encoding}.", "Строка отклонена; соседние не затронуты.", "Задайте источнику верную `encoding` или выгрузите строку заново: syncd rejects {job}"},
	},
	{
		SourceDuplicateName,
		text{"{file}: the column name {column} stands twice in the header.", sourceNothingEN, "Rename one of the two, or name the columns with `columns`."},
		text{"{file}: имя колонки {column} встречается в заголовке дважды.", sourceNothingRU, "Переименуйте одну из них или перечислите колонки в `columns`."},
	},
	{
		SourceBadQuotes,
		text{"{file}, line {line}: the quotes in the row do not pair up.", "The row was rejected; its neighbours are not affected.", "Look for a lone quote in it: syncd rejects {job}"},
		text{"{file}, строка {line}: кавычки в строке непарные.", "Строка отклонена; соседние не затронуты.", "Поищите в ней одинокую кавычку: syncd rejects {job}"},
	},
	{
		SourceNULByte,
		text{"{file}, line {line}: there is a zero byte in the row.", "The row was rejected; its neighbours are not affected.", "The disk or the transfer damaged the file: export and copy it again; the row: syncd rejects {job}"},
		text{"{file}, строка {line}: в строке нулевой байт.", "Строка отклонена; соседние не затронуты.", "Файл повреждён на диске или при передаче: выгрузите и скопируйте заново; строка: syncd rejects {job}"},
	},
	{
		SourceDBAway,
		text{"The database of {source} cannot be read: {cause}.", sourceNothingEN, "Check that the server answers and the network is up, then: syncd check; syncd run {job}"},
		text{"Базу данных источника {source} прочитать не удалось: {cause}.", sourceNothingRU, "Проверьте, отвечает ли сервер и есть ли сеть, затем: syncd check; syncd run {job}"},
	},
	{
		SourceDBDenied,
		text{"The database of {source} refuses the connection: {cause}.", sourceNothingEN, "Correct the DSN or the user's rights, then: syncd check"},
		text{"База данных источника {source} не пускает: {cause}.", sourceNothingRU, "Исправьте DSN или права пользователя, затем: syncd check"},
	},
	{
		SourceQueryWrong,
		text{"The query of {source} cannot be used: {cause}.", sourceNothingEN, "Correct `sources.{source}.sql`, then: syncd check"},
		text{"Запрос источника {source} не годится: {cause}.", sourceNothingRU, "Исправьте `sources.{source}.sql`, затем: syncd check"},
	},
	{
		SourceNoCompanion,
		text{"The file {file}, which proves the export whole, is not there.", sourceNothingEN, "The exporter writes it last (docs/1c.md); with `watch` the run then begins by itself. If it writes none, take `complete` out of `sources.{source}`."},
		text{"Нет файла {file}, который подтверждает полноту выгрузки.", sourceNothingRU, "Его последним записывает выгрузка (docs/1c.md); при `watch` запуск начнётся тогда сам. Если она его не пишет, уберите `complete` у `sources.{source}`."},
	},
	{
		SourceNotProven,
		text{"The export {file} is not the one that its manifest tells of: {cause}.", sourceNothingEN, "Export again; if it comes from a share, copy the manifest last. Then: syncd run {job}"},
		text{"Выгрузка {file} не та, о которой говорит её манифест: {cause}.", sourceNothingRU, "Выгрузите заново; при копировании манифест копируйте последним. Затем: syncd run {job}"},
	},
	{
		SourceOldReady,
		text{"The ready file of {file} is older than the export itself: it belongs to the one before.", sourceNothingEN, "The exporter must write it last (docs/1c.md). With `watch` the run then begins by itself; else: syncd run {job}"},
		text{"Файл готовности у {file} старше самой выгрузки: он от предыдущей.", sourceNothingRU, "Выгрузка должна записывать его последним (docs/1c.md). При `watch` запуск начнётся тогда сам; иначе: syncd run {job}"},
	},
	{
		SourceBadDSN,
		text{"The DSN of {source} cannot be understood: {cause}.", sourceNothingEN, "Correct the secret that `sources.{source}.sql.dsn` names (docs/sql.md has examples), then: syncd check"},
		text{"DSN источника {source} непонятен: {cause}.", sourceNothingRU, "Исправьте секрет, на который указывает `sources.{source}.sql.dsn` (примеры — в docs/sql.md), затем: syncd check"},
	},
	{
		SourceQueryLacks,
		text{"The query of {source} lacks what the mapping needs: {column}.", "Nothing was sent: the job stopped before any write.", "Columns of the query: {known}. Add the column to the query or change the mapping {mapping}."},
		text{"В запросе источника {source} нет того, что нужно описанию полей: {column}.", "Ничего не отправлено: задание остановлено до записи.", "Колонки запроса: {known}. Добавьте колонку в запрос или поправьте {mapping}."},
	},
	{
		SourceNoDBFile,
		text{"The database file {file} of {source} cannot be opened: {cause}.", sourceNothingEN, "Put it there, or correct the secret that `sources.{source}.sql.dsn` names (a relative path counts from the current folder); then: syncd check {job}"},
		text{"Файл базы {file} источника {source} не открывается: {cause}.", sourceNothingRU, "Положите его на место или исправьте секрет, на который указывает `sources.{source}.sql.dsn` (относительный путь считается от текущей папки); затем: syncd check {job}"},
	},
	{
		SourceNoFolder,
		text{"The folder {dir}, in which the export {file} should be, is not there.", sourceNothingEN, "If it is a network share, mount it; else correct `sources.{source}.csv.path`. Then: syncd check {job}"},
		text{"Папки {dir}, где должна лежать выгрузка {file}, нет.", sourceNothingRU, "Если это сетевая папка, подключите её; если нет, исправьте `sources.{source}.csv.path`. Затем: syncd check {job}"},
	},
	{
		SourceTrailer,
		text{"{file} is not closed as `complete` asks («{trailer}»): {cause}.", "A run would read its rows, but take no record for missing; an order of several rows at the end would count as cut off.", "Let the export write that line last, with the number of rows above it (the header aside), or correct `sources.{source}.csv.complete.trailer`; if it does, the file is cut off: export it again."},
		text{"Файл {file} кончается не так, как требует `complete` («{trailer}»): {cause}.", "Запуск прочёл бы строки, но не счёл бы пропавшей ни одну запись; последний заказ из нескольких строк счёл бы оборванным.", "Пусть выгрузка пишет эту строку последней, с числом строк над ней (без заголовка), или поправьте `sources.{source}.csv.complete.trailer`; если и так пишет, файл оборван: перевыгрузите."},
	},
	{
		SourceCutsRecords,
		text{"{source} is a delta in which every row is a line of its order, and {cause}.", "A later reading may bring some lines of an order alone; they would count as all of it, or be rejected as `sum-differs`.", "Every change has to bring the whole order: let the cursor be the order's and not the line's (docs/deals.md, «Lines»), read `snapshot: full`, or take the lines from a source of their own (`lines: source`)."},
		text{"{source} — дельта, где каждая строка — строка заказа, и {cause}.", "Следующее чтение может принести лишь часть строк заказа: они сойдут за весь заказ или будут отклонены как `sum-differs`.", "Любая правка должна приносить заказ целиком: пусть курсор будет у заказа, а не у строки (docs/ru/deals.md, «Строки»), или читайте `snapshot: full`, или берите строки из отдельного источника (`lines: source`)."},
	},
	{
		SourceLinesNotWhole,
		text{"{file} does not have all lines of the records: {cause}.", sourceNothingEN, "Export it again, whole; then: syncd run {job}"},
		text{"В {file} не все строки записей: {cause}.", sourceNothingRU, "Выгрузите заново, целиком; затем: syncd run {job}"},
	},
}
