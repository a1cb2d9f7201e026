package sqltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	startWithin = 60 * time.Second // a machine busy with other packages' tests is slow
	stopWithin  = 60 * time.Second
	dropWithin  = 10 * time.Second
	attempts    = 3 // another process may take the free port first
)

// kind is what one kind of server needs to be run.
type kind struct {
	name     string // as people call it
	packages string // Debian's, that bring it
	driver   string // of database/sql
	// locate finds the programs, or says which is missing.
	locate func() (programs, error)
	// prepare creates the server's files and returns the command that runs it.
	prepare func(ctx context.Context, p programs, s *server) (argv []string, err error)
	dsn     func(s *server, database string) string
	signal  string // ends the server at once
	force   string // makes it drop a database that is in use
}

type programs struct{ create, serve string }

// server is one running process. Its fields do not change after start.
type server struct {
	kind   *kind
	dir    string
	port   int
	user   string // known to this server alone: no test reaches another's by mistake
	keeper *exec.Cmd
	leash  io.Closer // closing it ends the server and removes its folder
	admin  *sql.DB
}

// shared is the binary's one server of a kind.
type shared struct {
	kind *kind

	mu        sync.Mutex
	tried     bool
	server    *server
	err       error
	databases int
}

// notInstalled says that the machine lacks a server.
type notInstalled struct {
	kind    *kind
	program string
}

func (e *notInstalled) Error() string {
	return fmt.Sprintf("%s is not installed (no %s): `make needs` installs it, or apt-get install %s",
		e.kind.name, e.program, e.kind.packages)
}

// database starts the server when it is the first to ask, and creates an empty
// database; drop removes it.
func (s *shared) database(ctx context.Context) (dsn string, drop func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tried {
		s.tried = true
		s.server, s.err = start(ctx, s.kind)
	}
	if s.err != nil {
		return "", nil, s.err
	}
	s.databases++
	name := "test" + strconv.Itoa(s.databases)
	if _, err := s.server.admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, fmt.Errorf("create a database: %w", err)
	}
	server := s.server
	return s.kind.dsn(server, name), func() { server.drop(ctx, name) }, nil
}

// drop removes a database to save room. One that is still in use may stay: all of
// them go with the server.
func (s *server) drop(ctx context.Context, database string) {
	ctx, cancel := context.WithTimeout(ctx, dropWithin)
	defer cancel()
	_, _ = s.admin.ExecContext(ctx, "DROP DATABASE "+database+s.kind.force)
}

func (s *shared) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return nil
	}
	err := s.server.stop()
	s.server, s.err = nil, errors.New("the tests are over")
	return err
}

func start(ctx context.Context, k *kind) (*server, error) {
	p, err := k.locate()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for i := 1; ; i++ {
		s, err := startOnce(ctx, k, p)
		if err == nil {
			return s, nil
		}
		if i == attempts || ctx.Err() != nil {
			return nil, fmt.Errorf("start %s: %w", k.name, err)
		}
	}
}

func startOnce(ctx context.Context, k *kind, p programs) (*server, error) {
	s := &server{kind: k, user: "test" + strings.ToLower(rand.Text()[:10])}
	var err error
	if s.dir, err = newFolder(); err != nil {
		return nil, err
	}
	if s.port, err = freePort(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	argv, err := k.prepare(ctx, p, s)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.run(argv); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.answer(ctx); err != nil {
		return nil, errors.Join(err, s.logged(), s.stop())
	}
	return s, nil
}

// keep runs a server until its standard input ends, which the death of the test
// binary also brings about, and leaves nothing behind. A server that ends by
// itself leaves a mark.
const keep = `dir=$1 signal=$2; shift 2
cd "$dir"
( trap 'kill -s "$signal" "$pid"; wait "$pid"; exit' USR1
  "$@" >log 2>&1 </dev/null & pid=$!
  wait "$pid"; echo "$?" >ended; wait ) &
runner=$!
read -r _
kill -s USR1 "$runner" 2>/dev/null
wait "$runner"
cd /
rm -rf "$dir"`

func (s *server) run(argv []string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	args := append([]string{"-c", keep, "keep", s.dir, s.kind.signal}, argv...)
	s.keeper = exec.Command("/bin/sh", args...) //nolint:noctx // it ends with its pipe, not with the test that asked first
	s.keeper.Stdin = r
	s.keeper.SysProcAttr = unprivileged()
	err = s.keeper.Start()
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return errors.Join(err, w.Close())
	}
	s.leash = w
	return nil
}

// answer waits until the server takes connections.
func (s *server) answer(ctx context.Context) error {
	db, err := sql.Open(s.kind.driver, s.kind.dsn(s, ""))
	if err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			s.admin = db
			return nil
		}
		if _, serr := os.Stat(filepath.Join(s.dir, "ended")); serr == nil {
			return errors.Join(errors.New("it ended by itself"), db.Close())
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("it does not answer: %w", err), db.Close())
		case <-tick.C:
		}
	}
}

// logged is the end of what the server said.
func (s *server) logged() error {
	const most = 2000
	b, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	return fmt.Errorf("its log ends with:\n%s", b[max(0, len(b)-most):])
}

func (s *server) stop() error {
	var errs []error
	if s.admin != nil {
		errs = append(errs, s.admin.Close())
		if _, err := os.Stat(filepath.Join(s.dir, "ended")); err == nil {
			errs = append(errs, fmt.Errorf("%s ended in the middle of the tests: %w", s.kind.name, s.logged()))
		}
	}
	errs = append(errs, s.leash.Close())
	ended := make(chan error, 1)
	go func() { ended <- s.keeper.Wait() }()
	timer := time.NewTimer(stopWithin)
	defer timer.Stop()
	select {
	case err := <-ended:
		errs = append(errs, err)
	case <-timer.C:
		errs = append(errs, fmt.Errorf("%s does not stop", s.kind.name), kill(s.keeper), <-ended, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

func freePort(ctx context.Context) (int, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, errors.Join(err, l.Close())
	}
	n, err := strconv.Atoi(port)
	return n, errors.Join(err, l.Close())
}

// runTool runs a program that prepares a server, as the user that the server
// runs as.
func (s *server) runTool(ctx context.Context, argv ...string) error {
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Dir = s.dir
	c.SysProcAttr = unprivileged()
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(argv[0]), err, out)
	}
	return nil
}
