// Uploads with the AWS SDK for JavaScript v3: a put, and a multipart upload by
// lib-storage. MODULES is where npm installed them.
const load = (name) => require(require.resolve(name, { paths: [process.env.MODULES] }));
const { S3Client, PutObjectCommand } = load("@aws-sdk/client-s3");
const { Upload } = load("@aws-sdk/lib-storage");

(async () => {
  const when = process.argv[2] === "old" ? "WHEN_REQUIRED" : "WHEN_SUPPORTED";
  const client = new S3Client({ requestChecksumCalculation: when });
  const Bucket = process.env.DATALOCK_BUCKET;
  await client.send(new PutObjectCommand({ Bucket, Key: "node/one", Body: "data" }));
  await new Upload({ client, params: { Bucket, Key: "node/many", Body: Buffer.alloc(11 << 20) } }).done();
})().catch((err) => {
  console.error(`${err.name}: ${err.message}`);
  process.exit(1);
});
