package settings

import "slices"

// InventoryName is the name of the data bucket's S3 Inventory.
const InventoryName = "datalock"

// InventoryReports is the key prefix of the data bucket's S3 Inventory in the
// evidence bucket.
const InventoryReports = "inventory/"

// Inventory is the S3 Inventory of the bucket: a list of all versions with their
// locks, in CSV, which S3 Batch Operations can read.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
type Inventory struct {
	// Frequency is how often S3 writes the list.
	Frequency InventoryFrequency
}

// InventoryFrequency is how often S3 writes an inventory.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventorySchedule.html
type InventoryFrequency string

const (
	// Daily is every day.
	Daily InventoryFrequency = "Daily"
	// Weekly is every Sunday.
	Weekly InventoryFrequency = "Weekly"
)

var frequencies = []InventoryFrequency{Daily, Weekly}

// Valid reports whether S3 knows the frequency.
func (f InventoryFrequency) Valid() bool { return slices.Contains(frequencies, f) }

func decodeInventory(r *reader) *Inventory {
	frequency := string(Daily)
	r.str("frequency", &frequency)
	r.done()
	return &Inventory{Frequency: InventoryFrequency(frequency)}
}

func (b Bucket) validateInventory(path string, in place) Mistakes {
	if b.Inventory == nil {
		return nil
	}
	ms := validateChoice(join(path, "frequency"), b.Inventory.Frequency, frequencies,
		`use "Daily" or "Weekly", with a capital letter`)
	ms = append(ms, b.requiresEvidence(path, "the lists")...)
	return append(ms, requiresAccount(path, in, "an S3-compatible server writes no inventories as AWS does")...)
}
