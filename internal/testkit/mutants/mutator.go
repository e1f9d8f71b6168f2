package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// helperCode is compiled into the package. A change is on where the environment
// picks its number.
const helperCode = `
import (
	"os"
	"strconv"
)

var mutantOn = func() int {
	n, err := strconv.Atoi(os.Getenv("MUTANT"))
	if err != nil {
		return -1
	}
	return n
}()

func mutantNot(n int, value bool) bool { return value != (n == mutantOn) }

func mutantElse(n int, value bool, other func() bool) bool {
	if n == mutantOn {
		return other()
	}
	return value
}
`

// A mutator has the changes that it made, by their numbers.
type mutator struct {
	changes []string
}

// insertion is text that is put into a file.
type insertion struct {
	at, order int
	text      string
}

// A fileMutator makes the changes of one file.
type fileMutator struct {
	*mutator
	name       string
	set        *token.FileSet
	source     []byte
	insertions []insertion
}

// file returns a file with all changes in it, each of them off.
func (m *mutator) file(path string) ([]byte, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, 0)
	if err != nil {
		return nil, err
	}
	f := &fileMutator{mutator: m, name: filepath.Base(path), set: set, source: source}
	ast.Inspect(file, f.visit)
	slices.SortStableFunc(f.insertions, func(a, b insertion) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return a.order - b.order
	})
	var out strings.Builder
	last := 0
	for _, in := range f.insertions {
		out.Write(source[last:in.at])
		out.WriteString(in.text)
		last = in.at
	}
	out.Write(source[last:])
	return []byte(out.String()), nil
}

func (f *fileMutator) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.SwitchStmt:
		if n.Tag == nil {
			f.cases(n.Body)
		}
	case *ast.ReturnStmt:
		for _, result := range n.Results {
			if id, is := result.(*ast.Ident); is && (id.Name == "true" || id.Name == "false") {
				f.not(result, "the other")
			}
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	}
	return true
}

func (f *fileMutator) cases(body *ast.BlockStmt) {
	for _, clause := range body.List {
		for _, condition := range clause.(*ast.CaseClause).List {
			f.condition(condition)
		}
	}
}

// condition negates a condition that is no comparison, which binary negates.
func (f *fileMutator) condition(e ast.Expr) {
	if _, is := e.(*ast.BinaryExpr); !is {
		f.not(e, "negated")
	}
}

func (f *fileMutator) binary(e *ast.BinaryExpr) {
	x, y := f.text(e.X), f.text(e.Y)
	instead := map[token.Token]string{
		token.LSS:  "<=",
		token.LEQ:  "<",
		token.GTR:  ">=",
		token.GEQ:  ">",
		token.LAND: "||",
		token.LOR:  "&&",
	}
	switch e.Op {
	case token.EQL, token.NEQ:
		f.not(e, "negated")
	case token.LSS, token.LEQ, token.GTR, token.GEQ, token.LAND, token.LOR:
		if e.Op != token.LAND && e.Op != token.LOR {
			f.not(e, "negated")
		}
		n := f.add(e, instead[e.Op]+" for "+e.Op.String())
		f.wrap(e, fmt.Sprintf("mutantElse(%d, ", n),
			fmt.Sprintf(", func() bool { return (%s) %s (%s) })", x, instead[e.Op], y))
	}
}

// statements leaves out statements that nothing after them needs to compile.
func (f *fileMutator) statements(list []ast.Stmt) {
	for _, s := range list {
		leave := false
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.IncDecStmt:
			leave = true
		case *ast.AssignStmt:
			leave = s.Tok != token.DEFINE
		case *ast.BranchStmt:
			leave = s.Tok == token.CONTINUE && s.Label == nil
		}
		if leave {
			n := f.add(s, "left out")
			f.wrap(s, fmt.Sprintf("if mutantOn != %d { ", n), " }")
		}
	}
}

func (f *fileMutator) not(n ast.Node, how string) {
	f.wrap(n, fmt.Sprintf("mutantNot(%d, ", f.add(n, how)), ")")
}

func (f *fileMutator) add(n ast.Node, how string) int {
	at := f.set.Position(n.Pos())
	text := strings.Join(strings.Fields(f.text(n)), " ")
	f.changes = append(f.changes, fmt.Sprintf("%s:%d:%d: %s: %s", f.name, at.Line, at.Column, text, how))
	return len(f.changes) - 1
}

// wrap puts text around a node: outer nodes are visited first, so that what
// comes later belongs further inside.
func (f *fileMutator) wrap(n ast.Node, before, after string) {
	order := len(f.insertions) + 1
	f.insertions = append(f.insertions,
		insertion{f.set.Position(n.Pos()).Offset, order, before},
		insertion{f.set.Position(n.End()).Offset, -order, after})
}

func (f *fileMutator) text(n ast.Node) string {
	return string(f.source[f.set.Position(n.Pos()).Offset:f.set.Position(n.End()).Offset])
}
