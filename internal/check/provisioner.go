package check

func findProvisioner(s *Subject, found report) {
	for _, r := range s.resources {
		if r.provisioned {
			found(r, guards[r.kind].what+" has a provisioner, whose command no plan shows")
		}
	}
}
