package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/sshblog/sshblog/internal/theme"
)

// openThemes returns the themes that readers can choose from: the built-in
// ones and, if there is a file, the operator's own. The one of the given name
// is that of readers who choose none.
func openThemes(name, file string, logger *slog.Logger) (*theme.Set, error) {
	var own []*theme.Scheme
	if file != "" {
		d, err := readScheme(file)
		if err != nil {
			return nil, fmt.Errorf("setting theme-file: %w", err)
		}
		for _, what := range d.LowContrast() {
			logger.Warn("a colour of the theme is hard to read, WCAG AA asks for 4.5:1", "file", file, "what", what)
		}
		own = append(own, d)
	}
	themes, err := theme.OpenSet(name, own...)
	if err != nil {
		return nil, fmt.Errorf("setting theme: %w", err)
	}
	return themes, nil
}

func readScheme(path string) (*theme.Scheme, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()                            // it was only read
	text, err := io.ReadAll(io.LimitReader(f, theme.MaxFile+1)) //nolint:forbidigo // a file of the operator, of which no more is read than it may have
	if err != nil {
		return nil, err
	}
	d, err := theme.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}
