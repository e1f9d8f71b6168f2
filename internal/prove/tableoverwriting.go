package prove

var overwriting = each(Trial{
	Group:       Overwriting,
	As:          Owner,
	Target:      put,
	Expectation: KeptAndLocked,
	Control:     WithoutVersioning,
}, []Trial{
	{
		Name:     "overwrite-put",
		Attack:   "put other data under its key",
		Adds:     1,
		Document: docVersioning,
		attack:   overwritePut,
	},
	{
		Name:     "overwrite-multipart",
		Attack:   "upload other data in parts under its key",
		Adds:     1,
		Document: docMultipart,
		attack:   overwriteMultipart,
	},
	{
		Name:     "overwrite-copy",
		Attack:   "copy another object onto its key",
		Adds:     2,
		Document: docCopy,
		attack:   overwriteCopy,
	},
	{
		Name:     "overwrite-form",
		Attack:   "post other data under its key with a form",
		Adds:     1,
		Document: docForm,
		attack:   overwriteForm,
	},
	{
		Name:        "overwrite-version",
		Attack:      "put other data with its version id",
		Expectation: Kept,
		Adds:        1,
		Document:    docPut,
		attack:      overwriteVersion,
	},
	{
		Name:     "copy-onto-itself",
		Attack:   "copy it onto itself with other metadata, then delete the version",
		Control:  WithoutLock,
		Guard:    NoBypass,
		Adds:     1,
		Document: docCopy,
		attack:   overwriteSelf,
	},
})
