package prove

import (
	"net/http"
	"strings"
	"testing"
)

// TestRefusedUnexplained: AWS says that the bucket policy denied the bypass; the
// same request without it is refused by the lock.
func TestRefusedUnexplained(t *testing.T) {
	request := func(operation, message string) Request {
		return Request{Operation: operation, Purpose: ToAttack, Status: http.StatusForbidden, Message: message}
	}
	denied := "User: " + strings.Repeat(
		"a",
		400,
	) + " is not authorized to perform: s3:BypassGovernanceRetention with an " + byPolicy
	const locked = "Access Denied because object protected by object lock."
	both := []Request{request(bypassing("DeleteObject", true), clean(denied)), request("DeleteObject", locked)}
	if refusedUnexplained(NoBypass, both) {
		t.Error("the lock's refusal of the request without the bypass counts against the guard")
	}
	both[0].Message = "Access Denied"
	if !refusedUnexplained(NoBypass, both) {
		t.Error("a refusal of the bypass that nothing explains counts for the guard")
	}
	if !refusedUnexplained(NoDeleteMarkers, both[1:]) {
		t.Error("the lock's refusal counts for another guard")
	}
}
