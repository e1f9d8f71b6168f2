package batchjobs

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"

	"datalock/internal/rehearse/server/internal/identity"
)

// Service has the jobs and answers for them.
type Service struct {
	// Root may do everything; IAM knows the other accounts.
	Root   middlewares.RootUserConfig
	IAM    *identity.Service
	Region string

	folder string
	client *s3.Client
	// running ends when the server stops.
	running context.Context
	mu      sync.Mutex
	jobs    map[string]*job
	// wake tells the loop that there may be a job to run.
	wake chan struct{}
}

// Open opens the service on a folder, with the jobs that are kept there.
func Open(folder string) (*Service, error) {
	s := &Service{folder: folder, jobs: map[string]*job{}, wake: make(chan struct{}, 1)}
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

// Options returns the routes of S3 Control. Its requests have the header
// x-amz-account-id, and paths that could be those of a bucket.
func (s *Service) Options() []s3api.Option {
	const jobs = "/v20180820/jobs"
	return []s3api.Option{
		s3api.WithRoute(http.MethodPost, jobs, s.handler("s3:CreateJob", s.create)),
		s3api.WithRoute(http.MethodGet, jobs, s.handler("s3:ListJobs", s.list)),
		s3api.WithRoute(http.MethodGet, jobs+"/:id", s.handler("s3:DescribeJob", s.describe)),
		s3api.WithRoute(http.MethodPost, jobs+"/:id/status", s.handler("s3:UpdateJobStatus", s.updateStatus)),
		s3api.WithRoute(http.MethodPost, jobs+"/:id/priority", s.handler("s3:UpdateJobPriority", s.updatePriority)),
	}
}

// handler authenticates a request and asks whether its action is allowed.
func (s *Service) handler(action auth.Action, answer func(fiber.Ctx) (any, error)) fiber.Handler {
	return func(ctx fiber.Ctx) error {
		if ctx.Get("X-Amz-Account-Id") == "" {
			return ctx.Next()
		}
		out, err := any(nil), s.authorize(ctx, action)
		if err == nil {
			out, err = answer(ctx)
		}
		return send(ctx, out, err)
	}
}

func (s *Service) authorize(ctx fiber.Ctx, action auth.Action) error {
	utils.ContextKeyRegion.Set(ctx, s.Region)
	utils.ContextKeyRootAccessKey.Set(ctx, s.Root.Access)
	utils.ContextKeyAccount.Set(ctx, auth.Account{})
	utils.ContextKeyIsRoot.Set(ctx, false)
	if err := middlewares.VerifyV4Signature(s.Root, s.IAM, s.Region, false, false, false)(ctx); err != nil {
		return err
	}
	if account := ctx.Get("X-Amz-Account-Id"); account != identity.AccountID {
		return apiError{"AccessDenied", "Cross-account access is not allowed: the account is " + identity.AccountID, 403}
	}
	if isRoot, _ := utils.ContextKeyIsRoot.Get(ctx).(bool); isRoot {
		return nil
	}
	account, _ := utils.ContextKeyAccount.Get(ctx).(auth.Account)
	if !s.IAM.Allows(account.Access, action) {
		return apiError{"AccessDenied", fmt.Sprintf("User: %s is not authorized to perform: %s", account.Arn, action), 403}
	}
	return nil
}

// send sends an answer, or an error in S3 Control's form.
func send(ctx fiber.Ctx, out any, err error) error {
	status := http.StatusOK
	requestID, _ := utils.EnsureRequestIDs(ctx)
	if err != nil {
		var mine apiError
		var theirs s3err.S3Error
		switch {
		case errors.As(err, &mine):
		case errors.As(err, &theirs):
			base := theirs.BaseError()
			mine = apiError{base.Code, base.Description, base.HTTPStatusCode}
		default:
			fmt.Fprintf(os.Stderr, "server: %v\n", err)
			mine = apiError{"InternalServiceException", "an internal error", 500}
		}
		answer := errorResponse{ID: requestID}
		answer.Error.Code, answer.Error.Message = mine.code, mine.message
		out, status = answer, mine.status
	}
	text, err := xml.Marshal(out)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	ctx.Response().Header.SetContentType(fiber.MIMEApplicationXML)
	return ctx.Status(status).Send(append([]byte(xml.Header), text...))
}

// Start runs jobs until ctx ends. The client has the keys of the account batch.
func (s *Service) Start(ctx context.Context, client *s3.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client, s.running = client, ctx
	for _, j := range s.jobs {
		if j.Status == isNew {
			go s.prepare(ctx, j)
		}
	}
	go s.loop(ctx)
}

// loop runs the ready jobs, one at a time.
func (s *Service) loop(ctx context.Context) {
	for ctx.Err() == nil {
		if j := s.next(); j != nil {
			s.execute(ctx, j)
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		}
	}
}

// next returns the ready job with the highest priority, the oldest first.
func (s *Service) next() *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first *job
	for _, j := range s.jobs {
		if j.Status != ready {
			continue
		}
		if first == nil || j.Request.Priority > first.Request.Priority ||
			j.Request.Priority == first.Request.Priority && j.Created.Before(first.Created) {
			first = j
		}
	}
	return first
}

func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
