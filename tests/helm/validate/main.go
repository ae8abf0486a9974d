// validate reads Kubernetes objects as YAML from stdin, and prints `Kind/name: what is wrong` for
// what an API server would refuse or warn about, and for what it would take but cannot work: a
// selector that selects nothing, a port that nobody opens. Exit code 1 if there was anything.
//
// Objects are decoded strictly (no unknown field, no key twice, no wrong type) into the types of the
// Kubernetes API and of prometheus-operator, and go through kube-apiserver's own validation. With
// -restricted, pods also have to meet the "restricted" Pod Security Standard.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// object is one decoded document.
type object struct {
	name  string // Kind/name, as findings show it
	meta  metav1.Object
	typed runtime.Object
}

// documents returns the YAML documents of the stream that hold more than comments.
func documents(input io.Reader) ([][]byte, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(input))
	var found [][]byte
	for {
		document, err := reader.Read()
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Split(string(document), "\n") {
			if text := strings.TrimSpace(line); text != "" && text[0] != '#' && text != "---" {
				found = append(found, document)
				break
			}
		}
	}
}

// findings says everything that is wrong with the documents.
func findings(texts [][]byte, restricted bool) []string {
	var found []string
	var objects []object
	seen := map[string]bool{}
	for number, text := range texts {
		one, err := decode(text)
		if err != nil {
			found = append(found, fmt.Sprintf("document %d: %v", number+1, err))
			continue
		}
		if seen[one.name] {
			found = append(found, one.name+": there are two of it")
		}
		seen[one.name] = true
		for _, what := range append(refusals(one), unworkable(one, restricted)...) {
			found = append(found, one.name+": "+what)
		}
		objects = append(objects, one)
	}
	return append(found, unconnected(objects)...)
}

func main() {
	restricted := flag.Bool("restricted", false, `pods must meet the "restricted" Pod Security Standard`)
	flag.Parse()
	texts, err := documents(os.Stdin)
	if err != nil || len(texts) == 0 {
		fmt.Println("no documents:", err)
		os.Exit(1)
	}
	found := findings(texts, *restricted)
	for _, one := range found {
		fmt.Println(one)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}
