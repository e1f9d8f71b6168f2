package client

import (
	"context"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"datalock/internal/client/judge"
	"datalock/internal/rehearse"
)

// serve serves at an address until another shell of the user, which has only
// what was printed, has run a script.
func serve(t *testing.T, o Options, script string) (judge.Report, string) {
	t.Helper()
	d := deployed(t, byDefault)
	ctx, stop := context.WithCancel(t.Context())
	var out []byte
	o.Rehearsal, o.Environ = rehearse.Options{Progress: quiet{}}, os.Environ()
	o.Serving = func(exports []string, _ bool) error {
		go func() {
			defer stop()
			var err error
			out, err = exec.Command("sh", "-euc", strings.Join(exports, "\n")+"\n"+script, os.Args[0]).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		}()
		return nil
	}
	report, err := o.try(ctx, d, listen(t, o.Listen))
	<-ctx.Done()
	if err != nil {
		t.Fatal(err)
	}
	return report, string(out)
}

// uploads is a script that runs a program with only what was printed.
const uploads = "exec env " + programVariable + `=sdk "$0"`

func TestServe(t *testing.T) {
	r, _ := serve(t, Options{Listen: "127.0.0.1:0"}, uploads)
	if r.Verdict != judge.Clean || r.Command != nil || r.Requests != 5 || r.Left.Versions != 2 {
		t.Errorf("%s", Text(r))
	}
}

// TestServeRemote serves at an address of this machine that others can reach,
// for a program that must find the certificate to be for that address.
func TestServeRemote(t *testing.T) {
	o := Options{Listen: net.JoinHostPort(reachable(t), "0")}
	if err := o.Check(); err == nil {
		t.Errorf("%s is allowed without being told", o.Listen)
	}
	o.AllowRemote = true
	if err := o.Check(); err != nil || !o.Remote() {
		t.Fatalf("remote %v, %v", o.Remote(), err)
	}
	r, out := serve(t, o, `echo "$AWS_ENDPOINT_URL"; `+uploads)
	host, _, _ := net.SplitHostPort(o.Listen)
	if want := "https://" + net.JoinHostPort(host, ""); !strings.HasPrefix(out, want) {
		t.Errorf("printed %q, want %s", out, want)
	}
	if r.Verdict != judge.Clean || r.Requests != 5 {
		t.Errorf("%s", Text(r))
	}
}

// reachable returns an address of this machine that others can reach. Without one
// the test fails.
func reachable(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			return network.IP.String()
		}
	}
	t.Fatal("this machine has no address but loopback ones")
	return ""
}

// TestContainer: the arguments for a container pass all that a program needs,
// and another user can read what they mount.
func TestContainer(t *testing.T) {
	// A container has the variables and the folder, and nothing else.
	script := `
set -- $DATALOCK_CONTAINER_ARGS
test "$1" = --volume
folder=${2%%:*}
test "$2" = "$folder:$folder:ro"
shift 2
only=
while test $# -gt 0; do
	test "$1" = --env
	eval "only=\"\$only $2='\$$2'\""
	shift 2
done
ls -ld "$folder" "$folder"/* | cut -c 1-10
eval "exec env -i $only ` + programVariable + `=sdk '$0'"
`
	r, out := serve(t, Options{Listen: "127.0.0.1:0"}, script)
	if r.Verdict != judge.Clean || r.Requests != 5 {
		t.Errorf("%s", Text(r))
	}
	modes := strings.Fields(out)
	if len(modes) < 3 || !slices.Equal(modes[:3], []string{"drwxr-xr-x", "-rw-r--r--", "-rw-r--r--"}) {
		t.Errorf("a container's user reads files with the modes %q", modes)
	}
}
