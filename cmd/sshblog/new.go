package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
)

// templateName is the file in the posts folder from which new posts are made. No name that begins
// with a dot is a post's.
const templateName = ".template.md"

// postTemplate is what new posts are made from without that file.
const postTemplate = `---
title: {{quote .Title}}
date: {{.Date}}
{{- if .Category}}
categories: [{{quote .Category}}]
{{- end}}
{{- if .Draft}}
draft: true
{{- end}}
---

`

// newPost is what a template may say of a post.
type newPost struct {
	Title, Category string
	Slug            string
	Date            string // today, as 2026-03-12
	Draft           bool
}

func newCommand() *cobra.Command {
	var p newPost
	dir, file := "posts", ""
	cmd := &cobra.Command{
		Use:   "new TITLE",
		Short: "Begin a post",
		Long: `new writes a file for a post in the folder of the posts (by default ./posts), named by
its title, and prints its path. A file that is there is left as it is.

It is made from the file .template.md in that folder, if there is one, or else from:

` + indented(postTemplate) + `
Templates are those of Go (text/template). They have .Title, .Category, .Slug,
.Date and .Draft, and quote, which writes a text as YAML takes it.`,
		Example: `$EDITOR "$(sshblog new --draft "What a queue hides")"`,
		Args: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 || strings.TrimSpace(words[0]) == "" {
				return misusedError("which title? as in " + cmd.CommandPath() + ` "What a queue hides"`)
			}
			return oneWord(cmd, words)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Title, p.Date = plaintext.Clean(strings.TrimSpace(args[0])), time.Now().Format(time.DateOnly)
			p.Category, p.Slug = plaintext.Clean(p.Category), post.Slugify(args[0])
			path, err := p.begin(dir, file)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "posts", dir, "`folder` with the posts")
	cmd.Flags().StringVar(&p.Category, "category", "", "`name` of its category")
	cmd.Flags().StringVar(&file, "template", "", "`file` to make it from (default: "+templateName+" in the folder with the posts)")
	yes(cmd.Flags().VarPF(check(&p.Draft, boolean), "draft", "", "only authors see it until the line draft is removed: true or false (`bool`)"))
	return cmd
}

// indented returns a text with four spaces before each of its lines.
func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
}

// begin writes the file of a post, and returns its path.
func (p *newPost) begin(dir, file string) (path string, err error) {
	text, err := p.text(cmp.Or(file, filepath.Join(dir, templateName)), file != "")
	if err != nil {
		return "", err
	}
	name := p.Slug + ".md"
	if filepath.Base(dir) == "_posts" { // where Jekyll wants it
		name = p.Date + "-" + name
	}
	path = filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // as editors make it; others may serve it
	switch {
	case errors.Is(err, fs.ErrExist):
		return "", fmt.Errorf("%s is there already: open it, or give the post another title", path)
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no folder %s: make it, or name another with --posts", dir)
	case err != nil:
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path) // half a post is none
		return "", err
	}
	return path, nil
}

// text returns what the post begins with, from a template in a file, which has to be there if it is
// asked for. What is no post is refused here rather than by check.
func (p *newPost) text(file string, asked bool) ([]byte, error) {
	source, err := os.ReadFile(file) //nolint:gosec // the author names it
	if errors.Is(err, fs.ErrNotExist) && !asked {
		source, err = []byte(postTemplate), nil
	}
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	t, err := template.New(filepath.Base(file)).Option("missingkey=error").Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(string(source))
	if err != nil {
		return nil, fmt.Errorf("template %s: %w", file, err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, p); err != nil {
		return nil, fmt.Errorf("template %s: %w", file, err)
	}
	if made, problems := post.Parse(p.Slug+".md", text.Bytes()); made == nil && len(problems) > 0 {
		return nil, fmt.Errorf("template %s makes no post: line %d: %s", file, problems[0].Line, problems[0].What)
	}
	return text.Bytes(), nil
}
