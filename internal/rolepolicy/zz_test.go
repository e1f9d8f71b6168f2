package rolepolicy_test
import ("testing";"strings";"datalock/internal/rolepolicy";"datalock/internal/testkit/apptest")
func TestZZ(t *testing.T){
 output := apptest.Synth(t, []byte(strings.Replace(prefixes, `"region": "us-east-1"`, `"region": "us-east-1", "awsProviderVersion": "~> 6.40", "backend":{"s3":{"bucket":"states-of-acme"}}`,1)))
 for _, n := range []string{"a","long"} { text:=read(t,output,n)
  for _, p := range append(append([]rolepolicy.Phase{}, rolepolicy.Phases...), append(rolepolicy.DataPhases, rolepolicy.JobPhases...)...) { s:=policyOf(t,text,p).String(); t.Log(n,p,len(s)); if n=="a"&&p==rolepolicy.Change{t.Log(s)} } }
}
