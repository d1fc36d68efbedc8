package ledger

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// counted marks a line whose goroutine or memory is counted in another way, or
// bounded by something else. What follows it on the line says how.
const counted = "//ledger:counted"

// apart are the packages that do not serve clients, or whose work has bounds of another
// kind. A new package is not among them.
var apart = map[string]string{
	"internal/attack":           "is clients",
	"internal/cluster/natstest": "is for tests",
	"internal/earlysignals":     "runs once",
	"internal/golden":           "is for tests",
	"internal/ledger":           "has the accounts",
	"internal/library":          "is driven by authors; what clients search takes turns",
	"internal/library/corpus":   "is for tests",
	"internal/library/search":   "is driven by authors",
	"internal/logqueue":         "has a queue of its own",
	"internal/memory/storetest": "is for tests",
	"internal/ops":              "serves operators, with limits of its own",
	"internal/post":             "is driven by authors",
	"internal/push/storetest":   "is for tests",
	"internal/textwidth":        "keeps nothing",
}

// fleeting are the packages whose fields may grow.
var fleeting = map[string]string{
	"cmd/sshblog":       "has none that outlive its start or a command",
	"internal/markdown": "counts what it makes in the budget of a reading",
	"internal/render":   "counts what it appends in the budget of a render",
}

// What serves clients starts no goroutine and no command but through an account, and
// takes no memory of a size that a client may choose but from one. Here is what
// forbidigo in .golangci.yml cannot see, since it is no call or depends on what a call
// is given.
func TestStatementsAreCounted(t *testing.T) {
	module := strings.TrimSpace(golist(t, "-m"))
	var served []string
	known := 0
	for path := range strings.FieldsSeq(golist(t, "./...")) {
		name := strings.TrimPrefix(path, module+"/")
		if _, ok := apart[name]; ok {
			known++
		} else {
			served = append(served, name)
		}
	}
	if known != len(apart) || !slices.Contains(served, "internal/sshd") {
		t.Errorf("%d of the packages that are apart are there, and %d should be; the others are %q", known, len(apart), served)
	}
	exports := exportsOf(t, served)
	for _, name := range served {
		src := make(map[string]string)
		for file := range strings.FieldsSeq(golist(t, "-f", "{{join .GoFiles \"\\n\"}}", "./"+name)) {
			text, err := os.ReadFile(filepath.Join(root, name, file))
			if err != nil {
				t.Fatal(err)
			}
			src[name+"/"+file] = string(text)
		}
		found, err := inspect(src, exports, fleeting[name] != "")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Error(f)
		}
	}
}

// root is the module's folder.
const root = "../.."

// golist returns what go list tells in the module's folder.
func golist(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %q: %v", args, err)
	}
	return string(out)
}

// exportsOf returns the files that tell what the packages export that are imported by
// those that are served.
func exportsOf(t *testing.T, served []string) map[string]string {
	t.Helper()
	exports := make(map[string]string)
	args := []string{"-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	for _, name := range served {
		args = append(args, "./"+name)
	}
	for line := range strings.Lines(golist(t, args...)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[path] = file
	}
	return exports
}

// inspection is the look at one package.
type inspection struct {
	files *token.FileSet
	info  types.Info
	marks map[string]string // what they say, by file and line
	used  map[string]bool
	found []string

	grown  map[*types.Var]bool         // fields that were found to grow
	kept   map[*types.Var][]*types.Var // the fields that local variables hold
	longer map[*types.Var]bool         // local variables that are appended to

	fleeting bool // fields may grow
}

// inspect returns the findings in the files of a package, in their order. What it
// imports is read from the files of exports. Fields of a fleeting package may grow.
func inspect(src, exports map[string]string, fleeting bool) ([]string, error) {
	i := &inspection{
		files: token.NewFileSet(), marks: make(map[string]string), used: make(map[string]bool), fleeting: fleeting,
		grown: make(map[*types.Var]bool), kept: make(map[*types.Var][]*types.Var), longer: make(map[*types.Var]bool),
		info: types.Info{
			Types: make(map[ast.Expr]types.TypeAndValue), Selections: make(map[*ast.SelectorExpr]*types.Selection),
			Uses: make(map[*ast.Ident]types.Object), Defs: make(map[*ast.Ident]types.Object),
		},
	}
	var files []*ast.File
	for name, text := range src {
		file, err := parser.ParseFile(i.files, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		for _, group := range file.Comments {
			for _, c := range group.List {
				if reason, ok := strings.CutPrefix(c.Text, counted); ok {
					i.marks[i.line(c.Pos())] = strings.TrimSpace(reason)
				}
			}
		}
	}
	config := types.Config{Importer: importer.ForCompiler(i.files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	if _, err := config.Check("served", i.files, files, &i.info); err != nil {
		return nil, err
	}
	each(files, func(n *ast.AssignStmt) { i.locals(n) })
	each(files, func(n *ast.AssignStmt) { i.assignment(n) })
	each(files, func(n *ast.KeyValueExpr) { i.keeps(n.Key, n.Value) })
	each(files, func(n *ast.GoStmt) { i.finds(n, "a go statement: use ledger.Account.Go") })
	each(files, func(n *ast.CallExpr) { i.call(n); i.fills(n) })
	for at, reason := range i.marks {
		switch {
		case !i.used[at]:
			i.found = append(i.found, fmt.Sprintf("%s: %s has nothing to say here", at, counted))
		case reason == "":
			i.found = append(i.found, fmt.Sprintf("%s: %s says no reason", at, counted))
		}
	}
	slices.Sort(i.found)
	return i.found, nil
}

// each calls f for each node of a kind.
func each[N ast.Node](files []*ast.File, f func(N)) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n, ok := n.(N); ok {
				f(n)
			}
			return true
		})
	}
}

// line names a line.
func (i *inspection) line(at token.Pos) string {
	position := i.files.Position(at)
	return fmt.Sprintf("%s:%d", position.Filename, position.Line)
}

// finds notes what is to be counted, unless its line is marked.
func (i *inspection) finds(n interface{ Pos() token.Pos }, advice string) {
	at := i.line(n.Pos())
	if _, marked := i.marks[at]; marked {
		i.used[at] = true
		return
	}
	i.found = append(i.found, fmt.Sprintf("%s: %s, or say after %s why not", at, advice, counted))
}

// call looks at a call for what it starts and what it makes.
func (i *inspection) call(call *ast.CallExpr) {
	if named, ok := types.Unalias(i.info.TypeOf(call.Fun)).(*types.Named); ok && !i.info.Types[call.Fun].IsType() {
		if of := named.Obj(); of.Name() == "Cmd" && of.Pkg().Path() == "charm.land/bubbletea/v2" {
			i.finds(call, "a command of the model's: have terminal.Host perform it")
		}
	}
	if name := i.called(call); name == "iter.Pull" || name == "iter.Pull2" {
		i.finds(call, "a goroutine that lasts as long as what it yields to: use range")
	}
	for _, size := range i.sizes(call) {
		if !i.bounded(size) {
			i.finds(call, "memory of a size that is not bounded: use ledger.Account.Take")
			return
		}
	}
}

// sizes returns the arguments of a call that say how much it allocates.
func (i *inspection) sizes(call *ast.CallExpr) []ast.Expr {
	switch i.called(call) {
	case "make", "strings.Repeat", "bytes.Repeat", "slices.Repeat", "slices.Grow", "bufio.NewReaderSize", "bufio.NewWriterSize":
		return call.Args[1:]
	case "(*strings.Builder).Grow", "(*bytes.Buffer).Grow":
		return call.Args
	}
	return nil
}

// bounded reports whether a size is: by a constant, or by how large something is that
// is there already, and has been counted.
func (i *inspection) bounded(size ast.Expr) bool {
	if i.info.Types[size].Value != nil {
		return true
	}
	switch e := ast.Unparen(size).(type) {
	case *ast.BinaryExpr:
		switch e.Op {
		case token.ADD:
			return i.bounded(e.X) && i.bounded(e.Y)
		case token.MUL:
			return i.bounded(e.X) && i.bounded(e.Y) && (i.info.Types[e.X].Value != nil || i.info.Types[e.Y].Value != nil)
		case token.SUB, token.QUO, token.REM, token.SHR:
			return i.bounded(e.X)
		}
	case *ast.CallExpr:
		name, ok := ast.Unparen(e.Fun).(*ast.Ident)
		if !ok {
			return false
		}
		builtin, ok := i.info.Uses[name].(*types.Builtin)
		if !ok {
			return false
		}
		switch builtin.Name() {
		case "len", "cap":
			return true
		case "min":
			return slices.ContainsFunc(e.Args, i.bounded)
		case "max":
			return !slices.ContainsFunc(e.Args, func(arg ast.Expr) bool { return !i.bounded(arg) })
		}
	}
	return false
}
