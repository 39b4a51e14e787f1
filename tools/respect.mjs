// Runs every scenario that holds under the default dialect with Redocly Respect:
//
//   node respect.mjs URL CACHE WORK [CHECK-ID-PREFIX]...
//
// For each processor a document is written into WORK whose workflows call one scenario
// each with inputs of its own, so that every scenario has a sandbox to itself and the
// runner starts only once. The scenario files are cut into pieces of a few workflows,
// which stay as they are: whenever the runner calls a workflow, it compiles the inputs
// of every workflow beside it. Exits with 1 when anything fails.
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const [url, cache, work, ...prefixes] = process.argv.slice(2);
const YAML = createRequire(resolve(cache) + sep)('yaml');
const read = (file) => YAML.parse(readFileSync(file, 'utf8'));
const run = randomUUID();
const started = Date.now();

// Where each source of the scenarios is served.
const servers = { ripple: `${url}/m/ripple`, login: url, cloudhealth: url };

// The suite's own inputs. The beginning of a client id decides what its token may do.
const inputs = read('conformance/scenarios/inputs.yaml');
const supplied = { ...inputs.supplied, ripple_client_secret: 'made-up', ripple_username: 'made-up', ripple_password: 'made-up' };
const monthsAgo = (n) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - n)).toISOString().slice(0, 7);
};
Object.assign(supplied, { month: monthsAgo(0), other_month: monthsAgo(1), year_before: monthsAgo(12), december: `${monthsAgo(0).slice(0, 4)}-12`, past_december: `${monthsAgo(0).slice(0, 4)}-12`, unset_month: monthsAgo(2), month_before_unset: monthsAgo(3), unset_month_after: monthsAgo(2), month_after_unset: monthsAgo(1), unset_month_before: monthsAgo(2) });
const roles = inputs.tokens;
const texts = read('conformance/scenarios/data.yaml');

const fresh = {
  aws_id: (h) => '9' + digits(h, 11),
  aws_payer: (h) => '9' + digits(h, 11),
  zero_id: (h) => '00' + digits(h, 10),
  azure_id: (h) => [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20, 32)].join('-'),
  azure_payer: (h) => '8' + digits(h, 6),
  group_id: (h) => `twinbill-${h.slice(0, 12)}`,
  zero_group: (h) => `0012-Twinbill-${h.slice(0, 12)}`,
  name: (h) => `twinbill ${h.slice(0, 8)}`,
  email: (h) => `twinbill-${h.slice(0, 12)}@example.com`,
  azure_short: (h) => `${h.slice(0, 15)}f`,
  azure_longer: (h) => `${h.slice(0, 15)}f-2`,
  plus_email: (h) => `twinbill+${h.slice(0, 12)}@example.com`,
  blank_email: (h) => `twinbill ${h.slice(0, 12)}@example.com`,
  password: (h) => `Tb-${h.slice(0, 10)}`,
  text: (h) => `text ${h.slice(0, 8)}`,
};

const digits = (hash, n) => BigInt('0x' + hash).toString().slice(-n);

const contracts = {};
function contract(api) {
  if (!contracts[api]) {
    const document = read(`openapi/${api}.yaml`);
    const success = {};
    for (const item of Object.values(document.paths)) {
      for (const operation of Object.values(item)) {
        if (operation.operationId) success[operation.operationId] = Number(Object.keys(operation.responses).find((s) => s.startsWith('2')));
      }
    }
    contracts[api] = { refusals: document['x-refusals'], success };
  }
  return contracts[api];
}

async function token(client) {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: 'made-up', scope: 'openid' });
  const answer = await fetch(`${url}/ripple/access_token`, { method: 'POST', body: form });
  return (await answer.json()).access_token;
}

async function input(scenario, name) {
  const own = `respect-${createHash('sha256').update(`${run} ${scenario.id}`).digest('hex').slice(0, 16)}`;
  if (name in supplied) return supplied[name];
  if (name in roles) return token(roles[name] + own);
  switch (name) {
    case 'ripple_client_id':
    case 'cloudhealth_key':
      return own;
    case 'ripple_noroles_client_id':
      return roles.ripple_noroles_token + own;
    case 'ripple_client_secret':
    case 'ripple_noroles_client_secret':
    case 'ripple_username':
    case 'ripple_password':
      return 'made-up';
    case 'ripple_swapped_secret':
    case 'ripple_cut_secret':
    case 'ripple_longer_secret':
      return 'invalid-made-up';
    case 'ripple_invalid_client_id':
      return `invalid-${own}`;
    case 'cloudhealth_other_key':
      return `other-${own}`;
    case 'owner_short':
      return supplied.owner_a.slice(1);
  }
  const [, kind, rest] = /^(fresh|text|status|success)_(.+)$/.exec(name) ?? [];
  let value;
  // The emails with a sign are the same but for that sign.
  const hashed = /^fresh_(plus|blank)_email$/.test(name) ? 'fresh_signed_email' : name.replace('azure_longer', 'azure_short');
  if (kind === 'fresh') value = fresh[rest.replace(/_\d+$/, '')]?.(createHash('sha256').update(`${own} ${hashed}`).digest('hex'));
  if (kind === 'text') value = texts[rest];
  if (kind === 'status') value = contract(scenario.api).refusals[rest.replaceAll('_', '-')]?.status;
  if (kind === 'success') value = contract(scenario.api).success[rest];
  if (value === undefined) throw new Error(`${scenario.id}: no input is called ${name}`);
  return value;
}

// Every scenario there is, and why it is left out where it is.
function scenarios() {
  const defaults = new Map(read('openapi/dialect.yaml').points.map((p) => [p.point, String(p.readings[0].slug)]));
  const holds = (condition) => {
    const at = condition.indexOf('=');
    return defaults.get(condition.slice(0, at)) === condition.slice(at + 1);
  };
  const out = [];
  const root = 'conformance/scenarios';
  for (const name of readdirSync(root, { recursive: true }).filter((n) => n.endsWith('.arazzo.yaml')).sort()) {
    const file = join(root, name);
    const document = read(file);
    for (const workflow of document.workflows) {
      const id = `${name.replace('.arazzo.yaml', '')}/${workflow.workflowId}`;
      const conditions = [...(workflow['x-when'] ?? []), ...(workflow['x-reading'] ? [workflow['x-reading']] : [])];
      out.push({
        id, file, workflow,
        api: basename(document.sourceDescriptions[0].url, '.yaml'),
        applies: conditions.every(holds),
        portable: workflow['x-portable'] !== false,
      });
    }
  }
  return out.filter((s) => prefixes.length === 0 || prefixes.some((p) => s.id.startsWith(p)));
}

// Writes the file of some scenarios again with no other workflow, under a new name.
function cut(list, name) {
  const { file } = list[0];
  const document = YAML.parseDocument(readFileSync(file, 'utf8'));
  const kept = list.map((s) => s.workflow.workflowId);
  const workflows = document.get('workflows');
  workflows.items = workflows.items.filter((w) => kept.includes(w.get('workflowId')));
  const source = document.getIn(['sourceDescriptions', 0]);
  source.set('url', relative(work, join(dirname(file), source.get('url'))));
  writeFileSync(join(work, name), document.toString({ lineWidth: 0 }));
}

// A document whose workflows call the scenarios of some pieces, with the inputs of each.
async function caller(pieces) {
  const workflows = [];
  for (const [source, scenario] of pieces.flatMap((piece) => piece.list.map((s) => [piece.name, s]))) {
    const parameters = [];
    for (const name of Object.keys(scenario.workflow.inputs?.properties ?? {})) {
      parameters.push({ name, value: await input(scenario, name) });
    }
    workflows.push({
      workflowId: `scenario${workflows.length}`,
      steps: [{
        stepId: 'run',
        workflowId: `$sourceDescriptions.${source}.workflows.${scenario.workflow.workflowId}`,
        ...(parameters.length > 0 && { parameters }),
      }],
    });
  }
  const sourceDescriptions = pieces.map(({ name }) => ({ name, url: `${name}.arazzo.yaml`, type: 'arazzo' }));
  return { arazzo: '1.0.1', info: { title: 'Scenarios', version: '1.0.0' }, sourceDescriptions, workflows };
}

// Runs pieces in one process of the runner, and returns what it made of each scenario.
async function respect(pieces, shard) {
  const document = join(work, `shard${shard}.arazzo.yaml`);
  const result = join(work, `shard${shard}.json`);
  for (const piece of pieces) cut(piece.list, `${piece.name}.arazzo.yaml`);
  writeFileSync(document, YAML.stringify(await caller(pieces)));
  const args = [
    join(cache, 'node_modules/@redocly/cli/bin/cli.js'), 'respect', document, '--json-output', result,
    '--no-secrets-masking', '--max-steps', '1000000',
    ...Object.entries(servers).flatMap(([name, at]) => ['--server', `${name}=${at}`]),
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' },
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  await new Promise((done) => child.on('close', done));
  let file;
  try {
    [file] = Object.values(JSON.parse(readFileSync(result, 'utf8')).files);
  } catch (error) {
    throw new Error(`the runner wrote no result (${error.message}):\n${output}`);
  }
  return pieces.flatMap((piece) => piece.list).map((scenario, i) => judge(scenario, file.executedWorkflows.find((w) => w.workflowId === `scenario${i}`)));
}

// The steps below a workflow that sent a request, or tried to.
const requests = (of) => (of?.executedSteps ?? []).flatMap((step) => (step.executedSteps ? requests(step) : [step]));

function judge(scenario, executed) {
  const steps = requests(executed).filter((step) => step.checks);
  const failures = [];
  let criteria = 0;
  let checks = 0;
  for (const step of steps) {
    for (const check of step.checks) {
      const criterion = check.name === 'success criteria check';
      const passed = check.status === 'success';
      if (passed && criterion) criteria++;
      if (passed && !criterion) checks++;
      if (!passed) failures.push({ step: step.stepId, criterion, check, response: step.response });
    }
  }
  const expected = scenario.workflow.steps.length;
  const passed = steps.filter((step) => step.checks.every((check) => check.status === 'success')).length;
  const written = scenario.workflow.steps.reduce((sum, step) => sum + (step.successCriteria?.length ?? 0), 0);
  return { scenario, expected, passed, written, criteria, checks, failures, ok: passed === expected && criteria === written };
}

function explain(result) {
  console.log(`FAIL ${result.scenario.id}`);
  for (const { step, check, response } of result.failures) {
    const message = stripVTControlCharacters(String(check.message ?? '')).trim();
    console.log(`     step ${step}: ${check.name}${check.condition ? ` ${check.condition}` : ''}`);
    if (message) console.log(`       ${message.slice(0, 900).replaceAll('\n', '\n       ')}`);
    if (response) console.log(`       answer ${response.statusCode} ${JSON.stringify(response.body ?? null).slice(0, 400)}`);
  }
  console.log(`     ${result.passed} of ${result.expected} steps and ${result.criteria} of ${result.written} criteria passed`);
}

// Cuts the scenarios into pieces and deals them out to n processes.
function deal(list, n) {
  const size = 4;
  const pieces = [];
  for (const of of byFile(list).values()) {
    for (let i = 0; i < of.length; i += size) pieces.push({ name: `piece${pieces.length}`, list: of.slice(i, i + size) });
  }
  return Array.from({ length: n }, (_, shard) => pieces.filter((_, i) => i % n === shard)).filter((s) => s.length > 0);
}

function byFile(list) {
  const files = new Map();
  for (const s of list) files.set(s.file, [...(files.get(s.file) ?? []), s]);
  return files;
}

const all = scenarios();
const list = all.filter((s) => s.applies && s.portable);
if (list.length === 0) {
  console.error('respect: no scenario is selected');
  process.exit(2);
}
const results = (await Promise.all(deal(list, availableParallelism()).map(respect))).flat();
for (const result of results.filter((r) => !r.ok)) explain(result);

const sum = (of) => results.reduce((total, r) => total + of(r), 0);
const files = [...byFile(list).values()].map((of) => results.filter((r) => of.includes(r.scenario)));
const line = (what, passed, failed) => console.log(`${what.padEnd(10)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`);
line('files', files.filter((f) => f.every((r) => r.ok)).length, files.filter((f) => f.some((r) => !r.ok)).length);
line('workflows', results.filter((r) => r.ok).length, results.filter((r) => !r.ok).length);
line('steps', sum((r) => r.passed), sum((r) => r.expected - r.passed));
line('criteria', sum((r) => r.criteria), sum((r) => r.written - r.criteria));
line('contract', sum((r) => r.checks), sum((r) => r.failures.filter((f) => !f.criterion).length));
const skipped = all.filter((s) => !s.applies).length;
if (skipped > 0) console.log(`left out: ${skipped} workflows of readings that are not the default`);
for (const s of all.filter((s) => s.applies && !s.portable)) console.log(`left out: ${s.id} does not travel (x-portable: false)`);
console.log(`took ${((Date.now() - started) / 1000).toFixed(1)} s`);
process.exit(results.every((r) => r.ok) ? 0 : 1);
