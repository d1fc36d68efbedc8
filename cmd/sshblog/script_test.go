package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary double as the programs that the tests
// start: sshblog itself, and the floor that it is measured against.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sshblog": main,
		"floor":   floorMain,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
