// A client of both APIs, with the fetch that Node.js has built in. It takes its URLs and
// credentials from the environment, as `eval "$(twinbill env)"` sets them, and ends with
// an error where an answer is not the expected one.

import { strict as assert } from 'node:assert';
import { randomInt } from 'node:crypto';

const env = (name) => process.env[name] ?? assert.fail(`${name} is not set: eval "$(twinbill env)"`);

// call sends a request, JSON where there is a body, and returns the answer once its
// status is the expected one.
async function call(method, url, { authorization, body, status = 200 }) {
  const headers = authorization ? { Authorization: authorization } : {};
  let sent = body;
  if (body && !(body instanceof URLSearchParams)) {
    headers['Content-Type'] = 'application/json';
    sent = JSON.stringify(body);
  }
  const response = await fetch(url, { method, headers, body: sent, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  const clause = response.headers.get('Twinbill-Clause');
  assert.equal(response.status, status, `${method} ${url}: status ${response.status}, want ${status} (${clause}): ${text}`);
  return { json: text ? JSON.parse(text) : null, headers: response.headers, clause };
}

async function ripple() {
  const base = env('RIPPLE_BASE_URL');
  const { json: token } = await call('POST', env('RIPPLE_TOKEN_URL'), {
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env('RIPPLE_CLIENT_ID'),
      client_secret: env('RIPPLE_CLIENT_SECRET'),
      scope: 'openid',
    }),
  });
  const authorization = `${token.token_type} ${token.access_token}`;

  const name = `example-node-${randomInt(1e9)}`;
  const { json: group } = await call('POST', `${base}/billinggroup`, {
    authorization,
    body: { billinggroup_id: name, billinggroup_name: name, company_name: 'Example company', inv_aggregate: false },
  });
  const customer = String(randomInt(1e12)).padStart(12, '0');
  const account = {
    vendor: 'aws',
    customer_id: customer,
    account_id: '919999618919',
    company_id: group.company_id,
    name: 'Example customer',
    note: null,
  };
  await call('POST', `${base}/accts`, { authorization, body: account });

  const { json: accounts } = await call('GET', `${base}/accts?vendor=aws`, { authorization });
  const found = accounts.filter((a) => a.customer_id === customer);
  assert.equal(found.length, 1, `${customer} is listed ${found.length} times`);
  assert.equal(found[0].customer_name, 'Example customer');
  console.log(`account ${customer} reads back in the billing group ${name}`);

  // The same account again is refused, and the answer says which promise that keeps.
  const refused = await call('POST', `${base}/accts`, { authorization, body: account, status: 400 });
  assert.equal(refused.json.code, '5005');
  assert.ok(refused.clause, 'the refusal names no clause');
  console.log(`refused: ${refused.json.description} | ${refused.clause}`);

  const id = encodeURIComponent(`${customer}|${account.account_id}`);
  await call('DELETE', `${base}/accts/aws/${id}`, { authorization });
  await call('DELETE', `${base}/billinggroup/${group.company_id}`, { authorization });
}

async function cloudhealth() {
  const assignments = `${env('CLOUDHEALTH_BASE_URL')}/v1/aws_account_assignments`;
  const authorization = `Bearer ${env('CLOUDHEALTH_API_KEY')}`;
  const assignment = (owner) => ({ owner_id: owner, customer_id: 1, payer_account_owner_id: owner });

  const created = [];
  for (const owner of ['000000000001', '000000000002', '000000000003']) {
    const { json } = await call('POST', assignments, { authorization, body: assignment(owner) });
    created.push(json.id);
  }

  // Two a page: the second page is where Link says the next one is.
  const listed = [];
  let pages = 0;
  for (let url = `${assignments}?per_page=2`; url; pages++) {
    const { json, headers } = await call('GET', url, { authorization });
    listed.push(...json.aws_account_assignments.map((a) => a.id));
    url = headers.get('Link')?.match(/<([^>]*)>; *rel="next"/)?.[1];
  }
  assert.deepEqual(listed.sort(), created.sort());
  assert.equal(pages, 2);
  console.log(`${listed.length} assignments on ${pages} pages`);

  const refused = await call('POST', assignments, { authorization, body: assignment('000000000001'), status: 422 });
  assert.ok(refused.clause, 'the refusal names no clause');
  console.log(`refused: ${refused.json.errors[0]} | ${refused.clause}`);

  for (const id of created) {
    await call('DELETE', `${assignments}/${id}`, { authorization, status: 204 });
  }
}

await ripple();
await cloudhealth();
