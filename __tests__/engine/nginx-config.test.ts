/**
 * The machine's nginx configuration, rendered as it lands there, in the distribution's nginx: 1.22 on Debian 12, the oldest that serves.
 * converge has the machine's own look at it before each reload.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '../../local/services/authority';
import { APEX_PATHS, apexLines } from '../../network/apex';
import { freePort } from '../support/free-endpoint';
import { refusalOfNginx, startNginx } from '../support/nginx';
import { type KeyPair, renderNginx } from '../support/rendered-nginx';

let folder: string;
let tls: KeyPair;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nginx-config-'));
  const authority = await openAuthority(join(folder, 'authority'));
  tls = await authority.issue('server', ['mastodon.example.org']);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function configurationOf(changes: Record<string, unknown>): { folder: string; config: string } {
  const { folder: machine, here, temporary } = renderNginx(folder, tls, changes);
  // As the package's own nginx.conf includes them.
  const config = here('nginx.conf');
  writeFileSync(
    config,
    `daemon off;
pid ${here('pid')};
events { worker_connections 768; }
http {
  ${temporary}
  access_log off;
  ssl_protocols TLSv1.2 TLSv1.3;
  gzip on;
  include ${here('etc/nginx/sites-enabled/*')};
}
`,
  );
  return { folder: machine, config };
}

test.each([
  ['as it is by default', {}],
  ['with another domain for the web', { webDomain: 'social.toot.example' }],
  ['with a domain that another server answers for', { webDomain: 'social.toot.example', apex: 'elsewhere' }],
  ['with metrics', { metrics: true }],
])('%s', async (_, changes) => {
  const { folder: machine, config } = configurationOf(changes);
  expect(await refusalOfNginx(machine, config)).toBe('');
});

test('a mistake would be found', async () => {
  const { folder: machine, config } = configurationOf({});
  writeFileSync(join(machine, 'etc/nginx/sites-enabled/wrong.conf'), 'server { http3 on; }\n');
  expect(await refusalOfNginx(machine, config)).toContain('unknown directive "http3"');
});

test('the lines for the nginx of a domain elsewhere lead there, with all that is behind the ?', async () => {
  const { folder: machine, config } = configurationOf({});
  const port = await freePort();
  const [lines = ''] = Object.values(apexLines('social.toot.example'));
  rmSync(join(machine, 'etc/nginx/sites-enabled'), { recursive: true });
  mkdirSync(join(machine, 'etc/nginx/sites-enabled'));
  const server = `server { listen 127.0.0.1:${String(port)}; location / { return 200 site; } ${lines} }\n`;
  writeFileSync(join(machine, 'etc/nginx/sites-enabled/site.conf'), server);
  const nginx = await startNginx(machine, config, port);
  try {
    const get = (path: string) => fetch(`http://127.0.0.1:${String(port)}${path}`, { redirect: 'manual' });
    for (const path of APEX_PATHS) {
      const { status, headers } = await get(`${path}?resource=acct:a@toot.example`);
      expect([status, headers.get('location'), headers.get('access-control-allow-origin')]).toEqual([
        301,
        `https://social.toot.example${path}?resource=acct:a@toot.example`,
        '*',
      ]);
    }
    expect((await get('/.well-known/webfinger-of-ours')).status).toBe(200);
  } finally {
    await nginx.stop();
  }
});
