package sample

// legalKind is what ЮрФизЛицо says.
type legalKind int

const (
	kindCompany legalKind = iota
	kindTrader
	kindPerson
)

// row is one counterparty in windows-1251: its cells one behind the other in
// one buffer, which is used again for the next row.
type row struct {
	buf []byte
	end [columnCount]int
}

func (r *row) cell(c column) []byte {
	if c == 0 {
		return r.buf[:r.end[0]]
	}
	return r.buf[r.end[c-1]:r.end[c]]
}

// alteration says how a row differs from the one the seed alone would give.
type alteration struct {
	// field is the mapped field to change; 0 is none.
	field alteredField
	// touched moves ДатаИзменения, which no mapping reads.
	touched bool
}

type alteredField int

const (
	alterNone alteredField = iota
	alterPhone
	alterAddress
	alterAccount
	alteredFields
)

// maker fills rows. It is not safe for concurrent use.
type maker struct {
	lex  *lexicon
	seed uint64
}

// draft holds what several cells of one row share.
type draft struct {
	n      uint64 // number of the row from 0: every identifying cell is made of it
	s      stream
	kind   legalKind
	form   uint64
	stem   uint64
	trade  uint64
	serial uint64
	region uint64
	alter  alteration
}

// fill makes row n. Cells that identify a counterparty are made of n itself,
// so no two rows below ten million share them; the rest is drawn.
func (m *maker) fill(r *row, n uint64, alter alteration) {
	d := draft{n: n, s: newStream(m.seed, n), alter: alter}
	mixed := n + m.seed%64
	d.stem, d.trade, d.serial = mixed%64, mixed/64%32, mixed/2048+1
	switch k := d.s.below(100); {
	case k < 72:
		d.kind = kindCompany
	case k < 88:
		d.kind = kindTrader
	default:
		d.kind = kindPerson
	}
	d.form = d.s.below(uint64(len(m.lex.fullForms)))
	d.region = d.s.below(uint64(len(m.lex.regions)))
	r.buf = r.buf[:0]
	for c := range columnCount {
		r.buf = m.appendCell(r.buf, c, &d)
		r.end[c] = len(r.buf)
	}
}

// appendCell writes one cell. It is called for the columns in their order, so
// that the draws fall in the same order every time.
func (m *maker) appendCell(b []byte, c column, d *draft) []byte {
	switch c {
	case colRef:
		return appendGUID(b, &d.s)
	case colCode:
		return m.appendCode(b, d)
	case colName, colFullName:
		return m.appendName(b, c == colFullName, d)
	case colKind:
		return append(b, m.lex.text([...]plainText{txtLegal, txtTrader, txtPerson}[d.kind])...)
	case colINN, colKPP, colOGRN, colOKPO:
		return appendRequisite(b, c, d)
	case colBIK, colBank, colAccount, colCorrAccount:
		return m.appendBanking(b, c, d)
	case colPhone, colMobile:
		return m.appendPhone(b, c == colMobile, d)
	case colMail, colSite:
		return m.appendInternet(b, c == colSite, d)
	case colLegalAddress, colActualAddress:
		return m.appendAddress(b, c == colActualAddress, d)
	case colRegion:
		return append(b, m.lex.regions[d.region]...)
	case colManager:
		if d.s.chance(60) {
			return append(b, pick(m.lex.managers, &d.s)...)
		}
		return b
	case colComment:
		if d.s.chance(12) {
			return append(b, pick(m.lex.comments, &d.s)...)
		}
		return b
	case colCreated:
		return appendMoment(b, 2009+d.s.below(17), 1+d.s.below(28), &d.s)
	case colModified:
		day := 1 + d.s.below(28)
		if d.alter.touched || d.alter.field != alterNone {
			day = 30 // no other row of the export has it
		}
		return appendMoment(b, 2026, day, &d.s)
	default: // colIsGroup, colDeleted
		return append(b, m.lex.text(txtNo)...)
	}
}

func pick(list words, s *stream) []byte { return list[s.below(uint64(len(list)))] }

// appendGUID writes a version 1 GUID, as 1C makes them.
func appendGUID(b []byte, s *stream) []byte {
	const hex = "0123456789abcdef"
	hi, lo := s.next(), s.next()
	hi = hi&^0xf000 | 0x1000
	lo = lo&^(3<<62) | 1<<63
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b = append(b, '-')
		}
		word := hi
		if i >= 16 {
			word = lo
		}
		b = append(b, hex[word>>(60-4*(i%16))&15])
	}
	return b
}

func (m *maker) appendCode(b []byte, d *draft) []byte {
	switch d.n % 4 {
	case 0:
		return appendPadded(append(b, "00-"...), d.n, 8)
	case 1:
		return appendPadded(append(b, m.lex.text(txtCodePrefix)...), d.n, 8)
	case 2:
		return appendPadded(append(b, m.lex.text(txtCodePrefixTP)...), d.n, 7)
	default:
		return appendPadded(b, d.n, 9)
	}
}

// appendName writes the working name or the full one.
func (m *maker) appendName(b []byte, full bool, d *draft) []byte {
	switch d.kind {
	case kindCompany:
		if !full && d.n%3 != 0 {
			return append(append(m.appendStem(b, d), ' '), m.lex.shortForms[d.form]...)
		}
		if full {
			b = append(append(b, m.lex.fullForms[d.form]...), '"')
		} else {
			b = append(append(b, m.lex.shortForms[d.form]...), ' ', '"')
		}
		return append(m.appendStem(b, d), '"')
	case kindTrader:
		title := txtTraderShort
		if full {
			title = txtTraderFull
		}
		b = append(b, m.lex.text(title)...)
	case kindPerson:
	}
	letters := uint64(len(m.lex.letters))
	b = append(append(b, m.lex.surnames[d.stem]...), ' ')
	b = append(append(b, m.lex.letters[d.trade%letters]...), '.', ' ')
	b = append(append(b, m.lex.letters[(d.trade+d.serial)%letters]...), '.')
	return appendNumber(append(b, m.lex.text(txtNumberSign)...), d.n+1)
}

// appendStem writes the distinct part of a company's name: «Ромашка-Торг-17».
func (m *maker) appendStem(b []byte, d *draft) []byte {
	b = append(append(b, m.lex.stems[d.stem]...), '-')
	b = append(append(b, m.lex.trades[d.trade]...), '-')
	return appendNumber(b, d.serial)
}

func appendNumber(b []byte, v uint64) []byte {
	width := 1
	for rest := v / 10; rest > 0; rest /= 10 {
		width++
	}
	return appendPadded(b, v, width)
}

func appendRequisite(b []byte, c column, d *draft) []byte {
	switch {
	case c == colINN && d.kind == kindCompany:
		return appendINN10(b, "99", d.n)
	case c == colINN:
		return appendINN12(b, "99", d.n)
	case c == colKPP && d.kind == kindCompany:
		b = appendPadded(append(b, "99"...), d.s.below(50)+1, 2)
		return append(b, "01001"...)
	case c == colOGRN && d.kind == kindCompany:
		return appendOGRN(b, 2+d.s.below(23), d.n)
	case c == colOGRN && d.kind == kindTrader:
		return appendOGRNIP(b, 4+d.s.below(21), d.n)
	case c == colOKPO && d.kind == kindCompany && d.s.chance(60):
		return appendOKPO(b, 1_000_000+d.n, 8)
	case c == colOKPO && d.kind == kindTrader && d.s.chance(60):
		return appendOKPO(b, 100_000_000+d.n, 10)
	default:
		return b
	}
}

// appendBanking writes the main account of companies and sole traders.
func (m *maker) appendBanking(b []byte, c column, d *draft) []byte {
	if d.kind == kindPerson {
		return b
	}
	bank := m.lex.banks[d.n*7%uint64(len(m.lex.banks))]
	switch c {
	case colBIK:
		return append(b, bank.bik...)
	case colBank:
		return append(b, bank.name...)
	case colAccount:
		head := "40702810"
		if d.kind == kindTrader {
			head = "40802810"
		}
		var tail [11]byte
		branch := uint64(0)
		if d.alter.field == alterAccount {
			branch = 900
		}
		appendPadded(appendPadded(tail[:0], branch, 4), d.n, 7)
		return appendAccount(b, head, bank.bik, string(tail[:]))
	default:
		return append(b, bank.corr...)
	}
}

// appendPhone writes a number in one of the spellings. Exchange 000 belongs to
// nobody: the area code and the last four digits tell the rows apart.
func (m *maker) appendPhone(b []byte, mobile bool, d *draft) []byte {
	spread := d.n/10_000 + d.n*37 // rows with the same last digits never meet in one code
	code := 300 + spread%200
	form := d.s.below(uint64(len(m.lex.phones)))
	if mobile {
		if !d.s.chance(20) {
			return b
		}
		code, form = 900+spread%100, form%4
	} else if d.alter.field == alterPhone || d.alter.field == alterAccount && d.kind == kindPerson {
		code = 820 + spread%80
	}
	f := m.lex.phones[form]
	b = appendPadded(append(b, f.before...), code, 3)
	b = append(append(b, f.after...), "000"...)
	b = appendPadded(append(b, f.sep...), d.n/100, 2)
	b = appendPadded(append(b, f.sep...), d.n, 2)
	return append(b, f.tail...)
}

func (m *maker) appendInternet(b []byte, site bool, d *draft) []byte {
	filled := uint64(60)
	if site {
		filled = 12
	}
	if !d.s.chance(filled) {
		return b
	}
	word := m.lex.latin[d.stem]
	if site {
		b = append(append(append(b, "https://"...), word...), '-')
		return append(appendNumber(b, d.n+1), ".example.com"...)
	}
	b = appendNumber(append(append(b, word...), '.'), d.n+1)
	return append(b, [...]string{"@example.ru", "@example.com", "@mail.invalid"}[d.s.below(3)]...)
}

// appendAddress writes the legal address always and the actual one for one row
// in eight; a changed actual address is always there and has a block.
func (m *maker) appendAddress(b []byte, actual bool, d *draft) []byte {
	city, street := d.s.below(uint64(len(m.lex.cities))), d.s.below(uint64(len(m.lex.streets)))
	house, office := d.s.below(298)+1, d.s.below(400)
	changed := actual && d.alter.field == alterAddress
	if actual && !changed && d.n%8 != 0 {
		return b
	}
	b = appendPadded(append(b, "99"...), d.region*1000+city*100+street, 4)
	b = append(append(append(b, ", "...), m.lex.regions[d.region]...), ", "...)
	b = append(append(append(b, m.lex.text(txtCity)...), m.lex.cities[city]...), ", "...)
	b = append(append(b, m.lex.text(txtStreet)...), m.lex.streets[street]...)
	b = appendNumber(append(b, m.lex.text(txtHouse)...), house)
	if changed {
		b = append(b, m.lex.text(txtBlock)...)
	}
	if office < 100 {
		b = appendNumber(append(b, m.lex.text(txtOffice)...), office+1)
	}
	return b
}

// appendMoment writes dd.mm.yyyy H:MM:SS: 1C puts no leading zero on the hour.
func appendMoment(b []byte, year, day uint64, s *stream) []byte {
	month := 1 + s.below(11)
	if day > 28 && month == 2 {
		month = 3
	}
	b = append(appendPadded(b, day, 2), '.')
	b = append(appendPadded(b, month, 2), '.')
	b = append(appendPadded(b, year, 4), ' ')
	b = append(appendNumber(b, s.below(24)), ':')
	b = append(appendPadded(b, s.below(60), 2), ':')
	return appendPadded(b, s.below(60), 2)
}
