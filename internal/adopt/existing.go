package adopt

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Existing is the configuration of a bucket. What the bucket doesn't have is nil
// or empty. The JSON has the AWS CLI's form.
type Existing struct {
	Bucket string `json:"bucket"`
	Region string `json:"region,omitempty"`
	// Endpoint is the URL of the S3 server, empty for AWS.
	Endpoint string `json:"endpoint,omitempty"`
	// Versioning is Enabled, Suspended, or empty if it was never enabled.
	Versioning types.BucketVersioningStatus `json:"versioning,omitempty"`
	// MFADelete is set if deleting versions needs multi-factor authentication.
	MFADelete         bool                                  `json:"mfaDelete,omitempty"`
	ObjectLock        *types.ObjectLockConfiguration        `json:"objectLock,omitempty"`
	PublicAccessBlock *types.PublicAccessBlockConfiguration `json:"publicAccessBlock,omitempty"`
	// Ownership is nil if there are no ownership controls.
	Ownership  *types.ObjectOwnership          `json:"ownership,omitempty"`
	Encryption *types.ServerSideEncryptionRule `json:"encryption,omitempty"`
	Lifecycle  []types.LifecycleRule           `json:"lifecycle,omitempty"`
	// Policy is nil if there is no bucket policy.
	Policy json.RawMessage `json:"policy,omitempty"`
	// Tags are the bucket's tags, without those that AWS sets.
	Tags map[string]string `json:"tags,omitempty"`
	// Grantees are the grants in the bucket's ACL to anybody but its owner.
	Grantees []string `json:"grantees,omitempty"`

	Replication    []types.ReplicationRule        `json:"replication,omitempty"`
	Logging        *types.LoggingEnabled          `json:"logging,omitempty"`
	Inventories    []types.InventoryConfiguration `json:"inventories,omitempty"`
	Notifications  []string                       `json:"notifications,omitempty"`
	CORS           []types.CORSRule               `json:"cors,omitempty"`
	Website        string                         `json:"website,omitempty"`
	Accelerate     types.BucketAccelerateStatus   `json:"accelerate,omitempty"`
	RequestPayment types.Payer                    `json:"requestPayment,omitempty"`

	// Versions is nil if they weren't read.
	Versions *Versions `json:"versions,omitempty"`
}

// Versions counts the versions of a bucket.
type Versions struct {
	// Source is the inventory's manifest, or empty for a listing.
	Source string `json:"inventory,omitempty"`
	// Versions and Bytes count versions that aren't delete markers.
	Versions      int64 `json:"versions"`
	Bytes         int64 `json:"bytes"`
	DeleteMarkers int64 `json:"deleteMarkers"`
	// Compliance and Governance have a retention that hasn't ended, LegalHolds
	// a legal hold, EventHolds an event hold.
	Compliance int64 `json:"compliance"`
	Governance int64 `json:"governance"`
	LegalHolds int64 `json:"legalHolds"`
	EventHolds int64 `json:"eventHolds"`
	// Unlocked have no retention, or one that has ended, and no hold.
	Unlocked int64 `json:"unlocked"`
	// Unknown are versions whose lock couldn't be read.
	Unknown int64 `json:"unknown"`
}

// An Unknown is a part that couldn't be read.
type Unknown struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
}
