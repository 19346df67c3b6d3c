'use strict';

const { Refusal } = require('./authentication');

const PUBLIC = new Set(['public', 'public:media', 'public:local', 'public:local:media']);

/** The Redis channel of a stream as clients name it. */
exports.redisChannel = (stream, viewer) => {
  if (stream === 'user') return `timeline:${viewer.accountId}`;
  if (PUBLIC.has(stream)) return `timeline:${stream}`;
  throw new Refusal(400, `Unknown stream type: ${stream}`);
};

/** /api/v1/streaming/public/local → public:local */
exports.streamOfPath = (path) => path.replace(/^\/api\/v1\/streaming\/?/, '').replaceAll('/', ':');
