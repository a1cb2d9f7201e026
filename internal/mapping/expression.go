package mapping

import (
	"fmt"
	"strconv"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Limits of an expression. They bound what one row may cost; a mapping is
// trusted by its operator, yet a slip must not stop a service.
const (
	maxExprText   = 4096
	maxExprNodes  = 500
	maxExprMemory = 100_000 // elements an evaluation may create
	maxExprResult = 65535   // bytes
)

// program is a compiled expression.
type program struct {
	code  *vm.Program
	slots []int // the columns it reads
}

// environment is what an expression sees: the row's cells by slot. Names are
// resolved when the mapping is compiled.
type environment struct {
	Cells []string `expr:"cells"`
	vm    vm.VM
}

func newEnvironment(slots int) *environment { return &environment{Cells: make([]string, slots)} }

// impure are builtins whose answer depends on the clock or on map order, and
// repeat, whose result no budget bounds.
var impure = []string{"now", "keys", "values", "toPairs", "repeat"}

func (c *compiler) condition(s exprSpec) *program {
	if s.text == "" {
		return nil
	}
	return c.expression(s, true)
}

func (c *compiler) expression(s exprSpec, isCondition bool) *program {
	fail := func(format string, args ...any) *program {
		c.errs = append(c.errs, &SpecError{File: c.m.name, Line: s.at.line, Column: s.at.column, Path: s.at.path, Text: fmt.Sprintf(format, args...)})
		return nil
	}
	if len(s.text) > maxExprText {
		return fail("has %d bytes; at most %d", len(s.text), maxExprText)
	}
	names := &columnNames{c: c, path: s.at.path, made: map[ast.Node]string{}}
	options := []expr.Option{
		expr.Env(environment{}), expr.Patch(names), expr.MaxNodes(maxExprNodes),
		func(cfg *conf.Config) { cfg.Strict = true },
		expr.Function("number", exprNumber, exprNumberType),
		expr.Function("yes", exprYes, exprYesType),
	}
	for _, f := range impure {
		options = append(options, expr.DisableBuiltin(f))
	}
	if isCondition {
		options = append(options, expr.AsBool())
	}
	code, err := expr.Compile(s.text, options...)
	if names.unknown != "" {
		return fail("there is no function %s", names.unknown)
	}
	if err != nil {
		var fe *file.Error
		if asFileError(err, &fe) {
			return fail("column %d of the expression: %s", fe.Column+1, fe.Message)
		}
		return fail("%s", err)
	}
	return &program{code: code, slots: names.slots}
}

func asFileError(err error, target **file.Error) bool {
	fe, ok := err.(*file.Error) //nolint:errorlint // expr returns it bare
	if ok {
		*target = fe
	}
	return ok
}

// columnNames replaces column names (Регион, row["Ед. изм."]) by the position
// of the column among those the mapping needs.
type columnNames struct {
	c       *compiler
	path    string
	slots   []int
	made    map[ast.Node]string // what replace made, by its node: the name it stood for
	unknown string              // a name that is called and is no function
}

// Visit implements ast.Visitor.
func (v *columnNames) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		switch n.Value {
		case "cells", "row", "$env", "number", "yes": // columns of these names are written row["number"]
		default:
			v.replace(node, n.Value)
		}
	case *ast.CallNode:
		if name, ok := v.made[n.Callee]; ok && v.unknown == "" {
			v.unknown = name
		}
	case *ast.MemberNode:
		id, ok := n.Node.(*ast.IdentifierNode)
		if !ok || id.Value != "row" {
			return
		}
		if name, ok := n.Property.(*ast.StringNode); ok {
			v.replace(node, name.Value)
		}
	}
}

func (v *columnNames) replace(node *ast.Node, column string) {
	slot := v.c.slot(column, v.path)
	v.slots = append(v.slots, slot)
	ast.Patch(node, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "cells"}, Property: &ast.IntegerNode{Value: slot}})
	v.made[*node] = column
}

// run evaluates a program on a row.
func (b *Binding) run(p *program, cells []string) (any, error) {
	for _, s := range p.slots {
		text, _ := b.cell(cells, s)
		b.env.Cells[s] = trimBlank(text)
	}
	b.env.vm.MemoryBudget = maxExprMemory
	return b.env.vm.Run(p.code, b.env)
}

// exprText renders the result of a field's expression; ok is false for nil.
func exprText(v any) (text string, ok bool, err error) {
	switch x := v.(type) {
	case nil:
		return "", false, nil
	case string:
		text = x
	case bool:
		text = strconv.FormatBool(x)
	case int:
		text = strconv.Itoa(x)
	case float64:
		text = strconv.FormatFloat(x, 'f', -1, 64)
	default:
		return "", false, fmt.Errorf("the expression gave a %T, not a text, number or boolean", v)
	}
	if len(text) > maxExprResult {
		return "", false, fmt.Errorf("the expression gave %d bytes; at most %d", len(text), maxExprResult)
	}
	return text, true, nil
}

var (
	exprNumberType = new(func(string) float64)
	exprYesType    = new(func(string) bool)
)

// exprNumber is number(text): a number as 1C writes it; blank is 0.
func exprNumber(args ...any) (any, error) {
	text, _ := args[0].(string)
	if isNullWord(text) {
		return 0.0, nil
	}
	plain, _, code := parseNumber(text)
	if code != "" {
		return nil, fmt.Errorf("number: %s", code)
	}
	return strconv.ParseFloat(plain, 64)
}

// exprYes is yes(text): a boolean as 1C writes it.
func exprYes(args ...any) (any, error) {
	text, _ := args[0].(string)
	yes, ok := parseBool(text)
	if !ok {
		return nil, fmt.Errorf("yes: %s", CodeNotBoolean)
	}
	return yes, nil
}
