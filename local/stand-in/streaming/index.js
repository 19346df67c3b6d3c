'use strict';

// The stand-in for Mastodon's streaming server: informs browsers and apps, over WebSocket and server-sent events,
// what the jobs publish in Redis.

const { readFileSync } = require('node:fs');
const http = require('node:http');
const { join } = require('node:path');
const { Pool } = require('pg');
const redis = require('redis');
const { WebSocketServer } = require('ws');

const { listenOptions, postgresOptions, redisOptions, refuseUnsupported } = require('./config');
const { authenticate, Refusal } = require('./authentication');
const { serveEvents } = require('./server-sent-events');
const { serveSocket } = require('./web-socket');
const { Subscriptions } = require('./subscriptions');
const { renderMetrics } = require('./metrics');

const version = `${readFileSync(join(__dirname, 'VERSION'), 'utf8').trim()}+standin`;

async function start() {
  refuseUnsupported(process.env);
  const pool = new Pool(postgresOptions(process.env));
  pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`));
  const client = redis.createClient(redisOptions(process.env));
  client.on('error', (error) => console.error(`Redis: ${error.message}`));
  await client.connect();
  const subscriptions = new Subscriptions(client);
  const sockets = new WebSocketServer({ noServer: true });

  const server = http.createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (path === '/api/v1/streaming/health') {
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end('OK');
    } else if (path === '/metrics') {
      response
        .writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' })
        .end(renderMetrics(subscriptions, sockets.clients.size));
    } else {
      authenticate(request, pool)
        .then((viewer) => serveEvents(request, response, viewer, subscriptions))
        .catch((error) => {
          const refusal = Refusal.from(error);
          response.writeHead(refusal.status, { 'Content-Type': 'application/json' });
          response.end(JSON.stringify({ error: refusal.message }));
        });
    }
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    authenticate(request, pool)
      .then((viewer) => {
        sockets.handleUpgrade(request, socket, head, (webSocket) =>
          serveSocket(webSocket, request, viewer, subscriptions),
        );
      })
      .catch((error) => {
        const { status } = Refusal.from(error);
        socket.end(
          `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
        );
      });
  });

  const where = listenOptions(process.env);
  server.listen(where, () => {
    const address = where.path ?? `${where.host}:${where.port}`;
    console.log(
      `Mastodon streaming ${version}: a stand-in for the official image, not Mastodon itself; listens on ${address}`,
    );
  });

  // As Mastodon's: at once, with open streams torn off, and with 0. Clients connect again by themselves.
  const stop = () => {
    server.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

start().catch((error) => {
  console.error(`Mastodon streaming (stand-in) can't start: ${error.message}`);
  process.exit(1);
});
