// The stacks that Datalock declares, in TypeScript: the same constructs with
// the same values, so that both write the same Terraform JSON. It takes them
// from one stack that Datalock has written, and declares that for each bucket.
//
// Use: node main.js TEMPLATE NAME COUNT OUTDIR, where TEMPLATE is the
// cdk.tf.json of the bucket NAME. With a COUNT of 1 the bucket has that name,
// with more they have a number behind it.
import { App, LocalBackend, TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { readFileSync } from "fs";

type Values = { [name: string]: any };

const [path, template, count, outdir] = process.argv.slice(2);
const declared: Values = JSON.parse(readFileSync(path, "utf-8"));

// camel turns Terraform's names of arguments into cdktf's.
function camel(value: any): any {
  if (Array.isArray(value)) return value.map(camel);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([name, v]) => [
    name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
    camel(v),
  ]);
  return Object.fromEntries(entries);
}

// One submodule for each import, as cdktf's users are told to.
const classes = new Map<string, any>();
function classOf(type: string): any {
  if (!classes.has(type)) {
    const folder = type.replace(/^aws_/, "").replace(/_/g, "-");
    const found = Object.values(require(`@cdktf/provider-aws/lib/${folder}`)).find(
      (member: any) => member.tfResourceType === type,
    );
    classes.set(type, found);
  }
  return classes.get(type);
}

function declare(app: App, name: string, values: Values): void {
  const stack = new TerraformStack(app, name);
  const { AwsProvider } = require("@cdktf/provider-aws/lib/provider");
  new AwsProvider(stack, "aws", camel(values.provider.aws[0]));
  const terraform = values.terraform;
  stack.addOverride("terraform.required_providers.aws.version", terraform.required_providers.aws.version);
  new LocalBackend(stack, camel(terraform.backend.local));
  stack.addOverride("terraform.required_version", terraform.required_version);

  const bucket = new Construct(stack, "Default");
  for (const [type, resources] of Object.entries<Values>(values.resource)) {
    for (const [id, resource] of Object.entries<Values>(resources)) {
      const { "//": _, depends_on, ...config } = resource;
      const dependsOn = depends_on?.map((fqn: string) => ({ fqn }));
      new (classOf(type))(bucket, id, { ...camel(config), dependsOn });
    }
  }
  for (const [id, output] of Object.entries<Values>(values.output)) {
    new TerraformOutput(stack, id, output as any);
  }
}

const app = new App({ outdir, stackTraces: false });
for (let i = 0; i < Number(count); i++) {
  const name = Number(count) === 1 ? template : `${template}-${String(i).padStart(4, "0")}`;
  const text = name === template ? declared : JSON.parse(JSON.stringify(declared).replaceAll(template, name));
  declare(app, name, text);
}
app.synth();
