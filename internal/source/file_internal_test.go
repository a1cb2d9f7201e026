package source

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

func Test_a_share_whose_server_is_gone_is_not_ready(t *testing.T) {
	for _, cause := range []syscall.Errno{
		syscall.ENOENT, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ETIMEDOUT, syscall.ESTALE, syscall.ENODEV, syscall.ENOTCONN,
	} {
		err := notThere("clients.csv", &fs.PathError{Op: "lstat", Path: "clients.csv", Err: cause})
		var e *NotReadyError
		if !errors.As(err, &e) || e.Reason != Missing || !errors.Is(err, cause) {
			t.Errorf("%v: %v", cause, err)
		}
	}
	for _, cause := range []syscall.Errno{syscall.EACCES, syscall.EIO, syscall.EMFILE} {
		err := notThere("clients.csv", &fs.PathError{Op: "lstat", Path: "clients.csv", Err: cause})
		if errors.As(err, new(*NotReadyError)) || !errors.Is(err, cause) {
			t.Errorf("%v: %v", cause, err)
		}
	}
}
