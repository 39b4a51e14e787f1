package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pb33f/go-yaml"

	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/internal/hint"
)

// mistake is something wrong in a user's document, and where.
type mistake struct {
	line, column int
	text         string
}

// reading is a user's document while it is read: what is wrong is gathered, and
// reading goes on with empty values.
type reading struct {
	name     string
	mistakes []mistake
}

// fail notes a mistake at a node; at the first line where there is none.
func (r *reading) fail(node *yaml.Node, format string, args ...any) {
	line, column := 1, 1
	if node != nil && node.Line > 0 {
		line, column = node.Line, node.Column
	}
	r.mistakes = append(r.mistakes, mistake{line, column, fmt.Sprintf(format, args...)})
}

// err is the first mistake on one line, FILE:LINE:COLUMN: what, with the number of the
// others; nil where there is none.
func (r *reading) err() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	slices.SortStableFunc(r.mistakes, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	r.mistakes = slices.Compact(r.mistakes) // a part that several workflows use
	first := r.mistakes[0]
	text := fmt.Sprintf("%s:%d:%d: %s", r.name, first.line, first.column, first.text)
	switch n := len(r.mistakes) - 1; n {
	case 0:
	case 1:
		text += " (and 1 more mistake)"
	default:
		text += fmt.Sprintf(" (and %d more mistakes)", n)
	}
	return errors.New(plain(text))
}

// plain puts a text on one line.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// misread notes why a text is not YAML.
func (r *reading) misread(err error) {
	at := &yaml.Node{}
	what := err.Error()
	if mistake, ok := errors.AsType[*yaml.LoadError](err); ok {
		at.Line, at.Column, what = mistake.Mark.Line, mistake.Mark.Column, mistake.Message
	}
	r.fail(at, "this is not YAML: %s", what)
}

// These bound what is read: a document of a user is far smaller.
const (
	maxBytes = 1 << 20
	maxNodes = 100_000
	maxDepth = 64
)

// bounded reports whether a tree is finite and of a sensible size, with its aliases
// followed, and notes where it is not.
func (r *reading) bounded(root *yaml.Node) bool {
	nodes, open := 0, map[*yaml.Node]bool{}
	var visit func(n *yaml.Node, depth int) bool
	visit = func(n *yaml.Node, depth int) bool {
		nodes++
		switch {
		case open[n]:
			r.fail(n, "the anchor &%s holds itself; take it apart", n.Anchor)
			return false
		case depth > maxDepth:
			r.fail(n, "this is nested more than %d deep; make it flatter", maxDepth)
			return false
		case nodes > maxNodes:
			r.fail(n, "this is more than %d values, with aliases written out; divide the document", maxNodes)
			return false
		}
		r.asTyped(n)
		open[n] = true
		defer delete(open, n)
		if n.Alias != nil && !visit(n.Alias, depth+1) {
			return false
		}
		for _, inner := range n.Content {
			if !visit(inner, depth+1) {
				return false
			}
		}
		return true
	}
	return visit(root, 0)
}

// asTyped notes what YAML reads as another value than was typed, such as 010 or a date.
func (r *reading) asTyped(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		return
	}
	tag := n.ShortTag()
	if tag == "!!str" && n.Style == 0 {
		if _, err := exact.Decode([]byte(n.Value)); err == nil {
			tag = "!!float" // a number out of range is a text to YAML
		}
	}
	switch tag {
	case "!!int", "!!float":
		if !exact.Faithful(n.Value) {
			r.fail(n, "%s %s", shorten(n.Value), exact.Mistyped)
		}
	case "!!timestamp", "!!binary":
		r.fail(n, "%s is read as another value than was typed; put it in quotes", shorten(n.Value))
	case "!!merge":
		r.fail(n, "the suite reads no merge keys (<<); write the fields out")
	}
}

// behind is the node that an alias refers to, or the node itself.
func behind(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// object is a mapping of the document.
type object struct {
	*reading
	node   *yaml.Node
	what   string // for words: "a step"
	keys   map[string]*yaml.Node
	values map[string]*yaml.Node
}

// object takes a mapping apart and notes what does not belong there: keys that are not
// known, and extensions that look like one of this suite's. It is empty where the node
// is not a mapping.
func (r *reading) object(n *yaml.Node, what string, known, extensions []string) object {
	o := object{r, n, what, map[string]*yaml.Node{}, map[string]*yaml.Node{}}
	mapping := behind(n)
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		r.fail(n, "%s is a mapping (key: value), not %s", what, kind(mapping))
		return o
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		name := key.Value
		if _, twice := o.keys[name]; twice {
			r.fail(key, "%s has %q twice; keep one", what, name)
		}
		o.keys[name], o.values[name] = key, value
		switch {
		case slices.Contains(known, name), slices.Contains(extensions, name):
		case !strings.HasPrefix(name, "x-"):
			r.fail(key, "%s has no %q%s", what, name, hint.For(name, slices.Concat(known, extensions)))
		default:
			if meant := hint.For(name, extensions); meant != "" {
				r.fail(key, "%q is read by nobody%s", name, meant)
			}
		}
	}
	return o
}

// at is the value of a key; nil where it is absent or null.
func (o object) at(key string) *yaml.Node {
	value := behind(o.values[key])
	if value == nil || value.Tag == "!!null" {
		return nil
	}
	return value
}

// required is at, and notes that a key is missing.
func (o object) required(key string) *yaml.Node {
	value := o.at(key)
	if value == nil {
		o.fail(o.node, "%s has no %s; add it", o.what, key)
	}
	return value
}

// text is a string; empty where it is absent or no string.
func (o object) text(key string) string {
	value := o.at(key)
	if value == nil {
		return ""
	}
	if value.Kind != yaml.ScalarNode || value.Value == "" {
		o.fail(o.values[key], "%s of %s is a text that is not empty, not %s", key, o.what, kind(value))
		return ""
	}
	return value.Value
}

// requiredText is text, and notes that it is missing.
func (o object) requiredText(key string) string {
	if o.required(key) == nil {
		return ""
	}
	return o.text(key)
}

// list is a sequence; empty where it is absent or none.
func (o object) list(key string) []*yaml.Node {
	value := o.at(key)
	if value == nil {
		return nil
	}
	if value.Kind != yaml.SequenceNode {
		o.fail(o.values[key], "%s of %s is a list, not %s", key, o.what, kind(value))
		return nil
	}
	return value.Content
}

// requiredList is list, and notes that it is missing or empty.
func (o object) requiredList(key string) []*yaml.Node {
	if o.required(key) == nil {
		return nil
	}
	list := o.list(key)
	if len(list) == 0 && o.at(key).Kind == yaml.SequenceNode {
		o.fail(o.values[key], "%s of %s is empty; add at least one", key, o.what)
	}
	return list
}

// kind names what a node is.
func kind(n *yaml.Node) string {
	if n == nil {
		return "nothing"
	}
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.Tag == "!!null" || n.Value == "" {
		return "nothing"
	}
	return fmt.Sprintf("%q", shorten(n.Value))
}

func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}
