package settings

// StorageClass is a storage class to which lifecycle rules move versions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
type StorageClass string

// The storage classes, from warm to cold, by the names of the S3 API. GLACIER
// is S3 Glacier Flexible Retrieval.
const (
	StandardIA         StorageClass = "STANDARD_IA"
	IntelligentTiering StorageClass = "INTELLIGENT_TIERING"
	OneZoneIA          StorageClass = "ONEZONE_IA"
	GlacierIR          StorageClass = "GLACIER_IR"
	Glacier            StorageClass = "GLACIER"
	DeepArchive        StorageClass = "DEEP_ARCHIVE"
)

var coldness = []StorageClass{StandardIA, IntelligentTiering, OneZoneIA, GlacierIR, Glacier, DeepArchive}

// A class holds AWS's rules for transitions to and from a storage class.
type class struct {
	// daysBefore is how many days old a version has to be to come in.
	daysBefore int
	// daysWithin is for how many days at least a version stays, or is billed.
	daysWithin int
	// to are the classes to which it can go on.
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

// Valid reports whether lifecycle rules can move versions to the class.
func (c StorageClass) Valid() bool {
	_, known := classes[c]
	return known
}

func classNames() []string {
	names := make([]string, len(coldness))
	for i, c := range coldness {
		names[i] = string(c)
	}
	return names
}
