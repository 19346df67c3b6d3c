// Package storage stands in for the client of Google Cloud Storage, one of the places where Pulumi can keep state. It
// drags in gRPC's xDS, 160 packages in all. It has the types that its callers name; it makes no client, and says so.
package storage

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

const ScopeReadWrite = "https://www.googleapis.com/auth/devstorage.read_write"

var (
	ErrBucketNotExist = errors.New("storage: bucket doesn't exist")
	ErrObjectNotExist = errors.New("storage: object doesn't exist")

	errLeftOut = errors.New("Google Cloud Storage is not in this build")
)

// NewClient refuses; without a client, nothing below is ever reached.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errLeftOut }

func SignedURL(bucket, object string, _ *SignedURLOptions) (string, error) { return "", errLeftOut }

type Client struct{}

func (*Client) Bucket(string) *BucketHandle { return &BucketHandle{} }
func (*Client) Close() error                { return nil }

type BucketHandle struct{}

func (*BucketHandle) Attrs(context.Context) (*BucketAttrs, error)     { return nil, errLeftOut }
func (*BucketHandle) Object(string) *ObjectHandle                     { return &ObjectHandle{} }
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator { return &ObjectIterator{} }

type BucketAttrs struct{}

type ObjectHandle struct{}

func (o *ObjectHandle) If(Conditions) *ObjectHandle               { return o }
func (o *ObjectHandle) Generation(int64) *ObjectHandle            { return o }
func (*ObjectHandle) Attrs(context.Context) (*ObjectAttrs, error) { return nil, errLeftOut }
func (*ObjectHandle) CopierFrom(*ObjectHandle) *Copier            { return &Copier{} }
func (*ObjectHandle) Delete(context.Context) error                { return errLeftOut }
func (*ObjectHandle) NewReader(context.Context) (*Reader, error)  { return nil, errLeftOut }
func (*ObjectHandle) NewWriter(context.Context) *Writer           { return &Writer{} }
func (*ObjectHandle) NewRangeReader(_ context.Context, offset, length int64) (*Reader, error) {
	return nil, errLeftOut
}

type ObjectIterator struct{}

func (*ObjectIterator) Next() (*ObjectAttrs, error)  { return nil, errLeftOut }
func (*ObjectIterator) PageInfo() *iterator.PageInfo { return &iterator.PageInfo{} }

type ObjectAttrs struct {
	Name, Prefix, Etag                                                 string
	CacheControl, ContentDisposition, ContentEncoding, ContentLanguage string
	ContentType                                                        string
	Metadata                                                           map[string]string
	Created, Updated                                                   time.Time
	Size                                                               int64
	MD5                                                                []byte
}

type Query struct{ Prefix, Delimiter string }

type Conditions struct{ DoesNotExist bool }

type Copier struct{ ObjectAttrs }

func (*Copier) Run(context.Context) (*ObjectAttrs, error) { return nil, errLeftOut }

type Reader struct {
	io.ReadCloser
	Attrs ReaderObjectAttrs
}

type ReaderObjectAttrs struct {
	ContentType  string
	LastModified time.Time
	Size         int64
}

type Writer struct {
	ObjectAttrs
	ChunkSize             int
	ForceEmptyContentType bool
}

func (*Writer) Write([]byte) (int, error)  { return 0, errLeftOut }
func (*Writer) Close() error               { return errLeftOut }
func (*Writer) CloseWithError(error) error { return errLeftOut }

type SignedURLOptions struct {
	Expires                             time.Time
	Method, ContentType, GoogleAccessID string
	PrivateKey                          []byte
	SignBytes                           func([]byte) ([]byte, error)
}
