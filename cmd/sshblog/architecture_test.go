package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The table of packages in ARCHITECTURE.md has each package of the product, with all packages of ours that it imports.
func TestTableOfPackages(t *testing.T) {
	t.Parallel()
	const ours = "github.com/sshblog/sshblog/internal/"
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	table := make(map[string][]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `internal/([a-z/]+)` \\|[^|]*\\| ([^|]*) \\|").FindAllStringSubmatch(string(text), -1) {
		var knows []string
		if row[2] != "–" {
			knows = strings.Split(row[2], ", ")
		}
		slices.Sort(knows)
		table[row[1]] = knows
	}
	imports := make(map[string][]string)
	err = filepath.WalkDir("../../internal", func(file string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel("../../internal", filepath.Dir(file))
		name = filepath.ToSlash(name)
		// For tests alone: attack, storetest, natstest, corpus, and what they are made of.
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") ||
			strings.Contains(name, "testdata") || strings.HasSuffix(name, "test") || name == "attack" || path.Base(name) == "corpus" {
			return err
		}
		if imports[name] == nil {
			imports[name] = []string{}
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if other, is := strings.CutPrefix(imported, ours); is && !slices.Contains(imports[name], other) {
				imports[name] = append(imports[name], other)
			}
		}
		return nil
	})
	if err != nil || len(imports) < 20 {
		t.Fatalf("%d packages are found: %v", len(imports), err)
	}
	for name, all := range imports {
		slices.Sort(all)
		if knows, ok := table[name]; !ok || !slices.Equal(knows, all) {
			t.Errorf("ARCHITECTURE.md says that %s knows %s, and it imports %s", name, strings.Join(knows, ", "), strings.Join(all, ", "))
		}
	}
	for name := range table {
		if imports[name] == nil {
			t.Errorf("ARCHITECTURE.md has %s, which is not there", name)
		}
	}
}
