package prove

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// racers is the number of writers in a race.
const racers = 8

// A finish is a writer's last request. The error is nil if the server accepted
// it.
type finish func(context.Context) (Request, error)

// race makes several writers write different data to one key at the same
// moment, each on the condition that the key has no object yet; the valid
// request has no condition.
func race(start func(context.Context, *attempt, []byte, *string) (finish, error)) attack {
	return func(ctx context.Context, a *attempt) error {
		condition := unlessThere()
		if a.valid {
			condition = nil
		}
		var (
			bodies   [racers][]byte
			steps    [racers]finish
			requests [racers]Request
			errs     [racers]error
		)
		for i := range racers {
			bodies[i] = a.body(fmt.Sprintf("writer %d", i+1))
			step, err := start(ctx, a, bodies[i], condition)
			if err != nil {
				return err
			}
			steps[i] = step
		}
		var ready, done sync.WaitGroup
		ready.Add(racers)
		for i := range racers {
			done.Go(func() {
				ready.Done()
				ready.Wait()
				requests[i], errs[i] = steps[i](to(ctx, ToAttack))
			})
		}
		done.Wait()
		for i := range racers {
			if errs[i] == nil {
				a.got.winners++
				a.victim.sum = sum(bodies[i])
			}
			errs[i] = unreachable(errs[i])
			a.got.twice = a.got.twice || requests[i].Attempts > 1
		}
		// A writer that won but lost the answer is told on its second attempt
		// that there is an object.
		a.got.twice = a.got.twice && a.got.winners == 0
		return errors.Join(errs[:]...)
	}
}

func racePut(_ context.Context, a *attempt, body []byte, condition *string) (finish, error) {
	return func(ctx context.Context) (Request, error) {
		return call(ctx, "PutObject if there is none", func(ctx context.Context) error {
			_, err := a.by[a.who()].PutObject(ctx, &s3.PutObjectInput{
				Bucket: &a.bucket, Key: &a.aside, Body: bytes.NewReader(body), IfNoneMatch: condition,
			})
			return err
		})
	}, nil
}

// raceMultipart uploads the parts beforehand: only the completions race.
func raceMultipart(ctx context.Context, a *attempt, body []byte, condition *string) (finish, error) {
	var begun *parts
	err := a.prepareAs(ctx, a.who(), "UploadPart", func(ctx context.Context, c *s3.Client) (err error) {
		begun, err = a.beginUpload(ctx, c, a.aside, body, lockOf{})
		return err
	})
	return func(ctx context.Context) (Request, error) {
		return call(ctx, "CompleteMultipartUpload if there is none", func(ctx context.Context) error {
			_, err := begun.complete(ctx, a.by[a.who()], condition)
			return err
		})
	}, err
}
