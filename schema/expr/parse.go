package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/parser"
)

// parsed is the syntax tree of a text.
type parsed struct {
	text string
	tree *ast.AST
}

// parse reads a text in CEL's grammar, without macros: the language has no loops.
func parse(text string) (*parsed, error) {
	if problem := textProblem(text); problem != "" {
		return nil, compileError(text, []error{&Error{Line: 1, Column: 1, Message: problem}})
	}
	p, err := parser.NewParser(
		parser.MaxRecursionDepth(MaxDepth),
		parser.MaxExpressionNodeCount(MaxNodes),
		parser.ExpressionSizeCodePointLimit(MaxText),
		parser.ErrorRecoveryLimit(4),
		parser.ErrorReportingLimit(8),
		parser.EnableVariadicOperatorASTs(true),
	)
	if err != nil {
		return nil, fmt.Errorf("build parser: %w", err)
	}
	tree, issues := p.Parse(common.NewTextSource(text))
	if found := issues.GetErrors(); len(found) > 0 {
		mistakes := make([]error, len(found))
		for i, e := range found {
			mistakes[i] = syntaxError(e)
		}
		return nil, compileError(text, mistakes)
	}
	return &parsed{text: text, tree: tree}, nil
}

func syntaxError(e *common.Error) *Error {
	message := strings.TrimPrefix(e.Message, "Syntax error: ")
	return &Error{Line: max(e.Location.Line(), 1), Column: max(e.Location.Column(), 0) + 1, Message: message}
}

func textProblem(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "the expression is empty"
	case len(text) > MaxText:
		return fmt.Sprintf("the expression has %d bytes; at most %d are allowed", len(text), MaxText)
	case !utf8.ValidString(text):
		return "the expression is not valid UTF-8"
	case strings.IndexByte(text, 0) >= 0:
		return "the expression holds a NUL byte"
	}
	return ""
}

// at is a mistake at a part of the text.
func (p *parsed) at(e ast.Expr, format string, args ...any) *Error {
	place := p.tree.SourceInfo().GetStartLocation(e.ID())
	return &Error{
		Line:    max(place.Line(), 1),
		Column:  max(place.Column(), 0) + 1,
		Message: fmt.Sprintf(format, args...),
	}
}
