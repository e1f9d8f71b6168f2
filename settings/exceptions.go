package settings

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Exception lets the plan gate pass one finding for a while. It changes
// nothing of what is declared.
type Exception struct {
	// Rule is the name of the gate's rule, such as retention-shortened.
	Rule string
	// Address is that of the resource in the plan, such as
	// aws_s3_bucket_policy.policy.
	Address string
	// Reason says why the change is wanted, to those who come later.
	Reason string
	// Until is the last day on which the exception counts, as YYYY-MM-DD in
	// UTC.
	Until string
}

// Expired reports whether the exception no longer counts on the day of now in
// UTC. One whose day can't be read has expired.
func (e Exception) Expired(now time.Time) bool {
	until, err := time.Parse(time.DateOnly, e.Until)
	return err != nil || !now.UTC().Before(until.AddDate(0, 0, 1))
}

var (
	ruleShape    = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	addressShape = regexp.MustCompile(`^(module\.[A-Za-z_][\w-]*(\[[^\]]+\])?\.)*[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*(\[[^\]]+\])?$`)
)

func decodeExceptions(readers []*reader) []Exception {
	var all []Exception
	for _, r := range readers {
		var e Exception
		r.str("rule", &e.Rule)
		r.str("address", &e.Address)
		r.str("reason", &e.Reason)
		r.str("until", &e.Until)
		r.done()
		all = append(all, e)
	}
	return all
}

func (ms *Mistakes) exceptions(path string, exceptions []Exception) {
	first := map[[2]string]int{}
	for i, e := range exceptions {
		key := path + "[" + strconv.Itoa(i) + "]"
		ms.exception(key, e)
		same := [2]string{e.Rule, e.Address}
		if other, twice := first[same]; twice && e.Rule != "" && e.Address != "" {
			ms.add(key, "", "has the same rule and address as "+path+"["+strconv.Itoa(other)+"]", "remove one of the two")
			continue
		}
		first[same] = i
	}
}

func (ms *Mistakes) exception(path string, e Exception) {
	switch {
	case e.Rule == "":
		ms.add(join(path, "rule"), "", "missing", `name the rule as the finding does, such as "retention-shortened"`)
	case !ruleShape.MatchString(e.Rule):
		ms.add(join(path, "rule"), quote(e.Rule), "must be the name of one rule", `name the rule as the finding does, such as "retention-shortened"`)
	}
	switch {
	case e.Address == "":
		ms.add(join(path, "address"), "", "missing", `name the resource as the finding does, such as "aws_s3_bucket.bucket"`)
	case !addressShape.MatchString(e.Address):
		ms.add(join(path, "address"), quote(e.Address), "must be the address of one resource, without patterns", `name the resource as the finding does, such as "aws_s3_bucket.bucket"`)
	}
	if strings.TrimSpace(e.Reason) == "" {
		ms.add(join(path, "reason"), "", "missing", "say why the change is wanted, to those who come later")
	}
	if _, err := time.Parse(time.DateOnly, e.Until); e.Until == "" {
		ms.add(join(path, "until"), "", "missing", `write the last day on which it counts, such as "2027-01-31"`)
	} else if err != nil {
		ms.add(join(path, "until"), quote(e.Until), "must be a day that exists, as YYYY-MM-DD", `write the last day on which it counts, such as "2027-01-31"`)
	}
}
