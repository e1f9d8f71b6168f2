package front

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"datalock/internal/rehearse/server/internal/bucketstore"
)

// element is a node of a configuration document.
type element struct {
	name     string
	content  string
	children []*element
}

var errMalformed = errors.New("malformed configuration")

// maxDepth bounds the nesting of a document; S3's own have less than ten.
const maxDepth = 32

// parseXML reads a document that has the given root element and nothing after
// it. Document type declarations are refused.
func parseXML(body []byte, root string) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	var top *element
	var open []*element
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errMalformed, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			node := &element{name: token.Name.Local}
			if len(open) == maxDepth || len(open) == 0 && top != nil {
				return nil, errMalformed
			}
			if len(open) == 0 {
				top = node
			} else {
				parent := open[len(open)-1]
				parent.children = append(parent.children, node)
			}
			open = append(open, node)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].content += string(token)
			} else if strings.TrimSpace(string(token)) != "" {
				return nil, errMalformed
			}
		case xml.Directive:
			return nil, errMalformed
		}
	}
	if top == nil || top.name != root {
		return nil, errMalformed
	}
	return top, nil
}

// find returns the first element below e on the path of names, or nil.
func (e *element) find(path ...string) *element {
	if len(path) == 0 {
		return e
	}
	for _, child := range e.children {
		if child.name == path[0] {
			if found := child.find(path[1:]...); found != nil {
				return found
			}
		}
	}
	return nil
}

// text returns the text of the element on the path, without the space around
// it; empty where there is none.
func (e *element) text(path ...string) string {
	if found := e.find(path...); found != nil {
		return strings.TrimSpace(found.content)
	}
	return ""
}

// only says whether all children have one of the names.
func (e *element) only(names ...string) bool {
	for _, child := range e.children {
		known := false
		for _, name := range names {
			known = known || child.name == name
		}
		if !known {
			return false
		}
	}
	return true
}

// item is a configuration of which a bucket can have many.
type item struct {
	// listRoot is the root element of the answer that lists them.
	listRoot string
}

// list wraps the kept documents in the answer to a list request.
func (i *item) list(root string, docs []bucketstore.Document) []byte {
	var out bytes.Buffer
	out.WriteString(xmlHead + "<" + i.listRoot + namespace + "><IsTruncated>false</IsTruncated>")
	for _, doc := range docs {
		// Without its declaration a kept document can stand inside another.
		body := doc.Body
		if at := bytes.Index(body, []byte("<"+root)); at > 0 {
			body = body[at:]
		}
		out.Write(body)
	}
	out.WriteString("</" + i.listRoot + ">")
	return out.Bytes()
}
