package main

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
)

func readCommand() *cobra.Command {
	dir := "posts"
	cmd := &cobra.Command{
		Use:   "read [SLUG]",
		Short: "Read the posts on this terminal, without a server",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			slug := ""
			if len(args) > 0 {
				slug = args[0]
			}
			return readHere(cmd, dir, slug)
		},
	}
	cmd.Flags().StringVar(&dir, "posts", dir, "`folder` with the posts")
	return cmd
}

// readHere runs the reader that SSH sessions get on Bubble Tea's own program:
// there is one terminal here, and it is close.
func readHere(cmd *cobra.Command, dir, slug string) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	lib, err := library.Open(library.Dir(dir), library.Options{})
	if err != nil {
		return fmt.Errorf("posts folder: %w", err)
	}
	r := reader.New(lib, render.NewCache(cacheBytes, 0), render.NewThemes())
	model := r.Model(ctx, reader.Options{Address: "sshblog"})
	if slug != "" {
		var ok bool
		if model, ok = r.Article(ctx, slug, reader.Options{Address: "sshblog"}); !ok {
			return fmt.Errorf("there is no post %q in %s", slug, dir)
		}
	}
	_, err = tea.NewProgram(model, tea.WithContext(ctx), tea.WithInput(cmd.InOrStdin()), tea.WithOutput(cmd.OutOrStdout())).Run()
	if errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}
