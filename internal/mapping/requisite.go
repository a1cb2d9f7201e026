package mapping

// Check digits of Russian requisites. Every function takes digits only and
// returns false for a wrong length, too.

var (
	innWeights   = [11]byte{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}
	accountCycle = [3]int{7, 1, 3}
)

// innDigit is the check digit over d with the tail of the weights.
func innDigit(d string) byte {
	weights := innWeights[len(innWeights)-len(d):]
	sum := 0
	for i := range len(d) {
		sum += int(d[i]-'0') * int(weights[i])
	}
	return byte(sum%11%10) + '0'
}

// ValidINN reports whether the digits are a ИНН of 10 or 12 digits whose check
// digits hold. All zeros do not.
func ValidINN(d string) bool {
	if !isDigits(d) || allZeros(d) {
		return false
	}
	switch len(d) {
	case 10:
		return innDigit(d[:9]) == d[9]
	case 12:
		return innDigit(d[:10]) == d[10] && innDigit(d[:11]) == d[11]
	}
	return false
}

// kppForm: four digits, two digits or Latin capitals, three digits.
func kppForm(s string) bool {
	if len(s) != 9 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (i != 4 && i != 5 || c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// validOGRN checks ОГРН (13 digits) and ОГРНИП (15 digits).
func validOGRN(d string) bool {
	if !isDigits(d) || allZeros(d) {
		return false
	}
	mod := 11
	switch len(d) {
	case 13:
	case 15:
		mod = 13
		if d[0] != '3' && d[0] != '4' {
			return false
		}
	default:
		return false
	}
	rest := 0
	for i := range len(d) - 1 {
		rest = (rest*10 + int(d[i]-'0')) % mod
	}
	return byte(rest%10)+'0' == d[len(d)-1]
}

// validOKPO checks ОКПО (8 digits, sole traders 10).
func validOKPO(d string) bool {
	if !isDigits(d) || allZeros(d) || len(d) != 8 && len(d) != 10 {
		return false
	}
	n := len(d) - 1
	weigh := func(first int) int {
		sum := 0
		for i := range n {
			sum += int(d[i]-'0') * ((first-1+i)%10 + 1)
		}
		return sum % 11
	}
	check := weigh(1)
	if check == 10 {
		check = weigh(3) % 10
	}
	return byte(check)+'0' == d[n]
}

func bikForm(d string) bool { return len(d) == 9 && isDigits(d) && !allZeros(d) }

// validAccount checks the key of a settlement account with its bank's БИК, or,
// for a correspondent account, with the number of the settlement centre. An
// account that is kept in a settlement centre itself (БИК ends in 000, 001,
// 002) takes the latter's prefix; treasury accounts (03…) have no published
// rule and pass by their form.
func validAccount(account, bik string, correspondent bool) bool {
	if len(account) != 20 || !isDigits(account) || allZeros(account) || !bikForm(bik) {
		return false
	}
	if account[:2] == "03" {
		return true
	}
	tail := bik[6:]
	if correspondent || tail == "000" || tail == "001" || tail == "002" {
		return accountSum([3]byte{'0', bik[4], bik[5]}, account)
	}
	return accountSum([3]byte{tail[0], tail[1], tail[2]}, account)
}

func accountSum(prefix [3]byte, account string) bool {
	sum := 0
	for i, c := range prefix {
		sum += int(c-'0') * accountCycle[i%3]
	}
	for i := range len(account) {
		sum += int(account[i]-'0') * accountCycle[i%3] // the prefix has three digits: the cycle starts anew
	}
	return sum%10 == 0
}

func allZeros(d string) bool {
	for i := range len(d) {
		if d[i] != '0' {
			return false
		}
	}
	return d != ""
}
