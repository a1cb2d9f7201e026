package sample

// The functions of this file append requisites with right check digits. Digits
// are ASCII, as windows-1251 and UTF-8 both write them.

// appendPadded appends the last width decimal digits of v.
func appendPadded(dst []byte, v uint64, width int) []byte {
	at := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= at; i-- {
		dst[i] = byte('0' + v%10)
		v /= 10
	}
	return dst
}

// appendINN10 appends a legal entity's ИНН: the two or more digits of region,
// then serial, nine digits together, and the check digit.
func appendINN10(dst []byte, region string, serial uint64) []byte {
	at := len(dst)
	dst = append(dst, region...)
	dst = appendPadded(dst, serial, 9-len(region))
	return append(dst, weighted(dst[at:], "\x02\x04\x0a\x03\x05\x09\x04\x06\x08"))
}

// appendINN12 appends a person's ИНН with its two check digits.
func appendINN12(dst []byte, region string, serial uint64) []byte {
	at := len(dst)
	dst = append(dst, region...)
	dst = appendPadded(dst, serial, 10-len(region))
	dst = append(dst, weighted(dst[at:], "\x07\x02\x04\x0a\x03\x05\x09\x04\x06\x08"))
	return append(dst, weighted(dst[at:], "\x03\x07\x02\x04\x0a\x03\x05\x09\x04\x06\x08"))
}

// weighted is the ИНН rule: the weighted sum mod 11 mod 10, as a digit.
func weighted(digits []byte, weights string) byte {
	sum := 0
	for i, d := range digits {
		sum += int(d-'0') * int(weights[i])
	}
	return byte('0' + sum%11%10)
}

// appendOGRN appends the ОГРН of a legal entity registered in year.
func appendOGRN(dst []byte, year, serial uint64) []byte {
	at := len(dst)
	dst = append(dst, '1')
	dst = appendPadded(dst, year, 2)
	dst = append(dst, "99"...)
	dst = appendPadded(dst, serial, 7)
	return append(dst, remainder(dst[at:], 11))
}

// appendOGRNIP appends the ОГРНИП of a sole trader registered in year.
func appendOGRNIP(dst []byte, year, serial uint64) []byte {
	at := len(dst)
	dst = append(dst, '3')
	dst = appendPadded(dst, year, 2)
	dst = append(dst, "99"...)
	dst = appendPadded(dst, serial, 9)
	return append(dst, remainder(dst[at:], 13))
}

func remainder(digits []byte, modulus uint64) byte {
	var v uint64
	for _, d := range digits {
		v = v*10 + uint64(d-'0')
	}
	return byte('0' + v%modulus%10)
}

// appendOKPO appends an ОКПО of width digits, 8 for companies, 10 for sole
// traders.
func appendOKPO(dst []byte, serial uint64, width int) []byte {
	at := len(dst)
	dst = appendPadded(dst, serial, width-1)
	return append(dst, okpoDigit(dst[at:]))
}

func okpoDigit(digits []byte) byte {
	for shift := range 2 {
		sum := 0
		for i, d := range digits {
			sum += int(d-'0') * ((i+2*shift)%10 + 1)
		}
		if sum%11 < 10 {
			return byte('0' + sum%11)
		}
	}
	return '0'
}

// appendAccount appends balance+currency (8 digits), the key, and tail (11
// digits). The key is checked together with the last three digits of the БИК.
func appendAccount(dst []byte, head, bik, tail string) []byte {
	return appendKeyed(dst, bik[6:9], head, tail)
}

// appendCorrAccount appends a bank's correspondent account, whose last three
// digits are those of its БИК and whose key is checked with the number of the
// settlement center.
func appendCorrAccount(dst []byte, bik string) []byte {
	return appendKeyed(dst, "0"+bik[4:6], "30101810", "00000000"+bik[6:9])
}

// appendKeyed does the key computation of regulation 515: with 0 in the key's
// place, three times the sum of the products' low digits.
func appendKeyed(dst []byte, prefix, head, tail string) []byte {
	const weights = "713"
	at, sum := 0, 0
	add := func(s string) {
		for i := range len(s) {
			sum += int(s[i]-'0') * int(weights[at%3]-'0') % 10
			at++
		}
	}
	add(prefix)
	add(head)
	add("0")
	add(tail)
	dst = append(dst, head...)
	dst = append(dst, byte('0'+sum*3%10))
	return append(dst, tail...)
}
