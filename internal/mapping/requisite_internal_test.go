package mapping

import "testing"

func TestCheckDigitsOfINN(t *testing.T) {
	for _, d := range []string{
		"7707083893", "7702070139", "7736050003", "7728168971", "7830002293", "3664069397", "5504036333", "7707017509", "7719861869",
		"7843316106", "7814671360", "7811451737", "500100732259", "526317984689",
	} {
		if !ValidINN(d) {
			t.Errorf("%s is refused", d)
		}
	}
	for _, d := range []string{"7707083890", "770708389", "617547302703", "7777777777", "7123456789", "0000000000", "000000000000", "", "770708389X", "500100732258", "500100732249"} {
		if ValidINN(d) {
			t.Errorf("%s passes", d)
		}
	}
}

func TestCheckDigitsOfOGRN(t *testing.T) {
	for _, d := range []string{"1027700132195", "1037739010891", "1027739609391", "4057910142110", "304500116000157"} {
		if !validOGRN(d) {
			t.Errorf("%s is refused", d)
		}
	}
	for _, d := range []string{"1027700132194", "304500116000158", "313242342342332", "0000000000000", "104500116000157", "102770013219", ""} {
		if validOGRN(d) {
			t.Errorf("%s passes", d)
		}
	}
}

func TestCheckDigitsOfOKPO(t *testing.T) {
	// the last three by the rule: their first pass gives 10, the very last one's second, too
	for _, d := range []string{"53240980", "00032537", "00044434", "12345784", "12345849", "12346420"} {
		if !validOKPO(d) {
			t.Errorf("%s is refused", d)
		}
	}
	for _, d := range []string{"53240981", "00032538", "00000000", "5324098", ""} {
		if validOKPO(d) {
			t.Errorf("%s passes", d)
		}
	}
}

func TestCheckDigitsOfAccounts(t *testing.T) {
	for _, c := range []struct {
		account, bik string
		corr         bool
	}{
		{"40602810700000000025", "049805746", false}, // the examples of ЦБ № 515
		{"30101810800000000746", "049805000", true},
		{"40702810117130002977", "044525411", false},
		{"40702810902500109346", "044525999", false},
		{"40702810910000006544", "044030704", false},
		{"40702810800001400002", "044525700", false},
		{"40702810000000011692", "044525823", false},
		{"47422810119484000074", "044525411", false},
		{"40702810267020000630", "047102651", false},
		{"30101810145250000411", "044525411", true},
		{"30101810400000000225", "044525225", true},
		{"30101810200000000700", "044525700", true},
		{"30101810200000000823", "044525823", true},
		{"30101810100000000723", "044030723", true},
		{"30101810800000000651", "047102651", true},
		{"40102810545370000003", "004525000", false}, // kept in a settlement centre: its prefix
		{"03100643000000017300", "004525988", false}, // treasury: form only
	} {
		if !validAccount(c.account, c.bik, c.corr) {
			t.Errorf("%s/%s is refused", c.account, c.bik)
		}
		if c.account[:2] == "03" {
			continue
		}
		wrong := []byte(c.account)
		wrong[19] = '0' + (wrong[19]-'0'+1)%10
		if validAccount(string(wrong), c.bik, c.corr) {
			t.Errorf("%s/%s passes", wrong, c.bik)
		}
	}
	if validAccount("40702810117130002977", "044525999", false) {
		t.Error("an account of another bank passes")
	}
	if validAccount("00000000000000000000", "044525411", false) {
		t.Error("all zeros pass")
	}
}

func TestFormOfKPP(t *testing.T) {
	for d, want := range map[string]bool{"773601001": true, "7736AB001": true, "77360100": false, "7736ab001": false, "A73601001": false} {
		if kppForm(d) != want {
			t.Errorf("%s: %v", d, !want)
		}
	}
}
