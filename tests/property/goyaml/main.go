// SPDX-License-Identifier: Apache-2.0

// goyaml reads a YAML document from stdin with the library named by its argument and prints it as JSON:
// "sigs" is what kubectl, the API server, Argo CD and Flux read with, "v3" is gopkg.in/yaml.v3.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	v3 "gopkg.in/yaml.v3"
	sigs "sigs.k8s.io/yaml"
)

// read decodes text into what encoding/json can print; a map with other keys than strings is an error.
func read(library string, text []byte) ([]byte, error) {
	if library == "sigs" {
		return sigs.YAMLToJSON(text)
	}
	var value any
	if err := v3.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	if odd, ok := value.(map[any]any); ok {
		return nil, fmt.Errorf("a map of %d keys, some of which are no strings", len(odd))
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return out.Bytes(), err
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil && len(os.Args) != 2 {
		err = fmt.Errorf("usage: goyaml sigs|v3")
	}
	var out []byte
	if err == nil {
		out, err = read(os.Args[1], text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "goyaml:", err)
		os.Exit(1)
	}
	os.Stdout.Write(out)
}
