package main

import (
	"errors"
	"strings"
	"testing"

	"syncd/internal/message"
	"syncd/internal/state"
)

func TestEveryErrorOfTheStateIsWordedWithItsNextStep(t *testing.T) {
	t.Parallel()
	const file = "var/state.db"
	for name, tt := range map[string]struct {
		err  error
		exit int
		code message.Code
	}{
		"newer":   {&state.NewerError{File: file, Found: 9, Known: 1}, exitConfig, message.StateNewer},
		"older":   {&state.OlderError{File: file, Found: 1, Known: 2}, exitConfig, message.StateOlder},
		"damaged": {&state.DamagedError{File: file, Cause: "zero length"}, exitConfig, message.StateDamaged},
		"held":    {&state.HeldError{File: file, PID: 7}, exitLocked, message.StateLocked},
		"full":    {&state.FullError{File: file}, exitFailure, message.StateDiskFull},
		"missing": {&state.MissingError{File: file}, exitConfig, message.StateMissing},
		"foreign": {&state.ForeignError{File: file}, exitConfig, message.StateNotOurs},
		"exposed": {&state.ExposedError{File: file, Mode: "-rw-r--r--"}, exitConfig, message.StateExposed},
		"busy":    {&state.LockedError{File: file}, exitFailure, message.StateBusy},
		"network": {&state.NetworkError{File: file, Filesystem: "nfs"}, exitConfig, message.StateNetworkDir},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, lang := range []message.Lang{message.English, message.Russian} {
				a := &app{lang: lang}
				err := a.stateFault(errors.Join(errors.New("open"), tt.err))
				var told *faultError
				if !errors.As(err, &told) || told.code != tt.code || exitFor(err) != tt.exit {
					t.Fatalf("%v: exit %d", err, exitFor(err))
				}
				text := told.In(lang)
				if !strings.Contains(text, file) || unfilled.MatchString(text) {
					t.Errorf("%s: %s", lang, text)
				}
			}
		})
	}
}
