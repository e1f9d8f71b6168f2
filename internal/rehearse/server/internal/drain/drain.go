// Package drain reads what is left of a request's body before its answer is
// sent, so that the next request on the connection begins where it should, and
// a client that is still sending gets to read why it was refused.
//
// versitygw leaves alone what is left of a body that comes in HTTP's chunks
// (boto3 sends those over https), be it refused or not, and closes the
// connection on one with more than 256 KiB left.
package drain

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/s3api/utils"
)

// A client may be silent for idle, and be drained for total.
const (
	idle  = 5 * time.Second
	total = 2 * time.Minute
)

// Handler is the middleware that drains; it goes before all others that read
// bodies.
func Handler(ctx fiber.Ctx) error {
	stream := ctx.Request().BodyStream()
	if stream == nil {
		return ctx.Next()
	}
	left := &body{stream: stream, conn: ctx.RequestCtx().Conn()}
	// versitygw reads object data from here. What it reads elsewhere it reads
	// to the end.
	utils.ContextKeyBodyReader.Set(ctx, left)
	defer left.drain(ctx)
	return ctx.Next()
}

// body notes when its stream has ended: a stream of chunks that is read beyond
// its end takes the next request for a chunk.
type body struct {
	stream io.Reader
	conn   net.Conn
	ended  bool
	// until limits a drain; it is zero before.
	until time.Time
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	if !b.until.IsZero() {
		deadline := time.Now().Add(idle)
		if deadline.After(b.until) {
			deadline = b.until
		}
		if err := b.conn.SetReadDeadline(deadline); err != nil {
			return 0, err
		}
	}
	n, err := b.stream.Read(p)
	b.ended = errors.Is(err, io.EOF)
	return n, err
}

// drain reads the rest. Where that isn't possible the connection is closed with
// the answer.
func (b *body) drain(ctx fiber.Ctx) {
	if b.ended || ctx.Request().BodyStream() == nil {
		return
	}
	chunked := ctx.Request().Header.ContentLength() < 0
	isForm := strings.HasPrefix(string(ctx.Request().Header.ContentType()), fiber.MIMEMultipartForm)
	if chunked && (isForm || utils.ContextKeyPublicBucket.IsSet(ctx)) {
		// versitygw has read the stream itself, nobody knows how far.
		ctx.Response().Header.SetConnectionClose()
		return
	}
	b.until = time.Now().Add(total)
	_, err := io.Copy(io.Discard, b)
	if resetErr := b.conn.SetReadDeadline(time.Time{}); err != nil || resetErr != nil {
		ctx.Response().Header.SetConnectionClose()
	}
}
