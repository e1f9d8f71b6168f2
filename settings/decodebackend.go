package settings

func decodeBackend(r *reader) Backend {
	var b Backend
	if local := r.object("local"); local != nil {
		b.Local = &LocalBackend{}
		local.str("path", &b.Local.Path)
		local.done()
	}
	if s3 := r.object("s3"); s3 != nil {
		b.S3 = decodeS3Backend(s3)
	}
	if cloud := r.object("cloud"); cloud != nil {
		b.Cloud = decodeCloudBackend(cloud)
	}
	r.done()
	return b
}

func decodeS3Backend(r *reader) *S3Backend {
	b := &S3Backend{Key: DefaultS3Key, UseLockfile: true, Encrypt: true}
	r.str("bucket", &b.Bucket)
	r.str("key", &b.Key)
	r.str("region", &b.Region)
	r.str("endpoint", &b.Endpoint)
	r.boolean("useLockfile", &b.UseLockfile)
	r.boolean("encrypt", &b.Encrypt)
	r.done()
	return b
}

func decodeCloudBackend(r *reader) *CloudBackend {
	b := &CloudBackend{}
	r.str("organization", &b.Organization)
	r.str("hostname", &b.Hostname)
	if w := r.object("workspaces"); w != nil {
		w.str("name", &b.Workspaces.Name)
		b.Workspaces.Tags = w.list("tags")
		w.str("project", &b.Workspaces.Project)
		w.done()
	}
	if b.Workspaces.Name == "" && len(b.Workspaces.Tags) == 0 {
		b.Workspaces.Name = DefaultWorkspaceName
	}
	r.done()
	return b
}
