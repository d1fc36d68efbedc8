package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
)

func readCommand() *cobra.Command {
	dir, theme, file := "posts", render.AutoTheme, ""
	var zone *time.Location
	cmd := &cobra.Command{
		Use:   "read [SLUG]",
		Short: "Read the posts on this terminal, without a server",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			slug := ""
			if len(args) > 0 {
				slug = args[0]
			}
			themes, err := openThemes(theme, file, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
			if err != nil {
				return err
			}
			return readHere(cmd, dir, slug, themes, library.Options{Calendar: calendar(zone)})
		},
	}
	cmd.Flags().StringVar(&dir, "posts", dir, "`folder` with the posts")
	cmd.Flags().StringVar(&theme, "theme", theme, "`name` of the theme; auto goes by the terminal's background")
	cmd.Flags().Var(check(&zone, timezone), "timezone", "`name` of the time zone by which dates without a time of day count (default: that of TZ)")
	cmd.Flags().StringVar(&file, "theme-file", file, "`file` with a theme of your own")
	return cmd
}

// readHere runs the reader that SSH sessions get on Bubble Tea's own program:
// there is one terminal here, and it is close.
func readHere(cmd *cobra.Command, dir, slug string, themes *render.Themes, options library.Options) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	lib, err := library.Open(library.Dir(dir), options)
	if err != nil {
		return fmt.Errorf("posts folder: %w", err)
	}
	go func() { _ = lib.Run(ctx) }() //ledger:counted one of the program, which has a single reader
	r := reader.New(lib, render.NewCache(cacheBytes, 0), themes)
	model := r.Model(ctx, reader.Options{Address: "sshblog"})
	if slug != "" {
		var ok bool
		if model, ok = r.Article(ctx, slug, reader.Options{Address: "sshblog"}); !ok {
			return fmt.Errorf("there is no post %q in %s", slug, dir)
		}
	}
	program := tea.NewProgram(model, tea.WithContext(ctx), tea.WithInput(cmd.InOrStdin()), tea.WithOutput(cmd.OutOrStdout()))
	go tell(ctx, program, lib) //ledger:counted one of the program, which has a single reader
	_, err = program.Run()
	if errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}

// tell tells a program of each newer index.
func tell(ctx context.Context, program *tea.Program, lib *library.Library) {
	for index := lib.Current(); ; index = lib.Current() {
		select {
		case <-index.Superseded():
			program.Send(reader.Superseded())
		case <-ctx.Done():
			return
		}
	}
}
