package prove

var hiding = each(Trial{
	Group:       Hiding,
	As:          Admin,
	Target:      put,
	Expectation: StillShown,
	Control:     WithoutPolicy,
}, []Trial{
	{
		Name:        "hide",
		As:          Owner,
		Attack:      "delete its key without naming the version",
		Expectation: Kept,
		Control:     WithoutVersioning,
		Document:    docMarkers,
		attack:      hide,
	},
	{
		Name:     "hide-and-show",
		As:       Owner,
		Attack:   "hide it behind a delete marker, then remove the marker",
		Control:  WithoutVersioning,
		Document: docMarkers,
		attack:   hideAndShow,
	},
	{
		Name:     "hide-as-admin",
		Attack:   "delete its key without naming the version",
		Guard:    NoDeleteMarkers,
		Document: docMarkers,
		attack:   hide,
	},
	{
		Name:     "hide-batch-as-admin",
		Attack:   "delete its key in a batch without naming the version",
		Guard:    NoDeleteMarkers,
		Document: docDeleteBatch,
		attack:   hideBatch,
	},
	{
		Name:     "replace-as-admin",
		Attack:   "put other data under its key without the write-once condition",
		Guard:    WriteOnce,
		Adds:     1,
		Document: docConditional,
		attack:   overwritePut,
	},
	{
		Name:     "replace-multipart-as-admin",
		Attack:   "upload other data in parts without the write-once condition",
		Guard:    WriteOnce,
		Adds:     1,
		Document: docConditional,
		attack:   overwriteMultipart,
	},
})
