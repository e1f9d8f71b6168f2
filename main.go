package main

import (
	"datalock/settings"
	"datalock/stack"
	"fmt"
	"os"

	"github.com/aws/jsii-runtime-go"
)

func main() {
	defer jsii.Close()
	t, _ := os.ReadFile("cdktf.json")
	s, err := settings.DecodeFile(t)
	if err == nil {
		err = stack.Synth(s, "")
	}
	fmt.Println(err)
}
