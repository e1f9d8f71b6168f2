package adopt

import (
	"context"
	"fmt"
	"sync"

	"datalock/internal/inspect"
)

// versions counts the versions by their locks.
func (r *reading) versions(ctx context.Context) error {
	var (
		mu      sync.Mutex
		v       Versions
		unknown error
	)
	scan := &inspect.Scan{
		Bucket: r.Bucket, Inventory: r.c.Inventory, Jobs: r.c.Jobs, Rate: r.c.Rate,
		NoLocks: r.is.ObjectLock == nil && !r.isUnknown(lockPart),
	}
	if r.c.Progress != nil {
		scan.Progress = func() {
			mu.Lock()
			defer mu.Unlock()
			r.c.Progress(v.Versions + v.DeleteMarkers)
		}
	}
	err := scan.Each(ctx, func(one inspect.Version) {
		if one.Unknown == nil {
			one.Unknown = one.HoldUnknown
		}
		mu.Lock()
		defer mu.Unlock()
		v.add(one, r)
		if unknown == nil && !one.Gone {
			unknown = one.Unknown
		}
	})
	switch {
	case err != nil:
		return err
	case scan.NewestOnly:
		return fmt.Errorf("the inventory %s lists only the newest versions; configure one of all versions", scan.Inventory)
	case unknown != nil:
		return fmt.Errorf("the locks of %s aren't known: %w", counted(v.Unknown, "version"), unknown)
	}
	v.Source = scan.Inventory
	r.is.Versions = &v
	return nil
}

// add counts a version.
func (v *Versions) add(one inspect.Version, r *reading) {
	switch {
	case one.Gone: // deleted since the listing
		return
	case one.Marker:
		v.DeleteMarkers++
		return
	}
	v.Versions++
	v.Bytes += one.Size
	if one.Unknown != nil {
		v.Unknown++
		return
	}
	if one.Hold {
		v.LegalHolds++
	}
	if one.EventHold {
		v.EventHolds++
	}
	if one.Mode != "" && one.Until.After(r.now) {
		if one.Mode == "GOVERNANCE" {
			v.Governance++
		} else {
			v.Compliance++
		}
	}
	if !one.Holds(r.now) {
		v.Unlocked++
	}
}

func (r *reading) isUnknown(name string) bool {
	for _, u := range r.unknown {
		if u.Part == name {
			return true
		}
	}
	return false
}
