package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func newState(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: a.say(phrase{"back up, check and move the state database", "копия, проверка и переезд базы состояния"}),
		Long: a.say(phrase{
			"The state is what syncd knows between two runs. These commands copy it, check it, and take it to another server.",
			"База состояния — всё, что syncd помнит между запусками. Эти команды снимают с неё копию, проверяют её и готовят к переезду на другой сервер.",
		}),
		Example: "  syncd state backup\n  syncd state verify",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newStateBackup(a), newStateVerify(a), newStateUnretire(a))
	return cmd
}

func newStateBackup(a *app) *cobra.Command {
	var retire bool
	cmd := &cobra.Command{
		Use: "backup [" + a.say(phrase{"FILE|FOLDER", "ФАЙЛ|ПАПКА"}) + "]",
		Short: a.say(phrase{
			"copy the state, also while syncd runs", "снять копию базы состояния, в том числе во время работы",
		}),
		Long: a.say(phrase{
			"Writes a whole, checked copy of the state, which shows one moment. In a folder its name is the time. Without a name it goes\n" +
				"where the scheduled copies go (`backup` in the configuration, else the folder backup beside the state), and the oldest there give way.\n" +
				"With --retire, for moving to another server: no job runs on the state here any more.",
			"Снимает полную проверенную копию базы состояния на один момент времени. В папке она называется по времени. Без имени копия\n" +
				"ложится туда же, куда копии по расписанию (`backup` в настройках, иначе папка backup рядом с базой), самые старые там удаляются.\n" +
				"С --retire, для переезда на другой сервер: задания на этой базе здесь больше не выполняются.",
		}),
		Example: "  syncd state backup\n  syncd state backup /var/backups/syncd/\n  syncd state backup moving.db --retire",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			to := ""
			if len(args) > 0 {
				to = args[0]
			}
			return a.stateBackup(cmd.Context(), to, retire)
		},
	}
	cmd.Flags().BoolVar(&retire, "retire", false, a.say(phrase{
		"the copy goes to another server: no job runs here any more", "копия едет на другой сервер: здесь задания больше не выполняются",
	}))
	return cmd
}

// stateBackup copies the state. It takes the run lock only to retire it: nothing
// may happen between the copy and the mark.
func (a *app) stateBackup(ctx context.Context, to string, retire bool) error {
	how := reading
	if retire {
		how = running
	}
	in, closeAll, err := a.installState(ctx, how)
	if err != nil {
		return err
	}
	defer closeAll()
	file, err := in.copyState(ctx, to)
	if err != nil {
		return err
	}
	if retire {
		if err := in.db.Retire(ctx, file); err != nil {
			return a.stateFault(err)
		}
	}
	st, err := os.Stat(file)
	if err != nil {
		return fault(exitFailure, err, message.StateNoCopy, message.S("file", file), message.S("cause", err.Error()))
	}
	if a.flags.json {
		err = json.NewEncoder(a.out).Encode(struct {
			File    string `json:"file"`
			Bytes   int64  `json:"bytes"`
			Retired bool   `json:"retired"`
		}{file, st.Size(), retire})
	} else {
		_, err = fmt.Fprintf(a.out, a.say(phrase{"copied: %s, %s\n", "копия снята: %s, %s\n"}), file, a.bytes(st.Size()))
	}
	if retire {
		a.remark(message.StateMoves, message.S("file", in.shown(string(in.cfg.State))), message.S("copy", file))
	}
	return err
}

// installState is install for commands about the file itself: it must be there, and
// reading may be of an older schema.
func (a *app) installState(ctx context.Context, how access) (*installation, func(), error) {
	cfg, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	path := string(cfg.State)
	if err := becomeOwner(path); err != nil {
		return nil, nil, a.unusableState(path, err)
	}
	in := &installation{app: a, cfg: cfg, log: a.logger(cfg.Log, cfg.Timezone.Location)}
	release := func() {}
	o := state.Options{Clock: a.clock(), Fold: reconcile.FoldUID}
	if how == reading {
		o.Older = true
		in.db, err = state.OpenReadOnly(ctx, path, o)
	} else {
		lock, lerr := state.Lock(path)
		if lerr != nil {
			return nil, nil, a.unusableState(path, lerr)
		}
		release = func() { _ = lock.Release() }
		o.Retired = how == unretiring
		in.db, err = state.Open(ctx, path, o)
	}
	if err != nil {
		release()
		return nil, nil, a.unusableState(path, err)
	}
	if backup := in.db.MigrationBackup(); backup != "" {
		a.remark(message.StateMigrated, message.S("file", path), message.S("backup", backup))
	}
	return in, func() { _ = in.db.Close(); release() }, nil
}

// unretiring is the access of the one command that writes to a retired state.
const unretiring access = 100

// copiesKept is how many copies stay beside the state when the configuration does
// not say.
const copiesKept = 7

// backupFolder is where copies go by schedule, or would.
func (in *installation) backupFolder() (dir string, keep int) {
	if b := in.cfg.Backup; b != nil {
		return string(b.Dir), b.Keep
	}
	return filepath.Join(filepath.Dir(string(in.cfg.State)), "backup"), copiesKept
}

// copyState makes the copy and returns its name.
func (in *installation) copyState(ctx context.Context, to string) (file string, err error) {
	if to == "" {
		return in.rotateBackup(ctx)
	}
	file, err = filepath.Abs(to)
	if err == nil {
		if st, serr := os.Stat(file); serr == nil && st.IsDir() || strings.HasSuffix(to, string(filepath.Separator)) {
			file = filepath.Join(file, state.BackupName(in.app.clock()()))
		}
		err = in.db.Backup(ctx, file)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return file, in.notWritten(to, "syncd state backup", err)
	}
	return file, in.noCopy(file, err)
}

// rotateBackup copies the state to where the configuration says, as by schedule. How
// it went is kept in the state: for that it is opened for writing, if need be.
func (in *installation) rotateBackup(ctx context.Context) (string, error) {
	dir, keep := in.backupFolder()
	db, closeDB, err := in.writable(ctx)
	if err != nil {
		return "", in.app.unusableState(string(in.cfg.State), err)
	}
	defer closeDB()
	file, err := db.Rotate(ctx, dir, keep)
	if file == "" {
		return "", in.noCopy(dir, err)
	}
	if err != nil {
		return file, in.noCopy(file, fmt.Errorf("older copies stay: %w", err))
	}
	return file, nil
}

// writable is the state opened for writing, which a retired one may be here.
func (in *installation) writable(ctx context.Context) (*state.DB, func(), error) {
	if !in.db.ReadOnly() {
		return in.db, func() {}, nil
	}
	db, err := state.Open(ctx, in.db.File(), state.Options{Clock: in.app.clock(), Fold: reconcile.FoldUID, Retired: true, SkipCheck: true})
	return db, func() { _ = db.Close() }, err
}

// noCopy words why a copy was not made; nil for nil.
func (in *installation) noCopy(file string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var exposed *state.ExposedError
	var full *state.FullError
	switch {
	case errors.As(err, &exposed):
		return in.app.stateFault(err)
	case errors.As(err, &full):
		err = errors.New(in.app.say(phrase{"no space is left", "нет места"}))
	case errors.Is(err, os.ErrExist):
		err = errors.New(in.app.say(phrase{"there is such a file already", "такой файл уже есть"}))
	}
	return fault(exitFailure, err, message.StateNoCopy, message.S("file", file), message.S("cause", err.Error()))
}

func newStateUnretire(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "unretire",
		Short: a.say(phrase{"take back `state backup --retire`", "отменить `state backup --retire`"}),
		Long: a.say(phrase{
			"Lets jobs run again on a state that was retired. First make sure that syncd does not run on the other server: both would write to one CRM.",
			"Снова разрешает задания на базе состояния, выведенной из работы. Сначала убедитесь, что на другом сервере syncd не работает: оба писали бы в одну CRM.",
		}),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stateUnretire(cmd.Context()) },
	}
}

func (a *app) stateUnretire(ctx context.Context) error {
	in, closeAll, err := a.installState(ctx, unretiring)
	if err != nil {
		return err
	}
	defer closeAll()
	was, err := in.db.Unretire(ctx)
	if err == nil && !was.At.IsZero() {
		// the copy may have worked meanwhile: then this state is an old one
		err = in.db.Mistrust(ctx)
	}
	if err != nil {
		return a.stateFault(err)
	}
	if was.At.IsZero() {
		_, err = fmt.Fprintln(a.out, a.say(phrase{"the state is not retired: nothing to do", "база состояния не выведена из работы: делать нечего"}))
		return err
	}
	a.remark(message.StateStays, message.S("file", in.shown(string(in.cfg.State))), message.S("at", in.when(was.At)), message.S("copy", was.Copy))
	return nil
}

// stateAge is when a state last ended a run, for people.
func (in *installation) stateAge(t time.Time, run int64) string {
	if run == 0 {
		return "—"
	}
	return fmt.Sprintf("%d, %s", run, in.when(t))
}
