'use strict';

const { redisChannel } = require('./channels');
const { text } = require('./server-sent-events');

const PING_MS = 30_000;

/** Any number of streams over one socket: `?stream=public`, and messages `{"type":"subscribe","stream":"user"}`. */
exports.serveSocket = (socket, request, viewer, subscriptions) => {
  const endings = new Map();

  const subscribe = async (stream) => {
    if (endings.has(stream)) return;
    endings.set(stream, () => {});
    const end = await subscriptions.add(redisChannel(stream, viewer), ({ event, payload }) => {
      socket.send(JSON.stringify({ stream: [stream], event, payload: text(payload) }));
    });
    endings.set(stream, end);
  };

  const unsubscribe = (stream) => {
    endings.get(stream)?.();
    endings.delete(stream);
  };

  const answer = async (message) => {
    const { type, stream } = JSON.parse(message);
    if (type === 'subscribe') await subscribe(stream);
    else if (type === 'unsubscribe') unsubscribe(stream);
  };

  socket.on('message', (message) => {
    answer(message).catch((error) => socket.send(JSON.stringify({ error: error.message, status: 400 })));
  });
  const ping = setInterval(() => socket.ping(), PING_MS);
  socket.on('close', () => {
    clearInterval(ping);
    for (const end of endings.values()) end();
  });

  const first = new URL(request.url, 'http://localhost').searchParams.get('stream');
  if (first)
    subscribe(first).catch((error) => socket.send(JSON.stringify({ error: error.message, status: 400 })));
};
