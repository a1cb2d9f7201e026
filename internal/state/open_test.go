package state_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/state"
)

func TestA_new_state_is_for_its_owner_alone(t *testing.T) {
	path := place(t)
	db := open(t, path)
	confirmed(t, job(t, db, clients), 1, 1, 1)
	for _, c := range []struct {
		name string
		mode fs.FileMode
	}{
		{filepath.Dir(path), 0o700}, {path, 0o600}, {path + "-wal", 0o600}, {path + "-shm", 0o600},
	} {
		st, err := os.Stat(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != c.mode {
			t.Errorf("%s has mode %v, want %v", filepath.Base(c.name), st.Mode().Perm(), c.mode)
		}
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestA_state_is_not_made_unasked(t *testing.T) {
	path := place(t)
	for name, f := range map[string]func() (*state.DB, error){
		"write": func() (*state.DB, error) { return state.Open(t.Context(), path, state.Options{Clock: clock}) },
		"read":  func() (*state.DB, error) { return state.OpenReadOnly(t.Context(), path, state.Options{Create: true}) },
	} {
		if _, err := f(); !errors.As(err, new(*state.MissingError)) {
			t.Errorf("%s: %v, want *MissingError", name, err)
		}
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something was created")
	}
}

func TestWhat_a_killed_creation_left_is_cleared_away(t *testing.T) {
	path := place(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".new", ".new-journal"} {
		if err := os.WriteFile(path+name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := state.Open(t.Context(), path, state.Options{Create: true, Clock: clock})
	must(t, err)
	must(t, db.Close())
	left, err := filepath.Glob(path + ".new*")
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

// closed makes a state with some content and closes it.
func closed(t *testing.T) string {
	t.Helper()
	path := place(t)
	db := open(t, path)
	j := job(t, db, clients)
	confirmed(t, j, start(t, j), 1, 150)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestA_file_that_is_no_whole_state_is_refused_and_left_alone(t *testing.T) {
	edit := func(f func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	query := func(q string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	sound, err := os.ReadFile(closed(t))
	if err != nil {
		t.Fatal(err)
	}
	damaged := func(cause string) func(error) bool {
		return func(err error) bool {
			var e *state.DamagedError
			return errors.As(err, &e) && e.File != "" && strings.Contains(e.Cause, cause)
		}
	}
	for name, c := range map[string]struct {
		spoil func(*testing.T, string)
		want  func(error) bool
	}{
		"zero length":       {edit(func([]byte) []byte { return nil }), damaged("zero length")},
		"not SQLite":        {edit(func(b []byte) []byte { return []byte(strings.Repeat("это не база. ", 900)) }), damaged("not a database")},
		"a short text":      {edit(func([]byte) []byte { return []byte("x") }), damaged("")},
		"header only":       {edit(func(b []byte) []byte { return b[:100] }), damaged("")},
		"cut in the middle": {edit(func(b []byte) []byte { return b[:len(b)/2/4096*4096] }), damaged("")},
		"cut inside a page": {edit(func(b []byte) []byte { return b[:len(b)-1000] }), damaged("")},
		"a page of zeros":   {edit(func(b []byte) []byte { clear(b[5*4096 : 6*4096]); return b }), damaged("")},
		"pages swapped": {edit(func(b []byte) []byte {
			at := map[byte]int{} // the first page of an index, and of a table
			for n := len(b)/4096 - 1; n > 0; n-- {
				at[b[n*4096]] = n * 4096
			}
			index, table := b[at[0x0a]:][:4096], b[at[0x0d]:][:4096]
			p := append([]byte{}, index...)
			copy(index, table)
			copy(table, p)
			return b
		}), damaged("")},
		"a newer schema": {query(`PRAGMA user_version = 99`), func(err error) bool {
			var e *state.NewerError
			return errors.As(err, &e) && e.Found == 99 && e.Known > 0
		}},
		"another program's database": {query(`PRAGMA application_id = 7`), func(err error) bool {
			return errors.As(err, new(*state.ForeignError))
		}},
		"another program's database in another journal mode": {func(t *testing.T, path string) {
			t.Helper()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			query(`CREATE TABLE books (title TEXT)`)(t, path)
			if err := os.Chmod(path, 0o600); err != nil {
				t.Fatal(err)
			}
		}, func(err error) bool { return errors.As(err, new(*state.ForeignError)) }},
		"readable by others": {func(t *testing.T, path string) {
			t.Helper()
			if err := os.Chmod(path, 0o640); err != nil {
				t.Fatal(err)
			}
		}, func(err error) bool { return errors.As(err, new(*state.ExposedError)) }},
		"a folder that anyone may write": {func(t *testing.T, path string) {
			t.Helper()
			if err := os.Chmod(filepath.Dir(path), 0o777); err != nil { //nolint:gosec // the fault
				t.Fatal(err)
			}
		}, func(err error) bool { return errors.As(err, new(*state.ExposedError)) }},
		"a folder in its place": {func(t *testing.T, path string) {
			t.Helper()
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, damaged("folder")},
	} {
		t.Run(name, func(t *testing.T) {
			path := place(t)
			if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, sound, 0o600)); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, path)
			before, _ := os.ReadFile(path)
			for way, f := range map[string]func() (*state.DB, error){
				"write": func() (*state.DB, error) {
					return state.Open(t.Context(), path, state.Options{Create: true, Clock: clock})
				},
				"read": func() (*state.DB, error) { return state.OpenReadOnly(t.Context(), path, state.Options{}) },
			} {
				db, err := f()
				if err == nil {
					_ = db.Close()
				}
				if !c.want(err) {
					t.Errorf("open to %s: %T %v", way, err, err)
				}
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

// Whatever bytes flip, opening and reading end in an error or in the truth,
// never in a panic or an empty state.
func TestFlipped_bytes_never_look_like_an_empty_state(t *testing.T) {
	path := closed(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range fewer(t, 24, 6) {
		b := append([]byte{}, whole...)
		at := rnd.IntN(len(b))
		for i := range min(64, len(b)-at) {
			b[at+i] = byte(rnd.Uint32())
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := state.OpenReadOnly(t.Context(), path, state.Options{})
		if err != nil {
			continue
		}
		j, err := db.Job(t.Context(), clients)
		if err == nil {
			n := 0
			err = j.Seen(t.Context(), func(engine.Seen) error { n++; return nil })
			if err == nil && n != 150 {
				t.Errorf("64 bytes flipped at %d: %d of 150 links, and no error", at, n)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLocked_by_another_program(t *testing.T) {
	path := closed(t)
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	other.SetMaxOpenConns(1)
	db := open(t, path)
	state.SetBusyTimeout(t, db, 20)
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	j := job(t, db, clients)
	_, err = j.Start(t.Context(), noon)
	if !errors.As(err, new(*state.LockedError)) {
		t.Errorf("got %v, want *LockedError", err)
	}
	if _, err := other.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	start(t, j) // and it goes on
}

func TestReading_takes_no_lock_and_writes_nothing(t *testing.T) {
	path := closed(t)
	lock, err := state.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Release() }()
	before, _ := os.ReadFile(path)
	db, err := state.OpenReadOnly(t.Context(), path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	j := job(t, db, clients)
	if got, counted := len(seen(t, j)), standing(t, j).Links; got != 150 || counted != 150 {
		t.Errorf("%d links, %d counted, want 150", got, counted)
	}
	if s := standing(t, job(t, db, state.JobKey{Name: "never ran"})); s.Links != 0 || s.Holds == nil {
		t.Errorf("a job never seen: %+v", s)
	}
	if _, err := j.Start(t.Context(), noon); !errors.Is(err, state.ErrReadOnly) {
		t.Errorf("a write: %v, want ErrReadOnly", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file was changed")
	}
}

func TestAn_empty_state_serves_a_plan_before_the_first_run(t *testing.T) {
	db, err := state.Empty(t.Context(), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	j := job(t, db, clients)
	if s := standing(t, j); s.Links != 0 || len(seen(t, j)) != 0 {
		t.Errorf("not empty: %+v", s)
	}
	if _, err := db.Records(t.Context(), "", "x", 0); err != nil {
		t.Error(err)
	}
	if _, err := j.Start(t.Context(), noon); !errors.Is(err, state.ErrReadOnly) {
		t.Errorf("a write: %v, want ErrReadOnly", err)
	}
}

func TestOne_run_at_a_time(t *testing.T) {
	path := place(t)
	if pid, err := state.Holder(path); pid != 0 || err != nil {
		t.Errorf("holder before: %d %v", pid, err)
	}
	lock, err := state.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	var held *state.HeldError
	if _, err := state.Lock(path); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("second lock: %v", err)
	}
	if pid, err := state.Holder(path); pid != os.Getpid() || err != nil {
		t.Errorf("holder: %d %v", pid, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if pid, err := state.Holder(path); pid != 0 || err != nil {
		t.Errorf("holder after: %d %v", pid, err)
	}
	again, err := state.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Release()
}

func TestA_backup_is_whole_private_and_never_replaces_a_file(t *testing.T) {
	db, j := fresh(t)
	confirmed(t, j, start(t, j), 1, 5)
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(to); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", st.Mode(), err)
	}
	if err := db.Backup(t.Context(), to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	copied := open(t, to)
	if got := len(seen(t, job(t, copied, clients))); got != 5 {
		t.Errorf("%d links in the copy, want 5", got)
	}
	if left, _ := filepath.Glob(to + ".part*"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
