package settings

import "strconv"

// onlyOnAWS returns the mistake for a setting that needs AWS services other
// than S3.
func onlyOnAWS(path, why string) Mistakes {
	return mistake(path, "", `can't be used with "endpoint": `+why, "remove the key")
}

// requiresAccount returns a mistake if a setting needs the account for its
// policies, but the account is unknown.
func requiresAccount(path string, in place, atEndpoint string) Mistakes {
	switch {
	case in.account != "":
		return nil
	case in.endpoint != "":
		return onlyOnAWS(path, atEndpoint)
	}
	return mistake("account", "", "required with "+path+", because a policy names the account",
		"set the ID of the account that you deploy to")
}

// GeneratedLength is the number of characters that Terraform appends to a name
// prefix.
const GeneratedLength = longestName - longestPrefix

// validatePartName checks the name of another bucket of the stack: the given
// one, or the default, which is derived from the data bucket's name.
func (b Bucket) validatePartName(path, stack, name, suffix string) Mistakes {
	if name != "" {
		return validateBucketName(path, name)
	}
	whole, prefix := b.NameOrPrefix(stack)
	length := len(whole)
	if whole == "" {
		length = len(prefix) + GeneratedLength
	}
	length += len(suffix)
	if length <= longestName || stackRule(stack) != "" {
		return nil
	}
	return mistake(path, "", "the default name, the bucket's name and "+quote(suffix)+", is "+
		strconv.Itoa(length)+" characters long, but must be at most "+strconv.Itoa(longestName),
		"set another name, or shorten the bucket's")
}

// names returns the bucket names in the settings, by the path of the key below
// the bucket.
func (b Bucket) names() map[string]string {
	names := map[string]string{}
	add := func(key, own, suffix string) {
		switch {
		case own != "":
			names[key] = own
		case b.Name != "":
			names[key] = b.Name + suffix
		}
	}
	add("name", "", "")
	if b.Evidence != nil {
		add("evidence.name", b.Evidence.Name, EvidenceSuffix)
	}
	if b.Replica != nil {
		add("replica.name", b.Replica.Name, ReplicaSuffix)
	}
	if b.DataEvents != nil {
		add("dataEvents.name", b.DataEvents.Name, TrailSuffix)
	}
	return names
}

func decodeTopology(r *reader, b *Bucket) {
	if evidence := r.object("evidence"); evidence != nil {
		b.Evidence = decodeEvidence(evidence)
	}
	r.boolean("accessLogs", &b.AccessLogs)
	if inventory := r.object("inventory"); inventory != nil {
		b.Inventory = decodeInventory(inventory)
	}
	r.boolean("batch", &b.Batch)
	if replica := r.object("replica"); replica != nil {
		b.Replica = decodeReplica(replica, b.Retention)
	}
	if events := r.object("dataEvents"); events != nil {
		b.DataEvents = decodeDataEvents(events)
	}
}

func (b Bucket) validateTopology(path, stack string, in place) Mistakes {
	ms := b.validateEvidence(join(path, "evidence"), stack)
	ms = append(ms, b.validateAccessLogs(join(path, "accessLogs"), in)...)
	ms = append(ms, b.validateInventory(join(path, "inventory"), in)...)
	ms = append(ms, b.validateBatch(join(path, "batch"), in)...)
	ms = append(ms, b.validateReplica(join(path, "replica"), stack, in)...)
	return append(ms, b.validateDataEvents(join(path, "dataEvents"), stack, in)...)
}
