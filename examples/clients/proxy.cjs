// Preloaded by `node --require`, so that a client that knows nothing of proxies goes
// through the one that https_proxy names. Node.js 24 does so by NODE_USE_ENV_PROXY=1.
const https = require('node:https');
const { HttpsProxyAgent } = require('https-proxy-agent');

https.globalAgent = new HttpsProxyAgent(process.env.https_proxy);
