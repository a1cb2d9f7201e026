package sample

import "testing"

// The vectors are numbers from public registers and the official examples
// of regulation 515; the last digit (or the key) must come out by itself.

func TestCheckDigitsOfKnownRequisites(t *testing.T) {
	t.Parallel()
	for _, inn := range []string{"7707083893", "7702070139", "7736050003", "7728168971", "7830002293", "3664069397", "5504036333", "7811451737"} {
		if got := string(appendINN10(nil, inn[:9], 0)); got != inn {
			t.Errorf("ИНН of 10 digits: got %s, want %s", got, inn)
		}
	}
	for _, inn := range []string{"500100732259", "526317984689"} {
		if got := string(appendINN12(nil, inn[:10], 0)); got != inn {
			t.Errorf("ИНН of 12 digits: got %s, want %s", got, inn)
		}
	}
	for number, modulus := range map[string]uint64{
		"1027700132195": 11, "1037739010891": 11, "1027739609391": 11, "4057910142110": 11, "304500116000157": 13,
	} {
		head, last := []byte(number[:len(number)-1]), number[len(number)-1]
		if got := remainder(head, modulus); got != last {
			t.Errorf("ОГРН %s: got check digit %c", number, got)
		}
	}
	for _, okpo := range []string{"53240980", "00032537", "00044434"} {
		if got := okpoDigit([]byte(okpo[:7])); got != okpo[7] {
			t.Errorf("ОКПО %s: got check digit %c", okpo, got)
		}
	}
}

func TestAccountKeysOfKnownPairs(t *testing.T) {
	t.Parallel()
	for account, bik := range map[string]string{
		"40602810700000000025": "049805746",
		"40702810117130002977": "044525411",
		"40702810902500109346": "044525999",
		"40702810910000006544": "044030704",
		"40702810267020000630": "047102651",
	} {
		if got := string(appendAccount(nil, account[:8], bik, account[9:])); got != account {
			t.Errorf("account with БИК %s: got %s, want %s", bik, got, account)
		}
	}
	for account, bik := range map[string]string{
		"30101810400000000225": "044525225",
		"30101810200000000700": "044525700",
		"30101810100000000723": "044030723",
		"30101810800000000651": "047102651",
	} {
		if got := string(appendCorrAccount(nil, bik)); got != account {
			t.Errorf("correspondent account of БИК %s: got %s, want %s", bik, got, account)
		}
	}
}
