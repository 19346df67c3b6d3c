'use strict';

const { redisChannel, streamOfPath } = require('./channels');

const HEARTBEAT_MS = 15_000;

const text = (payload) => (typeof payload === 'object' ? JSON.stringify(payload) : String(payload));

/** One stream, named by the path, as server-sent events. */
exports.serveEvents = async (request, response, viewer, subscriptions) => {
  const stream = streamOfPath(new URL(request.url, 'http://localhost').pathname);
  const channel = redisChannel(stream, viewer);
  const end = await subscriptions.add(channel, ({ event, payload }) => {
    response.write(`event: ${event}\ndata: ${text(payload)}\n\n`);
  });
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'private, no-store',
    'X-Accel-Buffering': 'no',
  });
  response.write(':)\n');
  const heartbeat = setInterval(() => response.write(':thump\n'), HEARTBEAT_MS);
  request.on('close', () => {
    clearInterval(heartbeat);
    end();
  });
};

exports.text = text;
