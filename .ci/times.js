const { register } = require('tsx/cjs/api');

// Jest takes its reporters as JavaScript. What it loads later must not meet this loader: so it goes again.
const loader = register({ namespace: 'times' });
module.exports = loader.require('../__tests__/support/suite/reporter.ts', __filename).default;
loader.unregister();
