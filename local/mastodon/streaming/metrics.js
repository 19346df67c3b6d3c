'use strict';

/** Prometheus text with the one figure a stand-in has: who listens. */
exports.renderMetrics = (subscriptions) =>
  [
    '# HELP connected_channels Subscriptions by Redis channel (stand-in)',
    '# TYPE connected_channels gauge',
    ...subscriptions.counts().map(([channel, count]) => `connected_channels{channel="${channel}"} ${count}`),
    '',
  ].join('\n');
