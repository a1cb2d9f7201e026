package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/message"
)

// emulateFlags are the flags of emulate.
type emulateFlags struct {
	listen, seed, faults, store, history, key string
	documented, old                           bool
	perRecord                                 time.Duration
}

func newEmulate(a *app) *cobra.Command {
	f := &emulateFlags{}
	cmd := &cobra.Command{
		Use:   "emulate",
		Short: a.say(phrase{"an emulated CRM to try things on", "учебная CRM для проб"}),
		Long: a.say(phrase{
			"Serves the APIs v3 and v1 as a real SalesMan CRM does (clients, deals, invoices and payments, contacts), on the loopback\n" +
				"address. Nothing is sent anywhere.\n" +
				"Faults can be injected by a plan; every request is recorded.",
			"Отвечает на запросы API v3 и v1 так же, как настоящая CRM SalesMan (клиенты, сделки, счета и оплаты, контакты), только на\n" +
				"этой машине. Никуда ничего не отправляет.\n" +
				"Сбои задаются планом, каждый запрос записывается.",
		}),
		Example: "  syncd emulate\n  syncd emulate --seed examples/1c/crm-seed-deals.json --history history.jsonl\n  syncd emulate --faults faults.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.emulate(cmd.Context(), f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8080", a.say(phrase{"`ADDRESS` on the loopback interface", "`АДРЕС` этой машины"}))
	fl.StringVar(&f.seed, "seed", "", a.say(phrase{"`FILE` with what it begins with: clients, deals, invoices, persons (YAML or JSON)", "`ФАЙЛ` с начальными данными: clients, deals, invoices, persons (YAML или JSON)"}))
	fl.StringVar(&f.faults, "faults", "", a.say(phrase{"`FILE` with faults to inject", "`ФАЙЛ` с планом сбоев"}))
	fl.StringVar(&f.store, "store", "", a.say(phrase{"`FILE` that keeps everything between starts", "`ФАЙЛ`, где всё хранится между запусками"}))
	fl.StringVar(&f.history, "history", "", a.say(phrase{"`FILE` for the record of all requests, at the end", "`ФАЙЛ` для записи всех запросов, в конце"}))
	fl.StringVar(&f.key, "key", emulator.DefaultKey, a.say(phrase{"the API `KEY` it accepts", "`КЛЮЧ` API, который она принимает"}))
	fl.BoolVar(&f.documented, "as-documented", false, a.say(phrase{"behave as the documents say, also in API v1", "вести себя, как в документации, и в API v1"}))
	fl.BoolVar(&f.old, "old", false, a.say(phrase{"behave as servers before 2019", "вести себя, как серверы до 2019 года"}))
	fl.DurationVar(&f.perRecord, "per-record", 0, a.say(phrase{"`TIME` to write one record (a real server: 25ms)", "`ВРЕМЯ` записи одной карточки (настоящий сервер: 25ms)"}))
	return cmd
}

// emulate serves until the context ends, then stores what is to be kept.
func (a *app) emulate(ctx context.Context, f *emulateFlags) error {
	for _, file := range []struct{ flag, path string }{{"--seed", f.seed}, {"--faults", f.faults}} {
		if _, err := os.Stat(file.path); file.path != "" && errors.Is(err, os.ErrNotExist) {
			return fault(exitFailure, err, message.UsageFileMissing, message.S("file", file.path), message.S("flag", file.flag))
		}
	}
	server, err := f.server()
	if err != nil {
		return usageError(message.UsageBadFlag, message.S("command", "syncd emulate"), message.S("cause", err.Error()))
	}
	listener, err := loopback(ctx, f.listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fault(exitFailure, err, message.UsagePortBusy, message.S("address", f.listen), message.S("port", otherPort(f.listen)))
	}
	if err != nil {
		return usageError(message.UsageBadFlag, message.S("command", "syncd emulate"), message.S("cause", err.Error()))
	}
	_, _ = fmt.Fprintf(a.out, "url: http://%s\nlogin: %s\nkey: %s\n", listener.Addr(), emulator.DefaultLogin, f.key)
	h := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = h.Close() })
	defer stop()
	err = h.Serve(listener)
	server.Close()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return f.keep(server)
}

// otherPort is the port next to that of an address.
func otherPort(address string) string {
	_, port, _ := net.SplitHostPort(address)
	n, err := strconv.Atoi(port)
	if err != nil || n >= 65535 {
		return "8081"
	}
	return strconv.Itoa(n + 1)
}

// loopback listens on an address of this machine alone.
func loopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("--listen %s: an emulated CRM serves this machine alone (127.0.0.1)", address)
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", address)
}

// server makes the emulated CRM that the flags describe.
func (f *emulateFlags) server() (*emulator.Server, error) {
	o := emulator.Options{Key: f.key, AsDocumented: f.documented, Old: f.old, PerRecord: f.perRecord}
	var seed emulator.SeedFile
	if f.seed != "" {
		file, err := os.Open(f.seed)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		if seed, err = emulator.ReadSeed(file); err != nil {
			return nil, fmt.Errorf("%s: %w", f.seed, err)
		}
	}
	server, err := emulator.NewSeeded(o, seed)
	if err != nil {
		return nil, err
	}
	if f.store != "" {
		if err := server.Load(f.store); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	if f.faults == "" {
		return server, nil
	}
	file, err := os.Open(f.faults)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	plan, err := emulator.ReadFaults(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.faults, err)
	}
	return server, server.Faults(plan...)
}

// keep stores the clients and the history where the flags ask for it.
func (f *emulateFlags) keep(server *emulator.Server) error {
	if f.store != "" {
		if err := server.Save(f.store); err != nil {
			return err
		}
	}
	if f.history == "" {
		return nil
	}
	file, err := os.OpenFile(f.history, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(server.HistoryTo(file), file.Close())
}
