package walls

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folder is the source of one package, with its tests and whatever its build tags.
type folder struct {
	path  string
	set   *token.FileSet
	files []*ast.File
}

func folders(t *testing.T) []folder {
	t.Helper()
	var out []folder
	for _, p := range packages(t) {
		names, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("list the files of %s: %v", p.ImportPath, err)
		}
		f := folder{path: relative(p.ImportPath), set: token.NewFileSet()}
		for _, name := range names {
			file, err := parser.ParseFile(f.set, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			f.files = append(f.files, file)
		}
		out = append(out, f)
	}
	return out
}

// codeRules look at one package each and say what is wrong with it.
var codeRules = []struct {
	sentence string
	look     func(folder) []string
	planted  string
}{
	{"every package says its duty in a package comment", undocumented, "package p\n"},
	{"nothing runs because it was imported: there is no init function", inits, "package p\nfunc init() {}\n"},
	{"a context ends with its call: it stands in no struct", storedContexts, "package p\nimport \"context\"\ntype t struct { ctx context.Context }\n"},
	{"a package's variables are constants: none is written to after its declaration", writtenVariables, "package p\nvar n int\nfunc f() { n++ }\n"},
}

func TestCode(t *testing.T) {
	t.Parallel()
	for _, f := range folders(t) {
		for _, r := range codeRules {
			for _, found := range r.look(f) {
				t.Errorf("%s\n\tbut %s", r.sentence, found)
			}
		}
	}
}

func TestCodeRulesCatchWhatTheyForbid(t *testing.T) {
	t.Parallel()
	sound := "// Package p is sound.\npackage p\nvar n = 1\nfunc f() int { n := n; n++; return n }\n"
	for _, r := range codeRules {
		if r.look(parse(t, r.planted)) == nil {
			t.Errorf("%s: the planted violation is not found", r.sentence)
		}
		if found := r.look(parse(t, sound)); found != nil {
			t.Errorf("%s: sound code is refused: %v", r.sentence, found)
		}
	}
	for _, planted := range []string{"m[1] = 2", "s.x = 1", "n, _ = f()", "*p = 1"} {
		src := "package p\nvar m = map[int]int{}\nvar s struct{ x int }\nvar n int\nvar p = new(int)\nfunc g() { " + planted + " }\n"
		if writtenVariables(parse(t, src)) == nil {
			t.Errorf("writing by %q is not found", planted)
		}
	}
}

func parse(t *testing.T, src string) folder {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "p.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return folder{path: "p", set: set, files: []*ast.File{file}}
}

func undocumented(f folder) []string {
	if slices.ContainsFunc(f.files, func(file *ast.File) bool { return file.Doc != nil }) {
		return nil
	}
	return []string{fmt.Sprintf("package %q has none", f.path)}
}

func inits(f folder) []string {
	return f.each(func(n ast.Node) bool {
		d, ok := n.(*ast.FuncDecl)
		return ok && d.Recv == nil && d.Name.Name == "init"
	})
}

func storedContexts(f folder) []string {
	return f.each(func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		return ok && slices.ContainsFunc(s.Fields.List, func(field *ast.Field) bool {
			selector, ok := field.Type.(*ast.SelectorExpr)
			if !ok {
				return false
			}
			pkg, ok := selector.X.(*ast.Ident)
			return ok && pkg.Name == "context" && selector.Sel.Name == "Context"
		})
	})
}

// writtenVariables finds assignments to variables of the package. The parser resolves
// names within a file; a name that it leaves open is one of the package, or built in.
func writtenVariables(f folder) []string {
	variables := f.variables()
	open := map[*ast.Ident]bool{}
	for _, file := range f.files {
		for _, id := range file.Unresolved {
			open[id] = true
		}
	}
	written := func(target ast.Expr) bool {
		id := root(target)
		if id == nil || !variables[id.Name] {
			return false
		}
		if open[id] {
			return true
		}
		spec, ok := declaration(id).(*ast.ValueSpec)
		return ok && f.atTop(spec)
	}
	return f.each(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			return n.Tok != token.DEFINE && slices.ContainsFunc(n.Lhs, written)
		case *ast.IncDecStmt:
			return written(n.X)
		}
		return false
	})
}

// declaration is what the parser has resolved a name to within its file. Obj knows no
// types; scopes within a file are all that is wanted.
func declaration(id *ast.Ident) any {
	if id.Obj == nil {
		return nil
	}
	return id.Obj.Decl
}

// root is the variable that an assignment to m[k], s.f or *p writes into.
func root(target ast.Expr) *ast.Ident {
	switch x := target.(type) {
	case *ast.Ident:
		return x
	case *ast.IndexExpr:
		return root(x.X)
	case *ast.SelectorExpr:
		return root(x.X)
	case *ast.StarExpr:
		return root(x.X)
	case *ast.ParenExpr:
		return root(x.X)
	}
	return nil
}

// variables are the names of the package's variables.
func (f folder) variables() map[string]bool {
	out := map[string]bool{}
	for _, file := range f.files {
		for _, spec := range topVariables(file) {
			for _, name := range spec.Names {
				out[name.Name] = name.Name != "_"
			}
		}
	}
	return out
}

func (f folder) atTop(spec *ast.ValueSpec) bool {
	return slices.ContainsFunc(f.files, func(file *ast.File) bool { return slices.Contains(topVariables(file), spec) })
}

func topVariables(file *ast.File) []*ast.ValueSpec {
	var out []*ast.ValueSpec
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				out = append(out, spec.(*ast.ValueSpec))
			}
		}
	}
	return out
}

// each lists the places of the nodes that are found.
func (f folder) each(found func(ast.Node) bool) []string {
	var out []string
	for _, file := range f.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil && found(n) {
				place := f.set.Position(n.Pos())
				out = append(out, fmt.Sprintf("%s:%d does", strings.TrimPrefix(f.path+"/"+filepath.Base(place.Filename), "/"), place.Line))
			}
			return true
		})
	}
	return out
}
