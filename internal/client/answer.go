package client

import (
	"bytes"
	"encoding/xml"
	"strings"
	"time"

	"datalock/internal/client/judge"
)

// readAnswer reads S3's code and message, and the results of a DeleteObjects.
// It reads nothing else of an error: SignatureDoesNotMatch repeats what was
// signed. The messages are whole, and may have secrets: see [withoutSecrets].
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
func readAnswer(r *judge.Request, text []byte) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	// During a long copy S3 sends whitespace before the answer.
	for {
		token, err := decoder.Token()
		if err != nil {
			return
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "Error":
			var e struct{ Code, Message string }
			if decoder.DecodeElement(&e, &start) == nil {
				r.Code, r.Message = short(e.Code), e.Message
			}
		case "DeleteResult":
			readDeletes(r, decoder)
		}
		return
	}
}

// readDeletes reads the results until there are no more.
func readDeletes(r *judge.Request, decoder *xml.Decoder) {
	for {
		token, err := decoder.Token()
		if err != nil {
			return
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		var d struct {
			Key, Code, Message string
			VersionID          string `xml:"VersionId"`
			DeleteMarker       bool
		}
		if decoder.DecodeElement(&d, &start) != nil {
			return
		}
		r.Deletes = append(r.Deletes, judge.Delete{
			Key: d.Key, VersionID: short(d.VersionID), Code: short(d.Code), Message: d.Message, Marker: d.DeleteMarker,
		})
	}
}

// readRetention reads the body of a PutObjectRetention.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
func readRetention(text []byte) (mode string, until time.Time) {
	var asked struct{ Mode, RetainUntilDate string }
	if xml.Unmarshal(text, &asked) != nil {
		return "", time.Time{}
	}
	until, err := time.Parse(time.RFC3339, strings.TrimSpace(asked.RetainUntilDate))
	if err != nil {
		until = time.Time{}
	}
	return short(asked.Mode), until
}
