package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/sample"
	"syncd/mappings"
)

// Files of the demo.
const (
	demoExport = "clients.csv"
	demoState  = "state.db"
	demoOutbox = "for-1c"
)

// demoKeyEnv is where the demo's configuration finds the emulated CRM's key.
const demoKeyEnv = "SYNCD_DEMO_KEY"

func newDemo(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: a.say(phrase{"clients and deals on sample exports and an emulated CRM", "клиенты и сделки на примерах выгрузок и учебной CRM"}),
		Long: a.say(phrase{
			"Starts an emulated CRM with a few clients in it and keeps a sample 1C export, full of the usual defects, in\n" +
				"agreement with it: check, plan, run; the next day's export; an edit of the CRM that comes back to 1C as a file; a conflict\n" +
				"and its resolution; orders with their invoices and payments, and a stage and a payment that come back. Each step is checked: the exit code is 0 only if all came out as told. Nothing leaves this machine.",
			"Запускает учебную CRM с несколькими клиентами и согласует с ней пример выгрузки 1С с обычными для неё дефектами:\n" +
				"check, plan, run; выгрузка следующего дня; правка в CRM, которая возвращается в 1С файлом; конфликт и его решение;\n" +
				"заказы со счетами и оплатами, этап и оплата, которые возвращаются из CRM.\n" +
				"Каждый шаг проверяется: код завершения 0 — только если всё вышло как сказано. Ничего не уходит с этой машины.",
		}),
		Example: "  syncd demo\n  syncd demo --dir demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", a.say(phrase{
		"`FOLDER` for the demo's files (default: a new temporary one, which stays)",
		"`ПАПКА` для файлов (по умолчанию новая временная, она остаётся)",
	}))
	return cmd
}

// demonstration is a running demo: the emulated CRM and a configuration that
// points at it.
type demonstration struct {
	app   *app
	dir   string
	crm   *emulator.Server
	books books
	late  bool     // the clients that somebody enters during the first run are in
	given []string // the files that were written for 1C so far
}

func (a *app) demo(ctx context.Context, dir string) error {
	d := &demonstration{app: a, dir: dir}
	end, err := d.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	return d.show(ctx, d.steps())
}

// begin makes the demo's files and starts its CRM, until end is called.
func (d *demonstration) begin(ctx context.Context) (end func(), err error) {
	url, stop, err := d.startCRM(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.writeFiles(url); err != nil {
		stop()
		return nil, err
	}
	d.app.flags.config = filepath.Join(d.dir, "syncd.yaml")
	outer := d.app.getenv
	d.app.getenv = func(name string) string {
		if name == demoKeyEnv {
			return emulator.DefaultKey
		}
		return outer(name)
	}
	return func() { d.app.getenv = outer; stop() }, nil
}

// startCRM serves an emulated CRM with a few clients on a free loopback port.
func (d *demonstration) startCRM(ctx context.Context) (url string, stop func(), err error) {
	seed, err := sample.DealSeedJSON()
	if err != nil {
		return "", nil, err
	}
	with, err := emulator.ReadSeed(bytes.NewReader(seed))
	if err != nil {
		return "", nil, err
	}
	d.crm = emulator.New(emulator.Options{Guides: with.Guides}) // the stages and types that the mapping of orders names
	for _, c := range sample.Seed() {
		if !c.Late {
			if err := d.crm.Seed(seedClient(c)); err != nil {
				return "", nil, fmt.Errorf("seed the emulated CRM: %w", err)
			}
		}
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start the emulated CRM: %w", err)
	}
	server := &http.Server{Handler: d.crm, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends when stop closes it
	}()
	return "http://" + listener.Addr().String(), func() { _ = server.Close(); <-done; d.crm.Close() }, nil
}

func seedClient(c sample.SeedClient) emulator.Client {
	return emulator.Client{Title: c.Title, Fields: c.Fields(), Recv: c.Requisites()}
}

// writeFiles puts export, mapping and configuration into the demo's folder.
func (d *demonstration) writeFiles(url string) error {
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "syncd-demo-")
		if err != nil {
			return fmt.Errorf("make the demo's folder: %w", err)
		}
		d.dir = dir
	}
	if err := os.MkdirAll(d.outbox(), 0o700); err != nil {
		return fmt.Errorf("make the demo's folder: %w", err)
	}
	if _, err := os.Stat(filepath.Join(d.dir, demoState)); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf(d.app.say(phrase{
			"%s has the files of an earlier demo, which belong to a CRM that ended with it; name another folder",
			"в папке %s лежат файлы прежнего показа, они относятся к CRM, которая закончилась вместе с ним; назовите другую папку",
		}), d.dir)
	}
	d.books = books{filepath.Join(d.dir, demoExport)}
	export, err := sample.Example()
	if err != nil {
		return err
	}
	files := map[string][]byte{
		demoExport:        export,
		"1c-clients.yaml": mappings.Clients,
		"syncd.yaml":      []byte(d.config(url)),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(d.dir, name), content, 0o600); err != nil {
			return fmt.Errorf("write the demo's files: %w", err)
		}
	}
	return nil
}

func (d *demonstration) outbox() string { return filepath.Join(d.dir, demoOutbox) }

func (d *demonstration) config(url string) string {
	return fmt.Sprintf(`version: 1
state: %s
timezone: Europe/Moscow
listen: ""
crm:
  demo:
    base_url: %s
    login: %s
    apikey: {env: %s}
    rate: off
sources:
  clients:
    csv: {path: %s, snapshot: full, settle: 0s}
jobs:
  clients:
    entity: client
    crm: demo
    source: clients
    mapping: 1c-clients.yaml
    direction: both
    write_back:
      csv: {dir: %s}
`, demoState, url, emulator.DefaultLogin, demoKeyEnv, demoExport, demoOutbox)
}
