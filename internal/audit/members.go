package audit

import (
	"strings"

	"datalock/settings"
)

// A Kind is the role of a bucket in its stack.
type Kind string

// The kinds. All but Data are prefixes of the logical ids of the resources.
const (
	Data     Kind = ""
	Evidence Kind = "evidence"
	Replica  Kind = "replica"
	Trail    Kind = "trail"
)

// Says names the kind.
func (k Kind) Says() string {
	switch k {
	case Evidence:
		return "evidence bucket"
	case Replica:
		return "replica"
	case Trail:
		return "bucket of the trail"
	}
	return "bucket"
}

// Members returns the configs to audit the other buckets of the stack, without
// their versions. They have the clients of c; a replica needs clients for the
// Region in its Wanted.
func (c Config) Members() []Config {
	var all []Config
	add := func(kind Kind, wanted settings.Bucket) {
		m := c
		m.Kind, m.Bucket, m.Wanted = kind, wanted.Name, wanted
		m.data, m.dataName = c.Wanted, c.Bucket
		m.SkipVersions, m.Inventory, m.Verified = true, "", nil
		all = append(all, m)
	}
	if c.Wanted.Evidence != nil {
		add(Evidence, wantedEvidence(c.Wanted, c.Bucket))
	}
	if c.Wanted.Replica != nil {
		add(Replica, wantedReplica(c.Wanted, c.Bucket))
	}
	if c.Wanted.DataEvents != nil {
		add(Trail, wantedTrail(c.Wanted, c.Bucket))
	}
	return all
}

// beside returns the settings that another bucket of the stack shares with the
// data bucket.
func beside(data settings.Bucket, name string) settings.Bucket {
	b := settings.DefaultBucket()
	b.Name, b.Region, b.Account = name, data.Region, data.Account
	b.AllowPlainHTTP, b.Guardians = data.AllowPlainHTTP, data.Guardians
	b.Lifecycle.Disabled = data.Lifecycle.Disabled
	return b
}

func wantedEvidence(data settings.Bucket, name string) settings.Bucket {
	return beside(data, data.EvidenceName(name))
}

func wantedTrail(data settings.Bucket, name string) settings.Bucket {
	b := beside(data, data.TrailBucket(name))
	b.Retention = data.Retention
	return b
}

func wantedReplica(data settings.Bucket, name string) settings.Bucket {
	b := beside(data, data.ReplicaName(name))
	b.Region, b.Retention = data.Replica.Region, data.Replica.Retention
	b.Encryption = data.Encryption
	b.Encryption.KeyARN = data.Replica.KeyARN
	b.MinimumTLSVersion, b.DeleteMarkers, b.WriteOnce = data.MinimumTLSVersion, data.DeleteMarkers, data.WriteOnce
	b.Lifecycle = data.Lifecycle
	return b
}

// at converts an address of the data bucket to that of the audited bucket.
func (a *auditor) at(address string) string {
	if a.Kind == Data {
		return address
	}
	return strings.Replace(address, ".", "."+string(a.Kind)+"_", 1)
}
