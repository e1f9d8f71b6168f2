package settings

// StorageClass is a storage class to which lifecycle rules move versions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
type StorageClass string

// The storage classes, with their names in the S3 API. GLACIER is S3 Glacier
// Flexible Retrieval.
const (
	StandardIA         StorageClass = "STANDARD_IA"
	IntelligentTiering StorageClass = "INTELLIGENT_TIERING"
	OneZoneIA          StorageClass = "ONEZONE_IA"
	GlacierIR          StorageClass = "GLACIER_IR"
	Glacier            StorageClass = "GLACIER"
	DeepArchive        StorageClass = "DEEP_ARCHIVE"
)

// coldness are the storage classes from warm to cold.
var coldness = []StorageClass{StandardIA, IntelligentTiering, OneZoneIA, GlacierIR, Glacier, DeepArchive}

// A class is AWS's rules for transitions to and from a storage class.
type class struct {
	// daysBefore is the least age in days of a version that moves to it.
	daysBefore int
	// daysWithin is the least number of days that a version stays in it.
	daysWithin int
	// to are the classes that versions can move to from it.
	to []StorageClass
}

var classes = map[StorageClass]class{
	StandardIA:         {daysBefore: 30, daysWithin: 30, to: coldness[1:]},
	IntelligentTiering: {to: coldness[2:]},
	OneZoneIA:          {daysBefore: 30, daysWithin: 30, to: coldness[4:]},
	GlacierIR:          {daysWithin: 90, to: coldness[4:]},
	Glacier:            {daysWithin: 90, to: coldness[5:]},
	DeepArchive:        {},
}

// Valid reports whether a lifecycle rule can move versions to the class.
func (c StorageClass) Valid() bool {
	_, known := classes[c]
	return known
}
