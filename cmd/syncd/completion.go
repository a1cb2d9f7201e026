package main

import "github.com/spf13/cobra"

func newCompletion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish",
		Short:     a.say(phrase{"print the completion script of a shell", "вывести скрипт автодополнения для оболочки"}),
		Example:   "  syncd completion bash > /etc/bash_completion.d/syncd",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"bash", "zsh", "fish"},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "zsh":
				return cmd.Root().GenZshCompletion(a.out)
			case "fish":
				return cmd.Root().GenFishCompletion(a.out, true)
			}
			return cmd.Root().GenBashCompletionV2(a.out, true)
		},
	}
}
