package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPicture holds the picture in the docs to the plan: the graph is what the
// plan gives now, and the SVG has all of its texts.
func TestPicture(t *testing.T) {
	graph, err := draw([]byte(readFile(t, planFile)))
	if err != nil {
		t.Fatal(err)
	}
	if graph != readFile(t, dotFile) {
		t.Errorf("%s isn't what the plan gives; run go run ./internal/testkit/topologygraph", dotFile)
	}
	shown := texts(t, readFile(t, svgFile))
	for _, label := range regexp.MustCompile(`label="([^"]*)"`).FindAllStringSubmatch(graph, -1) {
		for _, line := range strings.Split(label[1], `\n`) {
			if !strings.Contains(shown, line) {
				t.Errorf("%s doesn't show %q; run go run ./internal/testkit/topologygraph", svgFile, line)
			}
		}
	}
}

// texts returns all text of an SVG.
func texts(t *testing.T, svg string) string {
	t.Helper()
	var all strings.Builder
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.ReplaceAll(all.String(), "\u00a0", " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, is := token.(xml.CharData); is {
			all.Write(data)
			all.WriteByte('\n')
		}
	}
}

// TestWithoutABucket is the twin: what isn't a plan gives no picture.
func TestWithoutABucket(t *testing.T) {
	for _, text := range []string{"", "{}", `{"resource_changes": []}`} {
		if graph, err := draw([]byte(text)); err == nil {
			t.Errorf("%q gives %q", text, graph)
		}
	}
}
