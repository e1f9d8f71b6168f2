package adopt

import (
	"slices"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The Terraform types in the stack of a data bucket.
const (
	bucketType       = "aws_s3_bucket"
	versioningType   = "aws_s3_bucket_versioning"
	lockType         = "aws_s3_bucket_object_lock_configuration"
	blockType        = "aws_s3_bucket_public_access_block"
	ownershipType    = "aws_s3_bucket_ownership_controls"
	encryptionType   = "aws_s3_bucket_server_side_encryption_configuration"
	lifecycleType    = "aws_s3_bucket_lifecycle_configuration"
	policyType       = "aws_s3_bucket_policy"
	loggingType      = "aws_s3_bucket_logging"
	inventoryType    = "aws_s3_bucket_inventory"
	replicationType  = "aws_s3_bucket_replication_configuration"
	notificationType = "aws_s3_bucket_notification"
)

// Types returns the Terraform types that a stack with the wanted settings
// imports: those that it declares and the bucket has.
func (e Existing) Types(wanted settings.Bucket) []string {
	there := map[string]bool{
		versioningType: e.Versioning != "", lockType: e.ObjectLock != nil, blockType: e.PublicAccessBlock != nil,
		ownershipType: e.Ownership != nil, encryptionType: e.Encryption != nil, policyType: e.Policy != nil,
		lifecycleType: len(e.Lifecycle) > 0, loggingType: e.Logging != nil, inventoryType: e.hasInventory(),
		replicationType: len(e.Replication) > 0, notificationType: len(e.Notifications) > 0,
	}
	return slices.DeleteFunc(wanted.Adoptable(), func(kind string) bool { return !there[kind] })
}

func (e Existing) hasInventory() bool {
	return slices.ContainsFunc(e.Inventories, func(c types.InventoryConfiguration) bool {
		return aws.ToString(c.Id) == settings.InventoryName
	})
}
