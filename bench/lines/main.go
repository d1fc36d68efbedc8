// Command lines counts the lines of the product, by package: Go code that is
// neither blank nor a comment, of the program and all packages of its module that
// it is made of. Tests, and what only tests import, are not among these.
//
//	cd bench && go run ./lines
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

const (
	module  = "github.com/sshblog/sshblog"
	program = module + "/cmd/sshblog"
)

func main() {
	if err := run(os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "lines: "+err.Error())
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(w io.Writer) error {
	packages, err := product()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	total := 0
	for _, p := range packages {
		lines := 0
		for _, name := range p.files() {
			text, err := os.ReadFile(filepath.Join(p.Dir, name)) //nolint:gosec // the go command names it
			if err != nil {
				return err
			}
			n, err := count(text)
			if err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(p.Dir, name), err)
			}
			lines += n
		}
		total += lines
		_, _ = fmt.Fprintf(table, "%d\t %s\n", lines, strings.TrimPrefix(p.ImportPath, module+"/")) // Flush has the error
	}
	_, _ = fmt.Fprintf(table, "%d\t in all\n", total)
	return table.Flush()
}

// source is a package as "go list" describes it. Files for other systems count too.
type source struct {
	ImportPath, Dir         string
	GoFiles, IgnoredGoFiles []string
}

// files returns the names of the package's files without tests.
func (s source) files() []string {
	return slices.DeleteFunc(append(s.GoFiles, s.IgnoredGoFiles...), func(name string) bool {
		return strings.HasSuffix(name, "_test.go")
	})
}

// product returns the packages of the module that the program is made of, sorted by path.
func product() ([]source, error) {
	dir, err := golist("", "-m", "-f={{.Dir}}", module)
	if err != nil {
		return nil, err
	}
	out, err := golist(strings.TrimSpace(string(dir)), "-deps", "-json=ImportPath,Dir,GoFiles,IgnoredGoFiles", program)
	if err != nil {
		return nil, err
	}
	var packages []source
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p source
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if strings.HasPrefix(p.ImportPath, module+"/") {
			packages = append(packages, p)
		}
	}
	slices.SortFunc(packages, func(a, b source) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return packages, nil
}

// golist runs "go list" in a folder; "" is this one.
func golist(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...) //nolint:gosec // product calls it
	cmd.Dir = dir
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = errors.New(strings.TrimSpace(string(failed.Stderr)))
	}
	if err != nil {
		return nil, fmt.Errorf("go list, which has to be run in the folder bench: %w", err)
	}
	return out, nil
}

// count returns on how many lines of a Go file there is code. All lines of a raw
// string that are not blank are code.
func count(text []byte) (int, error) {
	var s scanner.Scanner
	var wrong scanner.ErrorList
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, text, wrong.Add, 0)
	lines, last := 0, 0
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return lines, wrong.Err()
		}
		if kind == token.SEMICOLON && literal == "\n" {
			continue // inserted at the end of a line, which may be a comment's
		}
		line := file.Line(at)
		for part := range strings.SplitSeq(literal, "\n") {
			if line > last && (literal == "" || strings.TrimSpace(part) != "") {
				lines, last = lines+1, line
			}
			line++
		}
	}
}
