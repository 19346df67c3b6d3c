// Jest takes its reporters as JavaScript.
module.exports = require('tsx/cjs/api').require('../__tests__/suite/reporter.ts', __filename).default;
