package dataset

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// each has a number of workers do the work for all items, which are read while
// they work. It stops at the first error, of the items or of the work, and
// returns it.
func each[T any](
	ctx context.Context, workers int, items iter.Seq2[T, error], work func(context.Context, T) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan T)
	g.Go(func() error {
		defer close(queue)
		for item, err := range items {
			if err != nil {
				return err
			}
			select {
			case queue <- item:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	for range workers {
		g.Go(func() error {
			for item := range queue {
				if err := work(ctx, item); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
