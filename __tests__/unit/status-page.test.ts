import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const LOOK = join(__dirname, '..', '..', 'examples', 'status-page', 'look.sh');

test('the status page shows whether the server answers, and how often it did', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'status-page-'));
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/health' ? 200 : 404;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const look = () => promisify(execFile)(LOOK, [url, folder]);
  const page = () => readFileSync(join(folder, 'index.html'), 'utf8');

  await look();
  expect(page()).toContain(`<a href="${url}">${url}</a> answers.`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await look();
  expect(page()).toContain('does not answer.');
  expect(page()).toContain('It answered 1 of 2 times');
  rmSync(folder, { recursive: true });
});
