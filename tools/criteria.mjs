// Holds Redocly Respect to the table of criteria that the suite is held to:
//
//   node criteria.mjs CACHE WORK
//
// Each criterion is a workflow for the answer that meets it and one for the answer that does
// not, against a server of this program's own. Exits with 1 where the runner decides
// otherwise than the table and nothing says why, or where a reason no longer holds.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve, sep } from 'node:path';

const [cache, work] = process.argv.slice(2);
const YAML = createRequire(resolve(cache) + sep)('yaml');
const table = YAML.parse(readFileSync('conformance/scenarios/testdata/criteria.yaml', 'utf8'));

const cases = table.criteria.flatMap((row) => [true, false].map((met) => ({ ...row, met, answer: row[met] })));

const server = createServer((request, response) => {
  const { status = 200, header = {}, body = '{}' } = cases[Number(new URL(request.url, 'http://host').pathname.split('/')[2])]?.answer ?? table.first;
  response.writeHead(status, { 'Content-Type': 'application/json', ...header }).end(body);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const parameter = (name, place) => ({ name, in: place, required: place === 'path', schema: { type: 'string' } });
writeFileSync(join(work, 'answers.yaml'), YAML.stringify({
  openapi: '3.0.3', info: { title: 'Answers', version: '1.0.0' }, servers: [{ url: `http://127.0.0.1:${server.address().port}` }],
  paths: { '/answers/{id}': { get: {
    operationId: 'answer', parameters: [parameter('id', 'path'), parameter('q', 'query'), parameter('X-Sent', 'header')],
    responses: { default: { description: 'Whatever the table has.' } },
  } } },
}));

const step = (stepId, id, criterion) => ({
  stepId, operationId: 'answer', successCriteria: [criterion],
  parameters: [{ name: 'id', in: 'path', value: id }, { name: 'q', in: 'query', value: 'a b' }, { name: 'X-Sent', in: 'header', value: 'yes' }],
});
const document = join(work, 'criteria.arazzo.yaml');
const result = join(work, 'criteria.json');
writeFileSync(document, YAML.stringify({
  arazzo: '1.0.1', info: { title: 'Criteria', version: '1.0.0' },
  sourceDescriptions: [{ name: 'answers', url: 'answers.yaml', type: 'openapi' }],
  workflows: cases.map(({ criterion }, i) => ({
    workflowId: `case${i}`,
    inputs: { type: 'object', properties: Object.fromEntries(Object.keys(table.inputs).map((name) => [name, {}])) },
    steps: [
      { ...step('first', 'first', { condition: '$statusCode == 200' }), outputs: table.outputs },
      step('second', String(i), typeof criterion === 'string' ? { condition: criterion } : criterion),
    ],
  })),
}));

const child = spawn(process.execPath, [
  join(cache, 'node_modules/@redocly/cli/bin/cli.js'), 'respect', document, '--json-output', result,
  '--input', JSON.stringify(table.inputs), '--no-secrets-masking', '--max-steps', '1000000',
], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' } });
let output = '';
child.stdout.on('data', (data) => (output += data));
child.stderr.on('data', (data) => (output += data));
await new Promise((done) => child.on('close', done));
server.close();

let executed;
try {
  [{ executedWorkflows: executed }] = Object.values(JSON.parse(readFileSync(result, 'utf8')).files);
} catch (error) {
  console.error(`criteria: the runner wrote no result (${error.message}):\n${output}`);
  process.exit(2);
}
let wrong = 0;
cases.forEach(({ criterion, met, answer, differs }, i) => {
  const steps = executed.find((w) => w.workflowId === `case${i}`)?.executedSteps ?? [];
  const checks = steps.find((s) => s.stepId === 'second')?.checks?.filter((check) => check.name === 'success criteria check') ?? [];
  const what = `${JSON.stringify(criterion)} on ${JSON.stringify(answer)}`;
  const due = differs && ['both', String(met)].includes(differs.on);
  const other = checks.length === 1 && (checks[0].status === 'success') !== met;
  let mistake;
  if (checks.length !== 1) mistake = `was not evaluated: ${JSON.stringify(steps.flatMap((s) => s.checks ?? []))}`.slice(0, 600);
  else if (other && !due) mistake = `is ${!met} in the other runner, and the table gives no reason`;
  else if (!other && due) mistake = `is ${met} in the other runner too; take the reason out of the table: ${differs.why}`;
  if (mistake) console.log(`FAIL ${what} ${mistake}`);
  wrong += mistake ? 1 : 0;
});
const reasons = table.criteria.filter((row) => row.differs).length;
console.log(`criteria: ${table.criteria.length}, each met once and not met once; ${reasons} decided otherwise by the other runner, with a reason; ${wrong} wrong`);
process.exit(wrong === 0 ? 0 : 1);
