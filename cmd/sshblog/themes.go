package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/sshblog/sshblog/internal/render"
)

// openThemes returns the themes that readers can choose from: the built-in
// ones and, if there is a file, the operator's own. The one of the given name
// is that of readers who choose none.
func openThemes(name, file string, logger *slog.Logger) (*render.Themes, error) {
	var own []*render.Design
	if file != "" {
		d, err := readDesign(file)
		if err != nil {
			return nil, fmt.Errorf("setting theme-file: %w", err)
		}
		for _, what := range d.LowContrast() {
			logger.Warn("a colour of the theme is hard to read, WCAG AA asks for 4.5:1", "file", file, "what", what)
		}
		own = append(own, d)
	}
	themes, err := render.OpenThemes(name, own...)
	if err != nil {
		return nil, fmt.Errorf("setting theme: %w", err)
	}
	return themes, nil
}

func readDesign(path string) (*render.Design, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()                               // it was only read
	text, err := io.ReadAll(io.LimitReader(f, render.MaxDesign+1)) //nolint:forbidigo // a file of the operator, of which no more is read than it may have
	if err != nil {
		return nil, err
	}
	d, err := render.ParseDesign(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}
