package emulator

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// money is a decimal with two places, as the server's tables keep sums, prices
// and quantities: kopecks, never a float.
type money int64

// preFormat reads a number as the server does: blanks go, a comma is a point,
// and what follows the number is dropped. No number is 0.
func preFormat(s string) money {
	s = untag(strings.ReplaceAll(s, " ", ""))
	return leadingMoney(strings.ReplaceAll(phpTrim(s), ",", "."))
}

// preFormatOf is preFormat of a parameter; an array dies.
func preFormatOf(v any) (money, error) {
	if f, ok := v.(float64); ok {
		return leadingMoney(strconv.FormatFloat(f, 'f', -1, 64)), nil
	}
	s, err := text(v, "str_replace")
	return preFormat(s), err
}

// leadingMoney rounds the number that a text begins with to two places, as the
// server's columns do.
func leadingMoney(s string) money {
	s = strings.TrimLeft(s, " \t\n\r\v\f")
	end, point := 0, false
	for end < len(s) {
		switch c := s[end]; {
		case c >= '0' && c <= '9', end == 0 && (c == '-' || c == '+'):
		case c == '.' && !point:
			point = true
		default:
			return roundMoney(s[:end])
		}
		end++
	}
	return roundMoney(s)
}

func roundMoney(s string) money {
	sign, s := signOf(s)
	whole, part, _ := strings.Cut(s, ".")
	if len(whole) > 15 { // more than the column holds
		whole = strings.Repeat("9", 15)
	}
	for len(part) < 2 {
		part += "0"
	}
	n, err := strconv.ParseInt("0"+whole+part[:2], 10, 64)
	if err != nil {
		return 0
	}
	if strings.Trim(part[2:], "0") == "" {
		return money(sign * n)
	}
	return rounded2(sign, whole+"."+part)
}

// rounded2 rounds the binary fraction that is nearest to a decimal, and halves of it
// to the even neighbour: of 2.125 it makes 2.12, of 2.675, which is a little less,
// 2.67.
func rounded2(sign int64, s string) money {
	f, err := strconv.ParseFloat("0"+s, 64)
	if err != nil {
		return 0
	}
	whole := math.Floor(float64(sign) * f)
	return money(whole)*100 + money(math.RoundToEven((float64(sign)*f-whole)*100))
}

func signOf(s string) (int64, string) {
	switch {
	case strings.HasPrefix(s, "-"):
		return -1, s[1:]
	case strings.HasPrefix(s, "+"):
		return 1, s[1:]
	default:
		return 1, s
	}
}

// parseMoney reads a decimal of a seed exactly: more than two places are an
// error.
func parseMoney(s string) (money, error) {
	if s == "" {
		return 0, nil
	}
	r, ok := new(big.Rat).SetString(s)
	if ok && !strings.ContainsAny(s, "/eExXpP_") {
		r.Mul(r, big.NewRat(100, 1))
		if r.IsInt() && r.Num().IsInt64() {
			return money(r.Num().Int64()), nil
		}
	}
	return 0, fmt.Errorf("%q is no sum with two places at most", s)
}

// String writes a sum as the tables print it: "1000.00".
func (m money) String() string {
	sign, n := "", int64(m)
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// literal is a number in an answer, already in JSON.
type literal string

// number is a sum as the server's JSON prints a float: 1000, 1000.5, 1000.55.
func (m money) number() literal {
	return literal(strings.TrimSuffix(strings.TrimRight(m.String(), "0"), "."))
}

// shown is a sum as people read it: "1 000,00".
func (m money) shown() string {
	s := m.String()
	sign, s := signOf(s)
	whole, part, _ := strings.Cut(s, ".")
	var groups []string
	for len(whole) > 3 {
		groups = append([]string{whole[len(whole)-3:]}, groups...)
		whole = whole[:len(whole)-3]
	}
	s = strings.Join(append([]string{whole}, groups...), " ") + "," + part
	if sign < 0 {
		s = "-" + s
	}
	return s
}

// times multiplies price, quantity and multiplier exactly; the result counts
// ten-thousandths.
func times(price, quantity money, factor int64) *big.Int {
	n := big.NewInt(int64(price))
	n.Mul(n, big.NewInt(int64(quantity)))
	return n.Mul(n, big.NewInt(factor))
}

// rounded turns ten-thousandths into a sum.
func rounded(n *big.Int) money {
	half := big.NewInt(50)
	if n.Sign() < 0 {
		half.Neg(half)
	}
	q := new(big.Int).Quo(new(big.Int).Add(n, half), big.NewInt(100))
	return money(q.Int64())
}
