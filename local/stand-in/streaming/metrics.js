'use strict';

/** Prometheus text with the figures a stand-in has: who listens, by two of the names that Mastodon has for it. */
exports.renderMetrics = (subscriptions, sockets) =>
  [
    '# HELP connected_clients Clients by the way they are connected (stand-in)',
    '# TYPE connected_clients gauge',
    `connected_clients{type="websocket"} ${sockets}`,
    '# HELP connected_channels Subscriptions by Redis channel (stand-in)',
    '# TYPE connected_channels gauge',
    ...subscriptions.counts().map(([channel, count]) => `connected_channels{channel="${channel}"} ${count}`),
    '',
  ].join('\n');
