package ledger

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// What is kept grows from one thing that a client does to the next, and its declaration
// says how far. A local variable ends with what was done; it counts where it begins as
// what a field has, and goes back there.

// locals notes which fields local variables hold, and which variables are appended to.
func (i *inspection) locals(assign *ast.AssignStmt) {
	if len(assign.Lhs) != len(assign.Rhs) {
		return
	}
	for at, left := range assign.Lhs {
		local := i.local(left)
		if local == nil {
			continue
		}
		begins := i.lengthened(assign.Rhs[at])
		if begins != nil || assign.Tok == token.ADD_ASSIGN {
			i.longer[local] = true
		}
		if begins == nil {
			begins = []ast.Expr{assign.Rhs[at]}
		}
		for _, e := range begins {
			if field := i.field(e); field != nil {
				i.kept[local] = append(i.kept[local], field)
			}
		}
	}
}

// assignment looks at what makes a field longer.
func (i *inspection) assignment(assign *ast.AssignStmt) {
	for at, left := range assign.Lhs {
		if index, ok := ast.Unparen(left).(*ast.IndexExpr); ok {
			if _, ok := i.info.TypeOf(index.X).Underlying().(*types.Map); ok {
				i.grows(i.field(index.X))
			}
		}
		switch {
		case assign.Tok == token.ADD_ASSIGN:
			if isText(i.info.TypeOf(left)) {
				i.grows(i.field(left))
			}
		case len(assign.Lhs) == len(assign.Rhs):
			i.keeps(left, assign.Rhs[at])
		}
	}
}

// keeps looks at whether a field is given what it has and more.
func (i *inspection) keeps(left, right ast.Expr) {
	field := i.field(left)
	if field == nil {
		return
	}
	for _, e := range i.lengthened(right) {
		if i.field(e) == field || slices.Contains(i.kept[i.local(e)], field) {
			i.grows(field)
		}
	}
	if local := i.local(right); local != nil && i.longer[local] && slices.Contains(i.kept[local], field) {
		i.grows(field)
	}
}

// lengthened returns what an expression makes longer: what calls of append and the like,
// one in the other, begin with, or the texts that are put together; or nil.
func (i *inspection) lengthened(e ast.Expr) []ast.Expr {
	switch e := ast.Unparen(e).(type) {
	case *ast.SliceExpr:
		return i.lengthened(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.ADD && isText(i.info.TypeOf(e)) {
			return []ast.Expr{e.X, e.Y}
		}
	case *ast.CallExpr:
		var begins []ast.Expr
		for _, arg := range i.lengthens(e) {
			if inner := i.lengthened(arg); inner != nil {
				begins = append(begins, inner...)
			} else {
				begins = append(begins, arg)
			}
		}
		return begins
	}
	return nil
}

// lengthens returns the arguments of a call whose elements are in what it returns, with
// more behind or between them.
func (i *inspection) lengthens(call *ast.CallExpr) []ast.Expr {
	name := i.called(call)
	switch _, function, _ := strings.Cut(name, "."); {
	case len(call.Args) == 0:
		return nil
	case name == "slices.Concat":
		return call.Args
	case name == "append", name == "slices.Insert", name == "slices.Replace", strings.HasPrefix(function, "Append"): // also of fmt, strconv
		return call.Args[:1]
	}
	return nil
}

// fills looks at calls that add to a field which is handed to them, or whose method they
// are.
func (i *inspection) fills(call *ast.CallExpr) {
	switch name := i.called(call); name {
	case "maps.Copy", "maps.Insert", "container/heap.Push":
		i.grows(i.field(call.Args[0]))
	default:
		method, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		of, what, _ := strings.Cut(strings.TrimPrefix(name, "(*"), ").")
		switch {
		case !ok:
		case of == "strings.Builder" || of == "bytes.Buffer":
			if strings.HasPrefix(what, "Write") || what == "ReadFrom" {
				i.grows(i.receiver(method))
			}
		case of == "container/list.List":
			if strings.HasPrefix(what, "Push") || strings.HasPrefix(what, "Insert") {
				i.grows(i.receiver(method))
			}
		case of == "sync.Map":
			if what == "Store" || what == "LoadOrStore" || what == "Swap" {
				i.grows(i.receiver(method))
			}
		}
	}
	for _, arg := range call.Args { // who is given a buffer writes to it
		if name := strings.TrimPrefix(i.info.TypeOf(arg).String(), "*"); name == "bytes.Buffer" || name == "strings.Builder" {
			i.grows(i.field(arg))
		}
	}
}

// called returns the full name of what a call calls, such as "io.Copy", or "".
func (i *inspection) called(call *ast.CallExpr) string {
	f := ast.Unparen(call.Fun)
	switch generic := f.(type) {
	case *ast.IndexExpr:
		f = generic.X
	case *ast.IndexListExpr:
		f = generic.X
	}
	var name *ast.Ident
	switch f := f.(type) {
	case *ast.Ident:
		name = f
	case *ast.SelectorExpr:
		name = f.Sel
	default:
		return ""
	}
	switch used := i.info.Uses[name].(type) {
	case *types.Builtin:
		return used.Name()
	case *types.Func:
		return used.FullName()
	}
	return ""
}

// field returns the field that an expression selects, or of which it selects an element,
// or where it leads to or comes from by a pointer; or nil.
func (i *inspection) field(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.StarExpr:
		if local := i.local(e.X); local != nil && len(i.kept[local]) > 0 {
			return i.kept[local][0]
		}
		return i.field(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return i.field(e.X)
		}
	case *ast.IndexExpr:
		return i.field(e.X)
	case *ast.SliceExpr:
		return i.field(e.X)
	case *ast.Ident: // the key in a composite literal
		if field, ok := i.info.Uses[e].(*types.Var); ok && field.IsField() {
			return field
		}
	case *ast.SelectorExpr:
		if field, ok := i.info.Uses[e.Sel].(*types.Var); ok && field.IsField() {
			return field
		}
	}
	return nil
}

// receiver returns the field whose method is called, or nil: the one that is embedded, if
// it is not named.
func (i *inspection) receiver(method *ast.SelectorExpr) *types.Var {
	selection := i.info.Selections[method]
	if selection == nil || len(selection.Index()) == 1 {
		return i.field(method.X)
	}
	var field *types.Var
	of := selection.Recv()
	for _, at := range selection.Index()[:len(selection.Index())-1] {
		if pointer, ok := of.Underlying().(*types.Pointer); ok {
			of = pointer.Elem()
		}
		field = of.Underlying().(*types.Struct).Field(at)
		of = field.Type()
	}
	return field
}

// local returns the variable of a function that an expression names, or cuts, or nil.
func (i *inspection) local(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.SliceExpr:
		return i.local(e.X)
	case *ast.Ident:
		object := i.info.Defs[e]
		if object == nil {
			object = i.info.Uses[e]
		}
		if local, ok := object.(*types.Var); ok && !local.IsField() {
			return local
		}
	}
	return nil
}

// isText reports whether a type is that of strings.
func isText(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}

// grows notes a field that becomes longer, unless the line of its declaration is marked.
func (i *inspection) grows(field *types.Var) {
	if field == nil || i.fleeting || i.grown[field] {
		return
	}
	i.grown[field] = true
	i.finds(field, "a field that grows")
}
