// Package base has the types of a schema that the Pulumi CLI names.
package base

import (
	"errors"

	"github.com/pb33f/libopenapi/orderedmap"
	"go.yaml.in/yaml/v4"
)

type Schema struct {
	Type                 []string
	Format, Pattern      string
	Description          string
	AllOf, OneOf, AnyOf  []*SchemaProxy
	Properties           *orderedmap.Map[string, *SchemaProxy]
	Items                *DynamicValue
	AdditionalProperties *DynamicValue
	Discriminator        *Discriminator
	Required             []string
	ReadOnly, Nullable   *bool
	MinLength, MaxLength *int64
	Minimum, Maximum     *float64
	MultipleOf           *float64
	Default              *yaml.Node
	Enum                 []*yaml.Node
	Extensions           *orderedmap.Map[string, *yaml.Node]
}

func (*Schema) GoLow() *Low                        { return nil }
func (*Schema) MarshalJSONInline() ([]byte, error) { return nil, errors.New("no document") }

type Low struct{}

func (*Low) Hash() uint64 { return 0 }

type SchemaProxy struct{}

func (*SchemaProxy) Schema() *Schema { return nil }

type DynamicValue struct{ A *SchemaProxy }

func (*DynamicValue) IsA() bool { return false }

type Discriminator struct {
	PropertyName string
	Mapping      *orderedmap.Map[string, string]
}

type Info struct{ Version string }
