package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/reader"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/terminal"
	"github.com/sshblog/sshblog/internal/theme"
)

func readCommand() *cobra.Command {
	dir, look, file, drafts := "posts", theme.Auto, "", false
	var folder folderFlags
	cmd := &cobra.Command{
		Use:   "read [SLUG]",
		Short: "Read the posts on this terminal, without a server",
		Args:  oneWord,
		RunE: func(cmd *cobra.Command, args []string) error {
			slug := ""
			if len(args) > 0 {
				slug = args[0]
			}
			themes, err := openThemes(look, file, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
			if err != nil {
				return err
			}
			o, err := folder.options(dir)
			if err != nil {
				return err
			}
			o.Authors = drafts
			return readHere(cmd, dir, slug, themes, o)
		},
	}
	cmd.Flags().StringVar(&dir, "posts", dir, "`folder` with the posts")
	cmd.Flags().StringVar(&look, "theme", look, "`name` of the theme; auto goes by the terminal's background")
	yes(cmd.Flags().VarPF(check(&drafts, boolean), "drafts", "", "show drafts, and what is scheduled or expired, marked as authors see them: true or false (`bool`)"))
	folder.flags(cmd.Flags())
	cmd.Flags().StringVar(&file, "theme-file", file, "`file` with a theme of your own")
	return cmd
}

// readHere runs the reader of SSH sessions on this terminal, with Bubble Tea's own program.
func readHere(cmd *cobra.Command, dir, slug string, themes *theme.Set, options library.Options) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	lib, err := library.Open(library.Dir(dir), options)
	if err != nil {
		return fmt.Errorf("posts folder: %w", err)
	}
	go func() { _ = lib.Run(ctx) }() //ledger:counted one of the program, which has a single reader
	r := reader.New(forAuthors{lib}, render.NewCache(cacheBytes, 0, render.Site(options.Site.URL, options.Site.Page), render.Sections(options.Site.Section)), themes)
	o := reader.Options{Address: func(post string) string { return "sshblog read " + post }, Language: post.Language(terminal.Language(os.Environ()))}
	model := r.Model(ctx, o)
	if slug != "" {
		var ok bool
		if model, ok = r.At(ctx, slug, o); !ok {
			for _, e := range lib.Current().Excluded() {
				if e.Address == slug && e.Reason != library.Hidden && !options.Authors {
					return fmt.Errorf("readers do not see %s (%s): read it with --drafts", e.Path, e.Reason)
				}
			}
			return fmt.Errorf("there is no post %q in %s", slug, dir)
		}
	}
	program := tea.NewProgram(asking{model}, tea.WithContext(ctx), tea.WithInput(cmd.InOrStdin()), tea.WithOutput(cmd.OutOrStdout()))
	go announceReloads(ctx, program, lib) //ledger:counted one of the program, which has a single reader
	_, err = program.Run()
	if errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}

// forAuthors is a library as authors see it, which is as readers do where its options do not have Authors.
type forAuthors struct{ *library.Library }

func (l forAuthors) Current() *library.Index { return l.Library.Current().ForAuthors() }

// asking is a model whose terminal is asked for what decides the colours, as terminal.Host
// does by itself.
type asking struct{ *reader.Model }

func (m asking) Init() tea.Cmd {
	return tea.Batch(m.Model.Init(), tea.RequestBackgroundColor, tea.RequestCapability("RGB"))
}

// announceReloads sends the program a message for each newer index.
func announceReloads(ctx context.Context, program *tea.Program, lib *library.Library) {
	for index := lib.Current(); ; index = lib.Current() {
		select {
		case <-index.Superseded():
			program.Send(reader.Superseded())
		case <-ctx.Done():
			return
		}
	}
}
