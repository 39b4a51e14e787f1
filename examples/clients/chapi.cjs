// A real client of CloudHealth, the npm package cox-chapi, as it is: its host is fixed.
// It lists and gets AWS accounts, and this ends with an error where an answer is not the
// expected one.
const assert = require('node:assert').strict;
const { promisify } = require('node:util');
const { Account } = require('cox-chapi');

const account = new Account(process.env.CLOUDHEALTH_API_KEY);
const list = promisify(account.list.bind(account));
const get = promisify(account.get.bind(account));

async function main() {
  const accounts = await list({});
  assert.ok(accounts.length > 0, 'no AWS account is listed');
  const ids = new Set(accounts.map((a) => a.id));
  assert.equal(ids.size, accounts.length, 'an id is listed twice');

  const stats = await list({ stats: true });
  assert.ok(Number(stats.total) >= accounts.length, `${accounts.length} are listed of ${stats.total}`);
  assert.deepEqual(await list({ page: 1 }), accounts, 'page 1 is not what is listed by default');

  for (const listed of accounts.slice(0, 3)) {
    const read = await get(listed.id);
    assert.equal(read.id, listed.id);
    assert.equal(read.owner_id, listed.owner_id);
  }
  await assert.rejects(get(999999999), /status code: 404/);
  console.log(`cox-chapi: ${accounts.length} of ${stats.total} accounts listed; ${accounts[0].owner_id} has the id ${accounts[0].id}`);
}

main();
