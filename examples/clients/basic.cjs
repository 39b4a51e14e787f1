// A client of Ripple whose tokens come from the npm package simple-oauth2, which sends a
// client's credentials by Basic authentication unless it is told otherwise. Ends with an
// error where an answer is not the expected one.
const assert = require('node:assert').strict;
const { ClientCredentials } = require('simple-oauth2');

async function main() {
  const at = new URL(process.env.RIPPLE_TOKEN_URL);
  const client = new ClientCredentials({
    client: { id: process.env.RIPPLE_CLIENT_ID, secret: process.env.RIPPLE_CLIENT_SECRET },
    auth: { tokenHost: at.origin, tokenPath: at.pathname },
  });
  const { token } = await client.getToken({ scope: 'openid' });
  assert.equal(token.token_type, 'Bearer');
  const answer = await fetch(`${process.env.RIPPLE_BASE_URL}/billinggroup`, {
    headers: { Authorization: `${token.token_type} ${token.access_token}` },
  });
  assert.equal(answer.status, 200);
  const groups = await answer.json();
  assert.ok(groups.length > 0, 'no billing group is listed');
  console.log(`simple-oauth2: ${groups.length} billing groups are listed`);
}

main();
