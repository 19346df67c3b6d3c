const { register } = require('tsx/cjs/api');

// As .ci/times.js: Jest takes its reporters as JavaScript.
const loader = register({ namespace: 'nightly' });
module.exports = loader.require('../__tests__/support/suite/nightly-reporter.ts', __filename).default;
loader.unregister();
