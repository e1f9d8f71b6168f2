package dataset

import (
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"time"

	"datalock/dataset/manifest"
	"datalock/internal/plainjson"
)

// croissantContext is the JSON-LD context that Croissant 1.1 requires.
// https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
var croissantContext = json.RawMessage(
	`{"@language":"en","@vocab":"https://schema.org/","arrayShape":"cr:arrayShape","citeAs":"cr:citeAs",` +
		`"column":"cr:column","conformsTo":"dct:conformsTo","containedIn":"cr:containedIn",` +
		`"cr":"http://mlcommons.org/croissant/","data":{"@id":"cr:data","@type":"@json"},` +
		`"dataBiases":"cr:dataBiases","dataCollection":"cr:dataCollection","dataType":{"@id":"cr:dataType",` +
		`"@type":"@vocab"},"dct":"http://purl.org/dc/terms/","equivalentProperty":"cr:equivalentProperty",` +
		`"examples":{"@id":"cr:examples","@type":"@json"},"excludes":"cr:excludes","extract":"cr:extract",` +
		`"field":"cr:field","fileObject":"cr:fileObject","fileProperty":"cr:fileProperty","fileSet":"cr:fileSet",` +
		`"format":"cr:format","includes":"cr:includes","isArray":"cr:isArray","isLiveDataset":"cr:isLiveDataset",` +
		`"jsonPath":"cr:jsonPath","key":"cr:key","md5":"cr:md5","parentField":"cr:parentField","path":"cr:path",` +
		`"personalSensitiveInformation":"cr:personalSensitiveInformation",` +
		`"rai":"http://mlcommons.org/croissant/RAI/","recordSet":"cr:recordSet","references":"cr:references",` +
		`"regex":"cr:regex","repeated":"cr:repeated","replace":"cr:replace","samplingRate":"cr:samplingRate",` +
		`"sc":"https://schema.org/","separator":"cr:separator","source":"cr:source","subField":"cr:subField",` +
		`"transform":"cr:transform"}`,
)

// Croissant holds the fields of croissant.json that Datalock doesn't know. The
// specification requires all of them.
type Croissant struct {
	// License is the URL or the SPDX name of the dataset's license.
	License string
	// Creator is the name of the dataset's creator.
	Creator string
}

func (c Croissant) check(mistake func(string, ...any)) {
	if c.License == "" {
		mistake(
			"croissant: has no license, which Croissant 1.1 requires; set its URL or SPDX name, such as CC-BY-4.0",
		)
	}
	if c.Creator == "" {
		mistake("croissant: has no creator, which Croissant 1.1 requires")
	}
}

// croissant is a Croissant description. It names the manifest with its SHA-256,
// the folder, and a set of all files in it; the files' own digests are in the
// manifest.
type croissant struct {
	Context      json.RawMessage `json:"@context"`
	Type         string          `json:"@type"`
	ConformsTo   string          `json:"conformsTo"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	URL          string          `json:"url"`
	License      string          `json:"license"`
	Creator      croissantParty  `json:"creator"`
	Published    string          `json:"datePublished"`
	Distribution []any           `json:"distribution"`
}

type croissantParty struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

type croissantFile struct {
	Type   string `json:"@type"`
	ID     string `json:"@id"`
	Name   string `json:"name"`
	URL    string `json:"contentUrl"`
	Size   string `json:"contentSize"`
	Format string `json:"encodingFormat"`
	SHA256 string `json:"sha256"`
}

type croissantFolder struct {
	Type   string `json:"@type"`
	ID     string `json:"@id"`
	Name   string `json:"name"`
	URL    string `json:"contentUrl"`
	Format string `json:"encodingFormat"`
	// SHA256 is not a folder's digest: the specification requires a digest or
	// this URL.
	SHA256 string `json:"sha256"`
}

type croissantSet struct {
	Type     string `json:"@type"`
	ID       string `json:"@id"`
	Name     string `json:"name"`
	In       any    `json:"containedIn"`
	Format   string `json:"encodingFormat"`
	Includes string `json:"includes"`
}

// describe describes a dataset for tools that read Croissant.
func (c Croissant) describe(s manifest.Statement, text []byte, published time.Time) ([]byte, error) {
	d := s.Predicate.Datalock
	at := Location{d.Bucket, d.Prefix}
	reference := func(id string) any { return map[string]string{"@id": id} }
	description := croissant{
		Context:    croissantContext,
		Type:       "sc:Dataset",
		ConformsTo: "http://mlcommons.org/croissant/1.1",
		Name:       path.Base(d.Prefix),
		Description: fmt.Sprintf(
			"%d files, %d bytes, locked by S3 Object Lock in %s mode. "+
				"%s lists every file with its SHA-256 and its object version.",
			d.Files,
			d.Bytes,
			d.Retention.Mode,
			at.url(at.meta(manifestName)),
		),
		URL:       at.String() + "/",
		License:   c.License,
		Creator:   croissantParty{"sc:Organization", c.Creator},
		Published: published.Format(time.DateOnly),
		Distribution: []any{
			croissantFile{
				"cr:FileObject",
				"manifest",
				manifestName,
				at.url(at.meta(manifestName)),
				fmt.Sprintf("%d B", len(text)),
				"application/json",
				manifest.RootDigest(text),
			},
			croissantFolder{
				"cr:FileObject",
				"folder",
				path.Base(d.Prefix),
				at.String() + "/",
				"inode/directory",
				"https://github.com/mlcommons/croissant/issues/80",
			},
			croissantSet{"cr:FileSet", "files", "files", reference("folder"), "application/octet-stream", "**"},
		},
	}
	text, err := plainjson.Indented(description)
	if err != nil {
		return nil, fmt.Errorf("encode croissant.json: %w", err)
	}
	return text, nil
}

// sameCroissant reports whether two descriptions differ at most in their date:
// a run continued on another day finds the description of the first run.
func sameCroissant(a, b []byte) bool {
	var one, two map[string]any
	if json.Unmarshal(a, &one) != nil || json.Unmarshal(b, &two) != nil {
		return false
	}
	delete(one, "datePublished")
	delete(two, "datePublished")
	return reflect.DeepEqual(one, two)
}
