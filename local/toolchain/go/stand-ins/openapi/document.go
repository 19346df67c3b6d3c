// Package libopenapi stands in for the library of that name, which the Pulumi CLI uses for one command, `pulumi api`,
// and whose 28 packages take longer to compile than the whole deployment engine. It has the types that the CLI names;
// it can't read a document, and says so.
package libopenapi

import (
	"errors"

	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// Document is one that is never there.
type Document struct{}

// NewDocument refuses.
func NewDocument([]byte) (Document, error) {
	return Document{}, errors.New("this build of the Pulumi CLI can't read OpenAPI documents")
}

// BuildV3Model is never reached.
func (Document) BuildV3Model() (*DocumentModel, error) {
	return nil, errors.New("no document")
}

// DocumentModel holds the model of a document.
type DocumentModel struct{ Model v3.Document }
