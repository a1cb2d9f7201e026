package main

import (
	"github.com/spf13/cobra"

	"syncd/internal/message"
	"syncd/internal/schema"
)

// schemas are what the command can print.
func schemas() (names []string, of map[string]func(message.Lang) ([]byte, error)) {
	return []string{"config", "mapping", "mapping-test"}, map[string]func(message.Lang) ([]byte, error){
		"config": schema.Config, "mapping": schema.Mapping, "mapping-test": schema.MappingTest,
	}
}

func newSchema(a *app) *cobra.Command {
	kinds, _ := schemas()
	job := ""
	cmd := &cobra.Command{
		Use:   "schema config|mapping|mapping-test | --sql JOB",
		Short: a.say(phrase{"print a JSON Schema, by which editors complete and check", "вывести JSON Schema: по ней редактор подсказывает и проверяет"}),
		Long: a.say(phrase{
			"Prints the JSON Schema of the configuration, of mappings or of the tests of mappings (*_test.yaml), its texts in the language of --lang.\n" +
				"Editors with a YAML language server (VS Code with the YAML extension, Neovim, Helix, JetBrains) take it from the first line of a file:\n\n" +
				"  # yaml-language-server: $schema=syncd.schema.json\n\n" +
				"The path is relative to that file, and a comment to syncd. Print the schema again after an update of syncd.\n" +
				"A schema finds misspelt keys and wrong words; what one key demands of another tells `syncd check`.\n\n" +
				"With --sql it prints the statements that make the table of a job's `write_back.sql`, or add what it lacks.",
			"Выводит JSON Schema настроек, описания полей или проверок описания полей (*_test.yaml) с пояснениями на языке --lang.\n" +
				"Редакторы с YAML Language Server (VS Code с расширением YAML, Neovim, Helix, JetBrains) берут её из первой строки файла:\n\n" +
				"  # yaml-language-server: $schema=syncd.schema.json\n\n" +
				"Путь считается от этого файла; для syncd это комментарий. После обновления syncd выведите схему заново.\n" +
				"Схема находит опечатки в ключах и словах; чего один ключ требует от другого, скажет `syncd check`.\n\n" +
				"С --sql выводит команды, которые создают таблицу для `write_back.sql` задания или добавляют в неё недостающее.",
		}),
		Example:   "  syncd schema config > syncd.schema.json\n  syncd schema mapping --lang ru > mappings/mapping.schema.json\n  syncd schema --sql clients | psql orders",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: kinds,
		RunE: func(cmd *cobra.Command, args []string) error {
			if job != "" && len(args) == 0 {
				return a.tableSchema(cmd.Context(), job)
			}
			return a.schema(args)
		},
	}
	cmd.Flags().StringVar(&job, "sql", "", a.say(phrase{"the table that the write-back of `JOB` needs", "таблица, нужная для обратной передачи задания `ЗАДАНИЕ`"}))
	return cmd
}

func (a *app) schema(args []string) error {
	_, of := schemas()
	if len(args) == 0 {
		return usageError(message.UsageBadFlag, message.S("command", "syncd schema"), message.S("cause", "config, mapping or mapping-test"))
	}
	text, err := of[args[0]](a.lang)
	if err != nil {
		return err
	}
	_, err = a.out.Write(text)
	return err
}
